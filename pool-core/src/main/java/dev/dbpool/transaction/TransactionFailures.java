package dev.dbpool.transaction;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import dev.dbpool.postgrest.PostgrestException;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.dao.IncorrectUpdateSemanticsDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.OptimisticLockingFailureException;

/**
 * Says of the failures that only transactions have what they mean. All others are left as
 * they are.
 */
final class TransactionFailures {

	private static final String WRONG_COUNT = "PT409";

	private static final String KEY_REUSED = "PT422";

	private static final String OLD_VERSION = "PT501";

	/**
	 * PostgREST knows no such function; PostgreSQL knows no such function, schema or
	 * table.
	 */
	private static final Set<String> MISSING = Set.of("PGRST202", "42883", "3F000", "42P01");

	private TransactionFailures() {
	}

	static Throwable explain(Throwable failure, Batch batch) {
		Optional<PostgrestException> known = PostgrestException.in(failure);
		if (!(failure instanceof DataAccessException) || known.isEmpty()) {
			return failure;
		}
		String code = known.get().error().code().orElse("");
		String message = Objects.toString(failure.getMessage());
		Optional<FailedOperation> operation = FailedOperation.in(failure);
		if (operation.isPresent()) {
			return code.equals(WRONG_COUNT) ? wrongCount(operation.get(), message, failure) : failure;
		}
		if (code.equals(KEY_REUSED)) {
			return new InvalidDataAccessApiUsageException(message, failure);
		}
		if (code.equals(OLD_VERSION)) {
			return new InvalidDataAccessResourceUsageException(message, failure);
		}
		if (MISSING.contains(code)) {
			return new InvalidDataAccessResourceUsageException(notInstalled(message), failure);
		}
		Optional<String> key = batch.key();
		if (key.isPresent() && known.get().failure().mayHaveRun()) {
			return new TransactionOutcomeUnknownException(
					message + ". To run the same transaction again with its idempotency key is safe: " + key.get(),
					key.get(), failure);
		}
		return failure;
	}

	private static DataAccessException wrongCount(FailedOperation operation, String message, Throwable failure) {
		return switch (operation.kind()) {
			case "update", "delete" -> new OptimisticLockingFailureException(message, failure);
			case "select", "rpc" -> new IncorrectResultSizeDataAccessException(message, 1, failure);
			default -> new IncorrectUpdateSemanticsDataAccessException(message, failure);
		};
	}

	private static String notInstalled(String message) {
		return "The database lacks the functions of transactions, or PostgREST has not seen them yet. Install %s (version %d, in the jar; psql, a Supabase migration or Flyway runs it) into the exposed schema, then let PostgREST reload its schema. %s"
			.formatted(TransactionSql.RESOURCE, TransactionSql.VERSION, message);
	}

}
