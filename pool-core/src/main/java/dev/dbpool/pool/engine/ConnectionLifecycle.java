package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.pool.engine.PooledConnection.Phase;

/**
 * The connections of a pool, lent out through {@link LeaseSlots}. A caller that finds a
 * free slot never comes here.
 * <p>
 * A connection goes {@code OPENING -> OPEN <-> VALIDATING}, and from any of these to
 * {@code CLOSING}, after which it is forgotten. Its slots are out except when it is
 * {@code OPEN}. Each move is made in a step of {@link LifecycleLock}, by the part whose
 * concern it is: {@link ConnectionOpener}, {@link ConnectionChecker},
 * {@link ConnectionRetirer}, {@link ConnectionUpkeep} and {@link PoolShutdown}, each of
 * which knows only those before it in a line from retiring to shutdown.
 *
 * @param <C> the type of connection
 */
final class ConnectionLifecycle<C> implements SlotCallbacks<C> {

	private final PoolState<C> state;

	private final ConnectorCalls<C> calls;

	private final PoolListener listener;

	private final LifecycleLock<C> lock;

	private final ConnectionRetirer<C> retirer;

	private final ConnectionChecker<C> checker;

	private final ConnectionOpener<C> opener;

	private final ConnectionUpkeep<C> upkeep;

	private final PoolShutdown<C> shutdown;

	ConnectionLifecycle(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, PoolListener listener) {
		this.calls = new ConnectorCalls<>(connector, scheduler);
		this.listener = listener;
		this.state = new PoolState<>(options, scheduler, new LeaseSlots<>(options, scheduler, connector, this));
		this.lock = new LifecycleLock<>(this.state, this::settle);
		this.retirer = new ConnectionRetirer<>(this.state, this.lock, this.calls, listener);
		this.checker = new ConnectionChecker<>(this.state, this.lock, this.calls, this.retirer);
		this.opener = new ConnectionOpener<>(this.state, this.lock, this.calls, this.checker, this.retirer, this,
				listener);
		this.upkeep = new ConnectionUpkeep<>(this.state, this.lock, this.opener, this.checker, this.retirer, listener);
		this.shutdown = new PoolShutdown<>(this.state, this.lock, this.opener, this.checker, this.retirer, this.upkeep,
				listener);
	}

	void start() {
		this.lock.run((deferred) -> this.state.demand.forMinimum());
		this.upkeep.start();
	}

	/**
	 * Ends a step: sees to what it has left to do.
	 */
	private void settle(DeferredActions deferred) {
		this.opener.meetDemand(deferred);
		this.shutdown.completeIfEmpty(deferred);
	}

	LeaseSlots<C> slots() {
		return this.state.slots;
	}

	String poolName() {
		return this.state.options.name();
	}

	/**
	 * Returns the bound on the connections, as it is now.
	 */
	int maxConnections() {
		return this.state.max;
	}

	/**
	 * Returns whether another connection may be opened.
	 */
	boolean hasRoom() {
		return this.lock.hasRoom();
	}

	/**
	 * Returns whether a connection could be opened now.
	 */
	boolean mayOpen() {
		return this.lock.mayOpen();
	}

	/**
	 * Opens connections for waiters.
	 */
	void grow() {
		this.lock.grow();
	}

	/**
	 * Gets a connection for the next caller, though no caller waits.
	 */
	void growForNext() {
		this.lock.run((deferred) -> this.opener.growFor(Math.max(1, this.state.slots.waiting()), deferred));
	}

	@Override
	public void checkStale() {
		this.lock.grow();
	}

	@Override
	public void acquired(LeaseOwner owner, long waitedNanos) {
		this.listener.onLeaseAcquired(owner, Duration.ofNanos(waitedNanos));
	}

	@Override
	public void released(LeaseOwner owner, long heldNanos) {
		this.listener.onLeaseReleased(owner, Duration.ofNanos(heldNanos));
	}

	@Override
	public void reset(Slot<C> slot) {
		this.checker.reset(slot);
	}

	@Override
	public void expired(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		this.lock.run((deferred) -> {
			if (pooled.isExpired(this.state.now())) {
				this.retirer.expire(pooled, deferred);
			}
		});
	}

	@Override
	public void detached(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		this.lock.run((deferred) -> this.retirer.closeIfOut(pooled, deferred));
	}

