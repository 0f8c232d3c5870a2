package dev.dbpool.client;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

import dev.dbpool.postgrest.error.Failure;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of an operation failed. Seen by {@linkplain OperationInterceptor
 * interceptors} only; its cause is what the application gets if no other attempt follows.
 */
public final class AttemptFailedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final transient Failure failure;

	/** Which attempt failed, from 1. */
	private final int attempt;

	/** Whether the requests of the attempt may be sent again. */
	private final boolean repeatable;

	/** Whether a repetition may help, if the application has decided on that. */
	private final @Nullable Boolean decided;

	AttemptFailedException(Throwable cause, Failure failure, int attempt, boolean repeatable) {
		this(cause, failure, attempt, repeatable, null);
	}

	private AttemptFailedException(Throwable cause, Failure failure, int attempt, boolean repeatable,
			@Nullable Boolean decided) {
		super(cause.getMessage(), cause, false, false);
		this.failure = failure;
		this.attempt = attempt;
		this.repeatable = repeatable;
		this.decided = decided;
	}

	/**
	 * Returns which attempt failed.
	 * @return 1 for the first
	 */
	public int attempt() {
		return this.attempt;
	}

	/**
	 * Returns whether another attempt can do no harm and may help: no statement of this
	 * one is known or feared to have taken effect, unless it may be repeated, and the
	 * failure is of a kind that passes.
	 * @return whether to try again
	 */
	public boolean isRetryable() {
		Boolean helps = this.decided;
		return this.repeatable && ((helps != null) ? helps : this.failure.mayRetry(true, this.attempt - 1));
	}

	/**
	 * Returns the same failure with a decision of the application on whether another
	 * attempt may help, in place of the kind of the failure. What may do harm stays
	 * forbidden: a failure after which a statement is known or feared to have taken
	 * effect, and may not be repeated, is not {@linkplain #isRetryable() retryable} in
	 * any case.
	 * @param mayHelp whether another attempt may help
	 * @return a new exception
	 */
	public AttemptFailedException decided(boolean mayHelp) {
		Throwable cause = Objects.requireNonNull(getCause());
		return new AttemptFailedException(cause, this.failure, this.attempt, this.repeatable, mayHelp);
	}

	/**
	 * Returns whether the server took the token for invalid or expired, and no request of
	 * the attempt has taken effect, so that all may be sent again with another token.
	 */
	boolean isTokenRefused() {
		return this.repeatable && this.failure.kind() == Failure.Kind.AUTHENTICATION;
	}

	/**
	 * Returns whether the failure speaks against the server: what a circuit breaker
	 * counts. Errors in the request, refused permissions and full queues on our own side
	 * do not.
	 * @return whether to count it
	 */
	public boolean countsAgainstServer() {
		return this.failure.countsAgainstServer();
	}

	/**
	 * Returns whether the server was silent for the whole request timeout. That can be
	 * the fault of a single slow statement.
	 * @return whether there was no answer in time
	 */
	public boolean isTimeout() {
		return this.failure.kind() == Failure.Kind.TIMEOUT;
	}

	/**
	 * Returns whether the server, or a gateway before it, rejected the request since
	 * there were too many of them: it works, and bounds its load itself.
	 * @return whether the rate of requests is limited
	 */
	public boolean isRateLimited() {
		return this.failure.kind() == Failure.Kind.RATE_LIMIT;
	}

	/**
	 * Returns how long the server asked to wait before the next attempt.
	 * @return the time, if the server said one
	 */
	public Optional<Duration> retryAfter() {
		return this.failure.retryAfter();
	}

}
