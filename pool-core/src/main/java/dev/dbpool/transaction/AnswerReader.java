package dev.dbpool.transaction;

import dev.dbpool.postgrest.http.RowJson;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads answers by the JSON mapper of the client, so that rows become objects in the
 * application's own way, and without losing a digit.
 */
final class AnswerReader {

	private static final JsonMapper OWN = new JsonMapper();

	private AnswerReader() {
	}

	static Mono<TransactionResult> read(Batch batch, ClientResponse response) {
		ObjectMapper mapper = RowJson.mapper(response.strategies().messageReaders()).orElse(OWN);
		return DataBufferUtils.join(response.body(BodyExtractors.toDataBuffers()))
			.map((body) -> new TransactionResult(batch, answer(batch, mapper, body), mapper))
			.switchIfEmpty(Mono.error(() -> unreadable(batch, null)));
	}

	private static JsonNode answer(Batch batch, ObjectMapper mapper, DataBuffer body) {
		JsonNode answer = tree(batch, mapper, body);
		JsonNode results = answer.path("results");
		if (!results.isArray() || results.size() != batch.size()) {
			throw unreadable(batch, null);
		}
		return answer;
	}

	private static JsonNode tree(Batch batch, ObjectMapper mapper, DataBuffer body) {
		try {
			byte[] bytes = new byte[body.readableByteCount()];
			body.read(bytes);
			return mapper.reader().with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).readTree(bytes);
		}
		catch (JacksonException ex) {
			throw unreadable(batch, ex);
		}
		finally {
			DataBufferUtils.release(body);
		}
	}

	private static DataAccessException unreadable(Batch batch, @Nullable Throwable cause) {
		return TransactionFailures.unreadable(
				"The answer is not that of dbpool_transaction, so something between the client and PostgREST may have given it",
				batch, cause);
	}

}
