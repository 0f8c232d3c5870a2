package dev.dbpool.transaction;

import dev.dbpool.postgrest.http.Answer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.DataAccessException;

/**
 * Reads answers by the JSON mapper of the client, so that rows become objects in the
 * application's own way, and without losing a digit.
 */
final class AnswerReader {

	private static final JsonMapper OWN = new JsonMapper();

	private AnswerReader() {
	}

	static TransactionResult read(Batch batch, Answer answer) {
		ObjectMapper mapper = answer.codecs().mapper().orElse(OWN);
		JsonNode tree = tree(batch, mapper, answer.body());
		JsonNode results = tree.path("results");
		if (!results.isArray() || results.size() != batch.size()) {
			throw unreadable(batch, null);
		}
		return new TransactionResult(batch, tree, mapper);
	}

	private static JsonNode tree(Batch batch, ObjectMapper mapper, byte[] body) {
		try {
			return mapper.reader().with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).readTree(body);
		}
		catch (JacksonException ex) {
			throw unreadable(batch, ex);
		}
	}

	private static DataAccessException unreadable(Batch batch, @Nullable Throwable cause) {
		return TransactionExceptionTranslator.unreadable(
				"The answer is not that of dbpool_transaction, so something between the client and PostgREST may have given it",
				batch, cause);
	}

}
