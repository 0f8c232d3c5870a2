package dev.dbpool.postgrest.http;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.error.UncategorizedPostgrestException;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;

/**
 * Chooses Spring's exception for an error.
 */
final class ExceptionTranslator {

	/**
	 * Gateways take URLs of 8 kB and more, PostgREST up to 50 kB.
	 */
	private static final int LONG_TARGET = 8_000;

	private static final Pattern ROWS = Pattern.compile("(\\d+) rows");

	/**
	 * The classes of SQLSTATE as Spring's {@code SQLStateSQLExceptionTranslator} has
	 * them, with PostgreSQL's own states and PostgREST's codes. Those that a repetition
	 * may cure are translated by their kind.
	 */
	private static final List<Line> BY_CODE = List.of(new Line("23505", DuplicateKeyException::new),
			new Line("01", DataIntegrityViolationException::new), new Line("02", DataIntegrityViolationException::new),
			new Line("22", DataIntegrityViolationException::new), new Line("23", DataIntegrityViolationException::new),
			new Line("27", DataIntegrityViolationException::new), new Line("44", DataIntegrityViolationException::new),
			new Line("57014", QueryTimeoutException::new), new Line("40001", CannotAcquireLockException::new),
			new Line("40P01", CannotAcquireLockException::new), new Line("55P03", CannotAcquireLockException::new),
			new Line("40000", PessimisticLockingFailureException::new),
			new Line("40002", PessimisticLockingFailureException::new),
			new Line("54", DataAccessResourceFailureException::new),
			new Line("58", DataAccessResourceFailureException::new),
			new Line("42501", PermissionDeniedDataAccessException::new),
			new Line("28", PermissionDeniedDataAccessException::new),
			new Line("07", InvalidDataAccessResourceUsageException::new),
			new Line("21", InvalidDataAccessResourceUsageException::new),
			new Line("2A", InvalidDataAccessResourceUsageException::new),
			new Line("37", InvalidDataAccessResourceUsageException::new),
			new Line("42", InvalidDataAccessResourceUsageException::new),
			new Line("65", InvalidDataAccessResourceUsageException::new),
			new Line("25006", InvalidDataAccessApiUsageException::new),
			new Line("0A", InvalidDataAccessApiUsageException::new),
			new Line("PGRST116", ExceptionTranslator::resultSize),
			new Line("PGRST124", ExceptionTranslator::resultSize),
			new Line("PGRST1", InvalidDataAccessResourceUsageException::new),
			new Line("PGRST2", InvalidDataAccessResourceUsageException::new));

	private ExceptionTranslator() {
	}

	/**
	 * Makes the exception for an answer.
	 * @param happened what happened, in words
	 */
	static DataAccessException answered(PostgrestRequest request, String happened, PostgrestError error,
			Failure failure) {
		PostgrestException cause = new PostgrestException(message(request, happened, error, failure),
				request.describe(), error, failure, null);
		String code = error.code().orElse("");
		for (Line line : BY_CODE) {
			if (code.startsWith(line.prefix())) {
				return line.exception().of(message(cause), cause);
			}
		}
		return byKind(request, cause);
	}

	private static DataAccessException byKind(PostgrestRequest request, PostgrestException cause) {
		String message = message(cause);
		return switch (cause.failure().kind()) {
			case TRANSIENT, TIMEOUT, OVERLOAD, RATE_LIMIT ->
				isUnknownWrite(request, cause.failure()) ? new DataAccessResourceFailureException(message, cause)
						: new TransientDataAccessResourceException(message, cause);
			case AUTHENTICATION, CREDENTIALS_MISSING, PERMISSION ->
				new PermissionDeniedDataAccessException(message, cause);
			default -> isServerError(cause) || cause.error().code().isPresent()
					? new UncategorizedPostgrestException(message, cause)
					: new InvalidDataAccessResourceUsageException(message, cause);
		};
	}

	private static boolean isServerError(PostgrestException cause) {
		return cause.error().status().filter((status) -> status.is5xxServerError()).isPresent();
	}

	/**
	 * Makes the exception for a request that got no answer, or not all of it.
	 * @param happened what happened, in words
	 */
	static DataAccessException unanswered(PostgrestRequest request, String happened, Failure failure, Throwable thrown,
			ExceptionFactory exception) {
		String message = message(request, happened, PostgrestError.NO_ANSWER, failure);
		return exception.of(message,
				new PostgrestException(message, request.describe(), PostgrestError.NO_ANSWER, failure, thrown));
	}

