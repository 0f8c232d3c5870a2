package dev.dbpool.client;

import java.time.Duration;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Repeats what the client says may be repeated.
 */
final class RetryingInterceptor implements OperationInterceptor {

	private final Retry retry = Retry.backoff(20, Duration.ofMillis(50))
		.maxBackoff(Duration.ofMillis(500))
		.filter((failure) -> failure instanceof AttemptFailedException ex && ex.isRetryable())
		.onRetryExhaustedThrow((spec, signal) -> signal.failure());

	@Override
	public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		return (attempt instanceof Mono<T> mono) ? mono.retryWhen(this.retry)
				: Flux.from(attempt).retryWhen(this.retry);
	}

}
