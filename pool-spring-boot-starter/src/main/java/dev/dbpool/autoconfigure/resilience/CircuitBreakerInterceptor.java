package dev.dbpool.autoconfigure.resilience;

import java.util.function.Function;

import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Asks the circuit breaker of the pool before each attempt, and refuses the attempt
 * before it queues for a connection while the breaker is open. A cancelled attempt counts
 * neither way.
 */
final class CircuitBreakerInterceptor implements OperationInterceptor {

	private final DatabasePoolCircuitBreakers breakers;

	CircuitBreakerInterceptor(DatabasePoolCircuitBreakers breakers) {
		this.breakers = breakers;
	}

	@Override
	public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		DatabasePoolCircuitBreaker breaker = this.breakers.of(operation.pool());
		Publisher<T> guarded = CircuitBreakerOperator.<T>of(breaker.delegate()).apply(attempt);
		Function<CallNotPermittedException, Throwable> refused = (refusal) -> new CircuitBreakerOpenException(
				breaker.describeRefusal(), breaker.retryAfter(), refusal);
		return (guarded instanceof Mono<T> mono) ? mono.onErrorMap(CallNotPermittedException.class, refused)
				: Flux.from(guarded).onErrorMap(CallNotPermittedException.class, refused);
	}

}
