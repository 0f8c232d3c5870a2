package dev.dbpool.postgrest.http;

import java.util.List;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatusCode;

/**
 * What an answer means: the first line that fits. By code, since the code says more than
 * the status; by status where there is no code, as in the answers of gateways and to HEAD
 * requests.
 */
final class FailureTable {

	private static final int UNLIMITED = Integer.MAX_VALUE;

	private static final List<Line> BY_CODE = List.of(
			// PostgREST's connection to the database
			new Line("PGRST000", Kind.TRANSIENT, Execution.NOT_RUN, UNLIMITED),
			new Line("PGRST001", Kind.TRANSIENT, Execution.UNKNOWN, UNLIMITED),
			new Line("PGRST002", Kind.TRANSIENT, Execution.NOT_RUN, UNLIMITED),
			new Line("PGRST003", Kind.OVERLOAD, Execution.NOT_RUN, 2),
			// PostgREST's reading of the request
			new Line("PGRST103", Kind.PERMANENT, Execution.ROLLED_BACK, 0),
			new Line("PGRST116", Kind.RESULT, Execution.ROLLED_BACK, 0),
			new Line("PGRST124", Kind.RESULT, Execution.ROLLED_BACK, 0),
			new Line("PGRST1", Kind.PERMANENT, Execution.NOT_RUN, 0),
			new Line("PGRST202", Kind.UNKNOWN_OBJECT, Execution.NOT_RUN, 1),
			new Line("PGRST205", Kind.UNKNOWN_OBJECT, Execution.NOT_RUN, 1),
			new Line("PGRST2", Kind.PERMANENT, Execution.NOT_RUN, 0),
			new Line("PGRST301", Kind.AUTHENTICATION, Execution.NOT_RUN, 0),
			new Line("PGRST302", Kind.CREDENTIALS_MISSING, Execution.NOT_RUN, 0),
			new Line("PGRST303", Kind.AUTHENTICATION, Execution.NOT_RUN, 0),
			new Line("PGRST3", Kind.PERMANENT, Execution.NOT_RUN, 0),
			new Line("PGRST", Kind.PERMANENT, Execution.UNKNOWN, 0),
			// PostgreSQL
			new Line("57014", Kind.SLOW_QUERY, Execution.ROLLED_BACK, 0),
			new Line("57P03", Kind.TRANSIENT, Execution.NOT_RUN, UNLIMITED),
			new Line("57P", Kind.TRANSIENT, Execution.UNKNOWN, UNLIMITED),
			new Line("40P01", Kind.CONFLICT, Execution.ROLLED_BACK, 3),
			new Line("55P03", Kind.CONFLICT, Execution.ROLLED_BACK, 0),
			new Line("40001", Kind.CONFLICT, Execution.ROLLED_BACK, UNLIMITED),
			new Line("40003", Kind.TRANSIENT, Execution.UNKNOWN, UNLIMITED),
			new Line("08007", Kind.TRANSIENT, Execution.UNKNOWN, UNLIMITED),
			new Line("08", Kind.OVERLOAD, Execution.ROLLED_BACK, UNLIMITED),
			new Line("53", Kind.OVERLOAD, Execution.ROLLED_BACK, UNLIMITED),
			new Line("42501", Kind.PERMISSION, Execution.ROLLED_BACK, 0),
			new Line("25006", Kind.WRONG_LANE, Execution.ROLLED_BACK, 0),
			new Line("42P01", Kind.UNKNOWN_OBJECT, Execution.ROLLED_BACK, 1),
			new Line("42883", Kind.UNKNOWN_OBJECT, Execution.ROLLED_BACK, 1),
			new Line("", Kind.PERMANENT, Execution.ROLLED_BACK, 0));

	/**
	 * An answer with an empty code: what PostgREST 12 makes of a backend that was killed
	 * under it, as status 400.
	 */
	static final Failure LOST_BACKEND = Failure.retryable(Kind.TRANSIENT, Execution.UNKNOWN, UNLIMITED);

	private FailureTable() {
	}

	static Failure byCode(String code) {
		for (Line line : BY_CODE) {
			if (code.startsWith(line.prefix())) {
				return line.failure();
			}
		}
		throw new IllegalStateException("The last line fits every code");
	}

	/**
	 * Looks up a status that came without a code.
	 * @param challenge the {@code WWW-Authenticate} header
	 */
	static Failure byStatus(HttpStatusCode status, @Nullable String challenge) {
		return switch (status.value()) {
			case 401 -> Failure.permanent(
					Headers.refuseToken(challenge) ? Kind.AUTHENTICATION : Kind.CREDENTIALS_MISSING, Execution.NOT_RUN);
			case 403 -> Failure.permanent(Kind.PERMISSION, Execution.ROLLED_BACK);
			case 404 -> Failure.retryable(Kind.UNKNOWN_OBJECT, Execution.NOT_RUN, 1);
			case 405, 406, 409, 416 -> Failure.permanent(Kind.PERMANENT, Execution.ROLLED_BACK);
			case 408 -> Failure.retryable(Kind.TRANSIENT, Execution.UNKNOWN, UNLIMITED);
			case 429 -> Failure.retryable(Kind.RATE_LIMIT, Execution.NOT_RUN, UNLIMITED);
			case 504 -> Failure.retryable(Kind.OVERLOAD, Execution.UNKNOWN, 2);
			case 502, 503, 520, 521, 522, 523, 524, 525, 526, 527, 530, 544 ->
				Failure.retryable(Kind.TRANSIENT, Execution.UNKNOWN, UNLIMITED);
			default ->
				Failure.permanent(Kind.PERMANENT, status.is5xxServerError() ? Execution.UNKNOWN : Execution.NOT_RUN);
		};
	}

	/**
	 * Looks up a status that SQL asked for by an exception with {@code PT} and the status
	 * as its state. What it does not find is not there, however fresh the schema is.
	 */
	static Failure raised(HttpStatusCode status, @Nullable String challenge) {
		Failure failure = byStatus(status, challenge);
		return (failure.kind() == Kind.UNKNOWN_OBJECT) ? Failure.permanent(Kind.PERMANENT, Execution.ROLLED_BACK)
				: Failure.retryable(failure.kind(), Execution.ROLLED_BACK, failure.maxRetries());
	}

	private record Line(String prefix, Kind kind, Execution execution, int maxRetries) {

		Failure failure() {
			return Failure.retryable(this.kind, this.execution, this.maxRetries);
		}

	}

}
