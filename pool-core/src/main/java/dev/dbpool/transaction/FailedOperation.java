package dev.dbpool.transaction;

import java.util.Optional;

import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.error.PostgrestException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which operation made a transaction fail.
 *
 * @param index its index, from 0; the number of operations when all of them ran and the
 * commit failed, such as by a deferred constraint
 * @param kind what it was: {@code insert}, {@code upsert}, {@code update},
 * {@code delete}, {@code select}, {@code rpc} or {@code commit}
 * @param target its table or function
 * @param constraint the constraint that it violates
 * @param column the column that is at fault
 * @param details what PostgreSQL says more, which may contain values of rows
 */
public record FailedOperation(int index, String kind, Optional<String> target, Optional<String> constraint,
		Optional<String> column, Optional<String> details) {

	private static final JsonMapper JSON = new JsonMapper();

	/**
	 * Finds the operation that an error is about.
	 * @param throwable the error of a transaction
	 * @return the operation, or empty when it was none of them that failed
	 */
	public static Optional<FailedOperation> in(Throwable throwable) {
		return details(throwable).map((failed) -> new FailedOperation(failed.path("index").intValue(),
				failed.path("kind").asString(""), text(failed, "target"), text(failed, "constraint"),
				text(failed, "column"), text(failed, "detail")));
	}

	/**
	 * Returns whether an operation failed for its number of rows.
	 */
	static boolean isWrongCount(Throwable throwable) {
		return details(throwable).flatMap((failed) -> text(failed, "check")).filter("rows"::equals).isPresent();
	}

	private static Optional<JsonNode> details(Throwable throwable) {
		return PostgrestException.in(throwable)
			.map(PostgrestException::error)
			.flatMap(PostgrestError::details)
			.filter((details) -> details.startsWith("{\"dbpool\""))
			.flatMap(FailedOperation::parse);
	}

	private static Optional<JsonNode> parse(String details) {
		try {
			return Optional.of(JSON.readTree(details).path("dbpool"));
		}
		catch (JacksonException ex) {
			return Optional.empty();
		}
	}

	private static Optional<String> text(JsonNode object, String field) {
		JsonNode value = object.path(field);
		return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
	}

}
