package dev.dbpool.client;

import java.util.function.Function;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Publishers of work on leased connections. Each subscription acquires a lease and holds
 * it until the work completes, fails, or is cancelled.
 */
final class Leased {

	private Leased() {
	}

	static <C, T> Mono<T> mono(ConnectionPool<C> pool, LeaseOwner owner, Function<Lease<C>, Mono<T>> work) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				new LeaseSubscription<C, T>(actual, work, true).acquire(pool, owner);
			}

		};
	}

	static <C, T> Flux<T> flux(ConnectionPool<C> pool, LeaseOwner owner, Function<Lease<C>, Flux<T>> work) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				new LeaseSubscription<C, T>(actual, work, false).acquire(pool, owner);
			}

		};
	}

}