	/**
	 * Closes a connection that is lost.
	 */
	void lost(PooledConnection<C> pooled, CloseReason reason) {
		this.lock.run((deferred) -> {
			if (!pooled.isProved() && pooled.closeReason == null && pooled.isIdle()) {
				this.opener.backOffFromLoss(deferred);
			}
			this.retirer.retire(pooled, reason, deferred);
		});
	}

	/**
	 * Retires a connection that a holder reports as broken, if the lease is still theirs.
	 */
	void invalidate(PooledConnection<C> pooled, Slot<C> slot, long ticket) {
		this.lock.run((deferred) -> {
			if (Slot.ticket(slot.word()) == ticket) {
				this.retirer.retire(pooled, CloseReason.INVALIDATED, deferred);
			}
		});
	}

	boolean evict(long connectionId) {
		return this.lock.call((deferred) -> {
			PooledConnection<C> pooled = this.state.connections.find(connectionId);
			return pooled != null && this.retirer.retire(pooled, CloseReason.EVICTED, deferred);
		});
	}

	int softReset() {
		return this.lock.call((deferred) -> this.retirer.retireAll(CloseReason.EVICTED, deferred));
	}

	/**
	 * Takes a lease back from its holder.
	 */
	boolean revoke(long leaseId) {
		int index = Slot.indexOf(leaseId);
		Slot<C>[] all = this.state.slots.all();
		return leaseId > 0 && index < all.length && this.lock
			.call((deferred) -> this.retirer.revoke(all[index], Slot.ticketOf(leaseId), CloseReason.REVOKED, deferred));
	}

	/**
	 * Ends a lease that its holder has lost.
	 */
	boolean reclaim(long leaseId) {
		int index = Slot.indexOf(leaseId);
		Slot<C>[] all = this.state.slots.all();
		if (leaseId <= 0 || index >= all.length) {
			return false;
		}
		this.lock.run((deferred) -> this.upkeep.reportLost(all[index], Slot.ticketOf(leaseId), deferred));
		return this.state.slots.release(all[index], Slot.ticketOf(leaseId));
	}

	void resize(int minConnections, int maxConnections) {
		this.state.options.checkSize(minConnections, maxConnections);
		this.lock.run((deferred) -> {
			this.state.min = minConnections;
			this.state.max = maxConnections;
			this.state.slots.boundWaiters(this.state.options.maxPending(maxConnections));
			this.state.fitSlots();
			this.retirer.shrink(deferred);
			this.state.demand.forMinimum();
		});
	}

	boolean resume() {
		boolean news = this.state.slots.resume();
		this.lock.grow();
		return news;
	}

	CompletionStage<Void> close(Duration drainTime, Supplier<PoolException> refusal) {
		this.lock.run((deferred) -> this.shutdown.begin(drainTime, refusal, deferred));
		return closed();
	}

	CompletionStage<Void> closed() {
		return this.shutdown.closed();
	}

	PoolState.Counters counters() {
		return this.state.counters;
	}

	Optional<Throwable> lastOpenFailure() {
		return Optional.ofNullable(this.state.backoff.lastFailure());
	}

	PoolSnapshot snapshot() {
		return this.lock.call((deferred) -> {
			PoolConnections<C> connections = this.state.connections;
			PoolState.Counters counters = this.state.counters;
			SlotTable.Census census = SlotTable.Census.of(this.state.slots.all());
			int active = (int) connections.open().filter(census::isLeased).count();
			int idle = connections.count(Phase.OPEN) + connections.count(Phase.VALIDATING) - active;
			return new PoolSnapshot(poolName(), this.state.min, this.state.max, connections.total(), active, idle,
					connections.count(Phase.OPENING), connections.count(Phase.CLOSING), this.state.slots.waiting(),
					census.acquired(), census.released(), counters.created, counters.destroyed, counters.openFailures,
					counters.timedOut.sum(), counters.rejected.sum(), counters.leaked,
					Duration.ofNanos(counters.waitedNanos.sum()), this.state.slots.held(),
					this.state.slots.oldestWaiter(this.state.now()),
					this.state.slots.oldestLease().map(LeaseSnapshot::age),
					lastOpenFailure().map(PoolMessages::describe), this.state.slots.isSuspended());
		});
	}

	List<ConnectionSnapshot> connections() {
		return this.lock.call((deferred) -> {
			long now = this.state.now();
			return this.state.connections.all()
				.stream()
				.map((pooled) -> pooled.snapshot(now, this.calls::describe))
				.toList();
		}).stream().map(Supplier::get).toList();
	}

}
