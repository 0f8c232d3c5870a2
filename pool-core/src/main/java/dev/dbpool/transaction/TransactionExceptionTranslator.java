package dev.dbpool.transaction;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import dev.dbpool.postgrest.error.PostgrestException;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.dao.IncorrectUpdateSemanticsDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.OptimisticLockingFailureException;

/**
 * Translates the failures that only transactions have. All others are returned as they
 * are.
 */
final class TransactionExceptionTranslator {

	private static final String KEY_REUSED = "PT422";

	private static final String OLD_VERSION = "PT501";

	/**
	 * PostgREST knows no such function; PostgreSQL knows no such function, schema or
	 * table.
	 */
	private static final Set<String> MISSING = Set.of("PGRST202", "42883", "3F000", "42P01");

	private TransactionExceptionTranslator() {
	}

	/**
	 * Translates a failure. The error of the last attempt does not show what an earlier
	 * attempt, which may still be waiting at the server, has done or will do.
	 * @param mayHaveRun whether any attempt may have made the transaction
	 */
	static Throwable translate(Throwable failure, Batch batch, boolean mayHaveRun) {
		if (!(failure instanceof DataAccessException) || failure instanceof TransactionOutcomeUnknownException) {
			return failure;
		}
		String code = PostgrestException.in(failure).flatMap((known) -> known.error().code()).orElse("");
		String message = Objects.toString(failure.getMessage());
		Optional<String> key = batch.key();
		if (key.isPresent() && mayHaveRun) {
			return unknown(message, key.get(), failure);
		}
		Optional<FailedOperation> operation = FailedOperation.in(failure);
		if (operation.isPresent()) {
			return FailedOperation.isWrongCount(failure) ? wrongCount(operation.get(), message, failure) : failure;
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
		return failure;
	}

	/**
	 * The failure of a transaction whose answer has come and cannot be understood.
	 */
	static DataAccessException unreadable(String message, Batch batch, @Nullable Throwable cause) {
		Optional<String> key = batch.key();
		return key.isPresent() ? unknown(message, key.get(), cause) : new DataRetrievalFailureException(message, cause);
	}

	private static TransactionOutcomeUnknownException unknown(String message, String key, @Nullable Throwable cause) {
		return new TransactionOutcomeUnknownException(
				message + ". To run the same transaction again with its idempotency key is safe: " + key, key, cause);
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
