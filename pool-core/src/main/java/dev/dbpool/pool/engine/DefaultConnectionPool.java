package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.Acquisition;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolSnapshot;

/**
 * The pool as its users see it: passes acquisitions to the {@link LeaseAcquirer}, and
 * what concerns connections to the {@link ConnectionLifecycle}.
 *
 * @param <C> the type of connection
 */
public final class DefaultConnectionPool<C> implements ConnectionPool<C> {

	private final PoolOptions options;

	private final PoolMessages messages;

	private final ConnectionLifecycle<C> lifecycle;

	private final LeaseSlots<C> slots;

	private final LeaseAcquirer<C> acquirer;

	DefaultConnectionPool(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, Parking parking) {
		this.options = options;
		PoolListener listener = PoolListener.all(List.of(options.listener()));
		this.messages = new PoolMessages(options);
		this.lifecycle = new ConnectionLifecycle<>(options, scheduler, connector, listener);
		this.slots = this.lifecycle.slots();
		this.acquirer = new LeaseAcquirer<>(options, scheduler, this.lifecycle, listener, this.messages, parking);
	}

	/**
	 * Creates a pool and starts to open its minimum of connections in the background.
	 * @param <C> the type of connection
	 * @param options the options of the pool
	 * @param connector opens and closes the connections
	 * @return the pool
	 */
	public static <C> ConnectionPool<C> create(PoolOptions options, Connector<C> connector) {
		DefaultConnectionPool<C> pool = new DefaultConnectionPool<>(options, PoolScheduler.SHARED, connector,
				Parking.THREADS);
		pool.start();
		return pool;
	}

	void start() {
		this.lifecycle.start();
		this.lifecycle.closed().whenComplete((none, failure) -> this.acquirer.stop());
	}

	@Override
	public PoolOptions options() {
		return this.options;
	}

	@Override
	public Lease<C> acquire(LeaseOwner owner, Duration timeout) {
		return this.acquirer.acquire(owner, timeout);
	}

	@Override
	public Acquisition acquire(LeaseOwner owner, Duration timeout, LeaseCallback<C> callback) {
		return this.acquirer.acquire(owner, timeout, callback);
	}

	@Override
	public int pending() {
		return this.slots.waiting();
	}

	@Override
	public boolean isAnyFree() {
		return this.slots.isAnyFreeForNext();
	}

	@Override
	public PoolSnapshot snapshot() {
		return this.lifecycle.snapshot();
	}

	@Override
	public List<ConnectionSnapshot> connections() {
		return this.lifecycle.connections();
	}

	@Override
	public List<LeaseSnapshot> leases() {
		return this.slots.leases();
	}

	@Override
	public boolean evict(long connectionId) {
		return this.lifecycle.evict(connectionId);
	}

	@Override
	public boolean revoke(long leaseId) {
		return this.lifecycle.revoke(leaseId);
	}

	@Override
	public boolean reclaim(long leaseId) {
		return this.lifecycle.reclaim(leaseId);
	}

	@Override
	public void resize(int minConnections, int maxConnections) {
		this.lifecycle.resize(minConnections, maxConnections);
	}

	@Override
	public int softReset() {
		return this.lifecycle.softReset();
	}

	@Override
	public boolean suspend() {
		return this.slots.suspend();
	}

	@Override
	public boolean resume() {
		return this.lifecycle.resume();
	}

	@Override
	public CompletionStage<Void> close(Duration drainTime) {
		return this.lifecycle.close(drainTime, this.messages::closed);
	}

}
