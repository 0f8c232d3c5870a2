package dev.dbpool.autoconfigure.resilience;

import java.util.function.Predicate;

import dev.dbpool.client.AttemptFailedException;
import dev.dbpool.postgrest.error.PostgrestException;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.retry.configuration.RetryConfigCustomizer;

/**
 * What a failure means to retry and circuit breaker.
 */
final class AttemptFailures {

	private AttemptFailures() {
	}

	@SuppressWarnings("unchecked")
	static RetryConfigCustomizer retryCustomizer(String instance) {
		Predicate<Throwable> retryable = AttemptFailures::isRetryable;
		return RetryConfigCustomizer.of(instance, (retry) -> retry.retryOnException(retryable));
	}

	static CircuitBreakerConfigCustomizer circuitBreakerCustomizer(String instance) {
		return CircuitBreakerConfigCustomizer.of(instance,
				(breaker) -> breaker.recordException(AttemptFailures::countsAgainstServer)
					.ignoreException(AttemptFailures::saysNothingAboutServer));
	}

	/**
	 * Returns what makes the circuit breaker of a read replica count what it is given,
	 * whatever the defaults of other breakers: it is only given what counts.
	 */
	@SuppressWarnings("unchecked")
	static CircuitBreakerConfigCustomizer replicaCustomizer(String instance) {
		return CircuitBreakerConfigCustomizer.of(instance,
				(breaker) -> breaker.recordException((failure) -> true)
					.ignoreExceptions()
					.ignoreException((failure) -> false));
	}

	static boolean isRetryable(Throwable failure) {
		return failure instanceof AttemptFailedException ex && ex.isRetryable();
	}

	static boolean countsAgainstServer(Throwable failure) {
		return failure instanceof ProbeFailedException
				|| (failure instanceof AttemptFailedException ex && ex.countsAgainstServer());
	}

	/**
	 * Returns whether a failure is neither the server's nor an answer of it: a queue of
	 * our own that was too long, a bug in the application's code, a limit on the rate of
	 * requests, or a failure of the server that is not to be counted. A refusal of what
	 * was asked for does speak, for a server that works.
	 */
	static boolean saysNothingAboutServer(Throwable failure) {
		return failure instanceof UncountedFailureException || isRateLimited(failure)
				|| (!countsAgainstServer(failure) && !wasAnswered(failure));
	}

	private static boolean isRateLimited(Throwable failure) {
		return failure instanceof AttemptFailedException ex && ex.isRateLimited();
	}

	private static boolean wasAnswered(Throwable failure) {
		return PostgrestException.in(failure)
			.map(PostgrestException::error)
			.flatMap((error) -> error.status())
			.isPresent();
	}

}
