package dev.dbpool.benchmark;

import java.io.InputStream;
import java.util.List;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Decodes answers for the clients that have no codecs.
 */
final class ItemsDecoder {

	private static final ObjectReader READER = JsonMapper.builder().build().readerFor(new TypeReference<List<Item>>() {
	});

	private ItemsDecoder() {
	}

	/**
	 * Decodes the body of a successful answer.
	 */
	static List<Item> decode(int status, byte[] body) {
		requireSuccess(status);
		return READER.readValue(body);
	}

	static List<Item> decode(int status, InputStream body) {
		requireSuccess(status);
		return READER.readValue(body);
	}

	private static void requireSuccess(int status) {
		if (status != 200) {
			throw new IllegalStateException("The server answered with status " + status);
		}
	}

}
