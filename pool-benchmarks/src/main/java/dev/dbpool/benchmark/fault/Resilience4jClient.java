package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.List;

import dev.dbpool.benchmark.Target;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import io.github.resilience4j.reactor.retry.RetryOperator;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import reactor.core.publisher.Mono;

/**
 * The bare client with a circuit breaker and a retry around each call. What an
 * application has to know to retry less is left out, as it is in most applications: a
 * failure is retried, that of a write too.
 */
final class Resilience4jClient implements Client {

	private final BareClient client;

	private final CircuitBreaker breaker = CircuitBreaker.of("faults",
			CircuitBreakerConfig.custom().waitDurationInOpenState(Duration.ofSeconds(10)).build());

	private final Retry retry = Retry.of("faults",
			RetryConfig.custom()
				.maxAttempts(4)
				.intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofSeconds(1)))
				.ignoreExceptions(CallNotPermittedException.class)
				.build());

	Resilience4jClient(Target target) {
		this.client = new BareClient(target);
	}

	@Override
	public Mono<List<Item>> read(String table, int key) {
		return guarded(this.client.read(table, key));
	}

	@Override
	public Mono<Void> write(String id) {
		return guarded(this.client.write(id));
	}

	@Override
	public Mono<Void> work(Duration time) {
		return guarded(this.client.work(time));
	}

	private <T> Mono<T> guarded(Mono<T> call) {
		return call.transformDeferred(CircuitBreakerOperator.of(this.breaker))
			.transformDeferred(RetryOperator.of(this.retry));
	}

	@Override
	public void close() {
		this.client.close();
	}

}
