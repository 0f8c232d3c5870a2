package dev.dbpool.client;

import org.reactivestreams.Publisher;

/**
 * Stands around the attempts of an operation: the place for retry, circuit breaker, rate
 * limiter and the like. The first interceptor of a client is the outermost.
 * <p>
 * Each subscription to {@code attempt} is one attempt, on a lease of its own. An attempt
 * that fails emits an {@link AttemptFailedException}, which says whether another may
 * follow; the client takes it off again before the application sees the error. While an
 * interceptor waits, no connection is held.
 */
public interface OperationInterceptor {

	/**
	 * Decorates the attempts of an operation.
	 * @param <T> the type of result
	 * @param operation the operation
	 * @param attempt the attempt, to be subscribed to once or more
	 * @return the decorated attempt; a {@code Mono} if {@code attempt} is one
	 */
	<T> Publisher<T> intercept(Operation operation, Publisher<T> attempt);

}
