package dev.dbpool.postgrest.http;

import java.io.IOException;
import java.io.UncheckedIOException;

import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.util.FastByteArrayOutputStream;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Whole bodies. They are copied to the heap part by part, so that a long one does not
 * hold the direct memory that all connections share.
 */
final class AnswerBody {

	private AnswerBody() {
	}

	/**
	 * Reads the whole body.
	 */
	static Mono<FastByteArrayOutputStream> bytes(ClientResponse response) {
		return response.body(BodyExtractors.toDataBuffers()).collect(FastByteArrayOutputStream::new, AnswerBody::add);
	}

	private static void add(FastByteArrayOutputStream body, DataBuffer part) {
		try {
			byte[] bytes = new byte[part.readableByteCount()];
			part.read(bytes);
			body.write(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			DataBufferUtils.release(part);
		}
	}

	static boolean isBlank(DataBuffer part) {
		for (int i = part.readPosition(); i < part.writePosition(); i++) {
			if (!Character.isWhitespace(part.getByte(i))) {
				return false;
			}
		}
		return true;
	}

	static boolean isBlank(FastByteArrayOutputStream body) {
		if (body.size() > 16) {
			return false;
		}
		for (byte character : body.toByteArray()) {
			if (!Character.isWhitespace(character)) {
				return false;
			}
		}
		return true;
	}

}
