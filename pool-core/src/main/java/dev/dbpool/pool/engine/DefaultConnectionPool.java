package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.pool.engine.PoolState.Demand;

/**
 * The pool as its users see it. A caller for which a slot is free passes through
 * {@link #acquire} in a few nanoseconds; the {@link LeaseAcquirer} lets the others wait.
 * What operators ask for becomes a step of the life cycle of connections, see
 * {@link PoolState}.
 *
 * @param <C> the type of connection
 */
public final class DefaultConnectionPool<C> implements ConnectionPool<C> {

	private final PoolState<C> state;

	final LeaseSlots<C> slots;

	private final LeaseAcquirer<C> acquirer;

	DefaultConnectionPool(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, Parking parking,
			int restriction) {
		this.state = new PoolState<>(options, scheduler, connector, restriction);
		this.slots = this.state.slots;
		this.acquirer = new LeaseAcquirer<>(this.state, parking);
	}

	/**
	 * Creates a pool and starts to open its minimum of connections in the background.
	 * @param <C> the type of connection
	 * @param options the options of the pool
	 * @param connector opens and closes the connections
	 * @param restriction the bound on the connections at first
	 * @return the pool
	 */
	public static <C> ConnectionPool<C> create(PoolOptions options, Connector<C> connector, int restriction) {
		DefaultConnectionPool<C> pool = new DefaultConnectionPool<>(options, PoolScheduler.SHARED, connector,
				Parking.THREADS, restriction);
		pool.start();
		return pool;
	}

	void start() {
		this.state.demand(Demand.MINIMUM);
		this.state.upkeep.start();
		this.state.shutdown.closed().whenComplete((none, failure) -> this.acquirer.timer.stop());
	}

	@Override
	public PoolOptions options() {
		return this.state.options;
	}

	@Override
	public Lease<C> acquire(LeaseOwner owner, Duration timeout) {
		PooledLease<C> lease = this.slots.tryAcquire(Objects.requireNonNull(owner, "owner"));
		return (lease != null) ? lease : this.acquirer.acquire(owner, timeout);
	}

	@Override
	public Acquisition acquire(LeaseOwner owner, Duration timeout, LeaseCallback<C> callback) {
		PooledLease<C> lease = this.slots.tryAcquire(Objects.requireNonNull(owner, "owner"));
		if (lease == null) {
			return this.acquirer.acquire(owner, timeout, callback);
		}
		lease.handTo(callback);
		return LeaseAcquirer.ENDED;
	}

	@Override
	public int pending() {
		return this.slots.queue.waiting();
	}

	@Override
	public boolean isSuspended() {
		return this.slots.queue.isSuspended();
	}

	@Override
	public boolean isAnyFree() {
		return this.slots.queue.isOpen() && this.slots.isAnyFree();
	}

	@Override
	public PoolSnapshot snapshot() {
		return this.state.snapshot();
	}

	@Override
	public List<ConnectionSnapshot> connections() {
		return this.state.call(() -> {
			long now = this.state.now();
			return this.state.connections.all()
				.stream()
				.map((pooled) -> pooled.snapshot(now, this.state.calls::describe))
				.toList();
		}).stream().map(Supplier::get).toList();
	}

	@Override
	public List<LeaseSnapshot> leases() {
		return this.state.leases();
	}

	@Override
	public boolean evict(long connectionId) {
		return this.state.call(() -> {
			PooledConnection<C> pooled = this.state.connections.find(connectionId);
			return pooled != null && this.state.retirer.retire(pooled, CloseReason.EVICTED);
		});
	}

	@Override
	public boolean revoke(long leaseId) {
		Slot<C> slot = this.slots.slotOf(leaseId);
		return slot != null
				&& this.state.call(() -> this.state.retirer.revoke(slot, Slot.ticketOf(leaseId), CloseReason.REVOKED));
	}

	@Override
	public boolean reclaim(long leaseId) {
		Slot<C> slot = this.slots.slotOf(leaseId);
		if (slot == null) {
			return false;
		}
		this.state.run(() -> this.state.upkeep.reportLost(slot, leaseId));
		return this.slots.release(slot, Slot.ticketOf(leaseId));
	}

	@Override
	public void resize(int minConnections, int maxConnections) {
		this.state.options.checkSize(minConnections, maxConnections);
		this.state.run(() -> {
			this.slots.queue.bound(this.state.options.maxPending(maxConnections));
			fit(minConnections, maxConnections, this.state.restriction);
		});
	}

	@Override
	public void restrict(int connections) {
		this.state.options.checkRestriction(connections);
		this.state.run(() -> fit(this.state.min, this.state.size, connections));
	}

	@Override
	public int size() {
		return this.state.size;
	}

	private void fit(int min, int size, int restriction) {
		this.state.resize(min, size, restriction);
		this.state.fitSlots();
		this.state.retirer.shrink();
		this.state.demand(Demand.MINIMUM);
	}

	@Override
	public int softReset() {
		return this.state.call(() -> this.state.retirer.retireAll(CloseReason.EVICTED));
	}

	@Override
	public boolean suspend() {
		return this.slots.queue.suspend();
	}

	@Override
	public boolean resume() {
		boolean news = this.slots.resume();
		this.state.demand(Demand.WAITERS);
		return news;
	}

	@Override
	public CompletionStage<Void> close(Duration drainTime) {
		this.state.run(() -> this.state.shutdown.begin(drainTime));
		return this.state.shutdown.closed();
	}

}
