package dev.dbpool.autoconfigure.resilience;

import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.TransientDataAccessResourceException;

/**
 * Asks the circuit breaker before each attempt, and refuses the attempt before it queues
 * for a connection while the breaker is open. A cancelled attempt counts neither way.
 */
final class CircuitBreakerInterceptor implements OperationInterceptor {

	private final DatabasePoolCircuitBreaker breaker;

	CircuitBreakerInterceptor(DatabasePoolCircuitBreaker breaker) {
		this.breaker = breaker;
	}

	@Override
	public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		Publisher<T> guarded = CircuitBreakerOperator.<T>of(this.breaker.delegate()).apply(attempt);
		return (guarded instanceof Mono<T> mono) ? mono.onErrorMap(CallNotPermittedException.class, this::refused)
				: Flux.from(guarded).onErrorMap(CallNotPermittedException.class, this::refused);
	}

	private TransientDataAccessResourceException refused(CallNotPermittedException refusal) {
		return new TransientDataAccessResourceException(this.breaker.describeRefusal(), refusal);
	}

}
