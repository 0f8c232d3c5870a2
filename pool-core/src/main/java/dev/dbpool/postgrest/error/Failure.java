package dev.dbpool.postgrest.error;

import java.time.Duration;
import java.util.Optional;

import dev.dbpool.postgrest.value.UnstorableTextException;

import org.springframework.dao.IncorrectResultSizeDataAccessException;

/**
 * What a failed attempt means: whether the statement ran, whether a repetition may help,
 * and whether the server is to blame.
 *
 * @param kind what went wrong
 * @param execution whether the statement had an effect
 * @param maxRetries how many repetitions this failure deserves at most;
 * {@link Integer#MAX_VALUE} for no limit of its own
 * @param retryAfter how long the server asked to wait
 */
public record Failure(Kind kind, Execution execution, int maxRetries, Optional<Duration> retryAfter) {

	/**
	 * Returns what an exception means. Those that this package throws are known;
	 * transport exceptions of a {@code WebClient} are, too. Anything else is
	 * {@linkplain Kind#PERMANENT permanent} with an {@linkplain Execution#UNKNOWN
	 * unknown} effect.
	 * @param throwable the exception
	 * @return what it means
	 */
	public static Failure of(Throwable throwable) {
		Optional<PostgrestException> known = PostgrestException.in(throwable);
		if (known.isPresent()) {
			return known.get().failure();
		}
		if (throwable instanceof IncorrectResultSizeDataAccessException) {
			return permanent(Kind.RESULT, Execution.ROLLED_BACK);
		}
		if (throwable instanceof UnstorableTextException) {
			return permanent(Kind.PERMANENT, Execution.NOT_RUN);
		}
		return TransportCause.of(throwable)
			.map(TransportCause::failure)
			.orElseGet(() -> permanent(Kind.PERMANENT, Execution.UNKNOWN));
	}

	/**
	 * A failure that no repetition cures.
	 * @param kind what went wrong
	 * @param execution whether the statement had an effect
	 * @return the failure
	 */
	public static Failure permanent(Kind kind, Execution execution) {
		return new Failure(kind, execution, 0, Optional.empty());
	}

	/**
	 * A failure that a repetition may cure.
	 * @param kind what went wrong
	 * @param execution whether the statement had an effect
	 * @param maxRetries how many repetitions it deserves at most
	 * @return the failure
	 */
	public static Failure retryable(Kind kind, Execution execution, int maxRetries) {
		return new Failure(kind, execution, maxRetries, Optional.empty());
	}

	/**
	 * The same failure with the wait that the server asked for.
	 * @param retryAfter how long the server asked to wait
	 * @return a new failure
	 */
	public Failure after(Optional<Duration> retryAfter) {
		return new Failure(this.kind, this.execution, this.maxRetries, retryAfter);
	}

	/**
	 * The same failure of a statement that was committed all the same, so that the status
	 * is a choice of the function that was called, and says nothing about the server.
	 * @return a new failure
	 */
	public Failure committed() {
		return permanent(countsAgainstServer() ? Kind.PERMANENT : this.kind, Execution.COMPLETED);
	}

	/**
	 * Whether the request may be sent once more. One that had no effect may be repeated
	 * by anyone; one whose effect is unknown only if a second one does no harm.
	 * @param idempotent whether a repetition does no harm
	 * @param retriesSoFar how many repetitions there were already
	 * @return whether to repeat it
	 */
	public boolean mayRetry(boolean idempotent, int retriesSoFar) {
		return retriesSoFar < this.maxRetries && (idempotent || !mayHaveRun());
	}

	/**
	 * Whether the statement had an effect, or may have had one.
	 * @return whether it may have run and not been undone
	 */
	public boolean mayHaveRun() {
		return this.execution == Execution.UNKNOWN || this.execution == Execution.COMPLETED;
	}

	/**
	 * Whether the failure says something bad about the server: what a circuit breaker
	 * counts.
	 * @return whether it counts against the server
	 */
	public boolean countsAgainstServer() {
		return this.kind == Kind.TRANSIENT || this.kind == Kind.TIMEOUT || this.kind == Kind.OVERLOAD;
	}

	/**
	 * What went wrong.
	 */
	public enum Kind {

		/**
		 * The connection, the server or the database failed for the moment.
		 */
		TRANSIENT,
		/**
		 * There was no answer in time.
		 */
		TIMEOUT,
		/**
		 * The server has too much to do.
		 */
		OVERLOAD,
		/**
		 * The server, or a gateway before it, limits the rate of requests. It works.
		 */
		RATE_LIMIT,
		/**
		 * A conflict with another transaction: a deadlock, an unavailable lock, or
		 * changes that cannot be put in an order.
		 */
		CONFLICT,
		/**
		 * The database cancelled the statement, mostly for taking too long.
		 */
		SLOW_QUERY,
		/**
		 * The token is invalid or has expired; a fresh one may help.
		 */
		AUTHENTICATION,
		/**
		 * There is no token, or no API key, where one is needed.
		 */
		CREDENTIALS_MISSING,
		/**
		 * The identity lacks a grant, or a row-level policy refused the row.
		 */
		PERMISSION,
		/**
		 * A write was sent as a read.
		 */
		WRONG_LANE,
		/**
		 * The number of rows is not the expected one.
		 */
		RESULT,
		/**
		 * A table, column or function is not known; just after a change of the schema,
		 * PostgREST may not have seen it yet.
		 */
		UNKNOWN_OBJECT,
		/**
		 * The request, or the data in it, is wrong and stays so.
		 */
		PERMANENT

	}

	/**
	 * Whether the statement had an effect.
	 */
	public enum Execution {

		/**
		 * It did not reach the database.
		 */
		NOT_RUN,
		/**
		 * It ran, and its effect was undone.
		 */
		ROLLED_BACK,
		/**
		 * It may have run or not.
		 */
		UNKNOWN,
		/**
		 * It ran; only its answer could not be used.
		 */
		COMPLETED

	}

}
