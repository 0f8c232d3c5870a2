package dev.dbpool.client;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Acquires a lease for each subscription, for {@link ReactiveLeases}. Operations have a
 * {@link LeaseSubscription} instead.
 *
 * @param <C> the type of connection
 */
final class LeaseMono<C> extends Mono<Lease<C>> {

	private final ConnectionPool<C> pool;

	private final LeaseOwner owner;

	LeaseMono(ConnectionPool<C> pool, LeaseOwner owner) {
		this.pool = pool;
		this.owner = owner;
	}

	ConnectionPool<C> pool() {
		return this.pool;
	}

	LeaseOwner owner() {
		return this.owner;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Lease<C>> actual) {
		actual.onSubscribe(new AcquireSubscription<>(this, actual));
	}

}