	/**
	 * Makes the exception for rows that the client has counted, after the request did
	 * what it does.
	 */
	static DataAccessException tooManyRows(PostgrestRequest request) {
		Failure failure = Failure.permanent(Kind.RESULT, Execution.COMPLETED);
		String message = message(request, "At most one row was expected, there are more", PostgrestError.NO_ANSWER,
				failure);
		return new IncorrectResultSizeDataAccessException(message, 1,
				new PostgrestException(message, request.describe(), PostgrestError.NO_ANSWER, failure, null));
	}

	/**
	 * Makes the exception for the one row that is null, of a function that returns
	 * scalars.
	 */
	static DataAccessException nullRow(PostgrestRequest request) {
		Failure failure = Failure.permanent(Kind.RESULT, Execution.COMPLETED);
		String message = message(request, "The one row is null, and must not look like none. Read it by list(…)",
				PostgrestError.NO_ANSWER, failure);
		return new DataRetrievalFailureException(message,
				new PostgrestException(message, request.describe(), PostgrestError.NO_ANSWER, failure, null));
	}

	static boolean isUnknownWrite(PostgrestRequest request, Failure failure) {
		return failure.execution() == Execution.UNKNOWN && !request.isIdempotent();
	}

	private static String message(PostgrestRequest request, String happened, PostgrestError error, Failure failure) {
		StringBuilder message = new StringBuilder(happened).append(" [").append(request.describe());
		error.status().ifPresent((status) -> message.append(", status ").append(status.value()));
		error.code().ifPresent((code) -> message.append(", code ").append(code));
		message.append(']');
		error.hint().ifPresent((hint) -> message.append(" Hint: ").append(hint));
		if (error.code().filter("PGRST122"::equals).isPresent()) {
			message.append(" This version of PostgREST does not know every preference that was sent;")
				.append(" maxAffected needs 12.2");
		}
		if (error.code().filter("PGRST106"::equals).isPresent()) {
			message.append(" Check the schema of the request or its client: PostgREST does not expose it");
		}
		if (isOfWrongPath(request, error)) {
			message.append(" Check the base URL and the REST path: PostgREST has nothing there");
		}
		if (error.code().isEmpty() && request.target().length() > LONG_TARGET) {
			message.append(" The URL has ")
				.append(request.target().length())
				.append(" characters, more than many servers take: split a long list, or send it to a function");
		}
		if (!request.isSafe() && failure.execution() == Execution.UNKNOWN) {
			message.append(" It is unknown whether the write was made: look before repeating it");
		}
		else if (!request.isSafe() && failure.execution() == Execution.COMPLETED) {
			message.append(" The write was made");
		}
		return ForeignText.printable(Secrets.mask(message.toString()));
	}

	/**
	 * Whether an answer has no code of PostgREST though it could have one, which an
	 * answer to HEAD cannot.
	 */
	private static boolean isOfWrongPath(PostgrestRequest request, PostgrestError error) {
		return error.code().isEmpty() && !request.method().equals(HttpMethod.HEAD)
				&& error.status().filter(HttpStatus.NOT_FOUND::isSameCodeAs).isPresent();
	}

	private static String message(PostgrestException cause) {
		String message = cause.getMessage();
		return (message != null) ? message : cause.request();
	}

	private static DataAccessException resultSize(String message, Throwable cause) {
		int rows = (cause instanceof PostgrestException exception) ? rows(exception.error()) : -1;
		return (rows == 0) ? new EmptyResultDataAccessException(message, 1, cause)
				: new IncorrectResultSizeDataAccessException(message, 1, rows, cause);
	}

	private static int rows(PostgrestError error) {
		Matcher rows = ROWS.matcher(error.details().orElse(""));
		return rows.find() ? Integer.parseInt(rows.group(1)) : -1;
	}

	/**
	 * Makes an exception.
	 */
	@FunctionalInterface
	interface ExceptionFactory {

		DataAccessException of(String message, Throwable cause);

	}

	private record Line(String prefix, ExceptionFactory exception) {
	}

}
