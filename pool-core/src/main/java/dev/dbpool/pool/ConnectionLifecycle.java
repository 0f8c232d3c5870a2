package dev.dbpool.pool;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import dev.dbpool.pool.PooledConnection.Phase;

/**
 * The connections of a pool, lent out through {@link LeaseSlots}. A caller that finds a
 * free slot never comes here.
 * <p>
 * A connection goes {@code OPENING -> OPEN <-> VALIDATING}, and from any of these to
 * {@code CLOSING}, after which it is forgotten. Its slots are out except when it is
 * {@code OPEN}. Each move is made in a step of {@link LifecycleSteps}, by the part whose
 * concern it is: {@link ConnectionOpener}, {@link ConnectionChecker},
 * {@link ConnectionRetirer}, {@link ConnectionUpkeep} and {@link PoolShutdown}, each of
 * which knows only those before it in a line from retiring to shutdown.
 *
 * @param <C> the type of connection
 */
final class ConnectionLifecycle<C> implements SlotKeeper<C>, ConnectionKeeper<C> {

	private final PoolState<C> state;

	private final PoolListener listener;

	private final LifecycleSteps<C> steps;

	private final ConnectionRetirer<C> retirer;

	private final ConnectionChecker<C> checker;

	private final ConnectionOpener<C> opener;

	private final ConnectionUpkeep<C> upkeep;

	private final PoolShutdown<C> shutdown;

	private final Housekeeping housekeeping;

	ConnectionLifecycle(PoolOptions options, Connector<C> connector, PoolListener listener) {
		Timers timers = new Timers(options);
		ConnectorCalls<C> calls = new ConnectorCalls<>(connector, timers);
		this.listener = listener;
		this.state = new PoolState<>(options, new LeaseSlots<>(options, connector, this));
		this.steps = new LifecycleSteps<>(this.state, this::settle);
		this.retirer = new ConnectionRetirer<>(this.state, this.steps, calls, listener);
		this.checker = new ConnectionChecker<>(this.state, this.steps, calls, this.retirer);
		this.opener = new ConnectionOpener<>(this.state, this.steps, calls, this.checker, this.retirer, this, listener,
				timers);
		this.upkeep = new ConnectionUpkeep<>(this.state, this.opener, this.checker, this.retirer, listener);
		this.housekeeping = new Housekeeping(options, timers, this::keepHouse);
		this.shutdown = new PoolShutdown<>(this.state, this.steps, this.opener, this.retirer, listener, timers,
				this.housekeeping);
	}

	void start() {
		this.steps.make((effects) -> this.state.demand.forMinimum());
		this.housekeeping.start();
	}

	private void keepHouse() {
		this.steps.make((effects) -> this.upkeep.run(this.housekeeping.interval(), effects));
	}

	/**
	 * Ends a step: sees to what it has left to do.
	 */
	private void settle(Effects effects) {
		this.opener.meetDemand(effects);
		this.shutdown.completeIfEmpty(effects);
		if (this.housekeeping.isStalled()) {
			effects.add(this.housekeeping::restart);
		}
	}

	LeaseSlots<C> slots() {
		return this.state.slots;
	}

	@Override
	public String poolName() {
		return this.state.options.name();
	}

	/**
	 * Returns the bound on the connections, as it is now.
	 */
	int maxConnections() {
		return this.state.max;
	}

	/**
	 * Tells whether another connection may be opened.
	 */
	boolean hasRoom() {
		return this.steps.hasRoom();
	}

	/**
	 * Gets connections for those who wait.
	 */
	void grow() {
		this.steps.grow();
	}

	/**
	 * Gets a connection for the next caller, though nobody waits.
	 */
	void growForNext() {
		this.steps.make((effects) -> this.opener.growFor(Math.max(1, this.state.slots.waiting()), effects));
	}

	@Override
	public void checkStale() {
		this.steps.grow();
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
		this.steps.make((effects) -> {
			if (pooled.isExpired(this.state.now())) {
				this.retirer.expire(pooled, effects);
			}
		});
	}

	@Override
	public void putOut(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		this.steps.make((effects) -> this.retirer.closeIfOut(pooled, effects));
	}

	@Override
	public void disconnected(PooledConnection<C> pooled) {
		this.steps.make((effects) -> {
			if (!pooled.isProved() && pooled.doomed == null && pooled.isIdle()) {
				this.opener.backOffFromLoss(effects);
			}
			this.retirer.retire(pooled, CloseReason.DISCONNECTED, effects);
		});
	}

	@Override
	public void invalidate(PooledConnection<C> pooled, Slot<C> slot, long ticket) {
		this.steps.make((effects) -> {
			if (Slot.ticket(slot.word()) == ticket) {
				this.retirer.retire(pooled, CloseReason.INVALIDATED, effects);
			}
		});
	}

	boolean evict(long connectionId) {
		return this.steps.makeAndGet((effects) -> {
			PooledConnection<C> pooled = this.state.connections.find(connectionId);
			return pooled != null && this.retirer.retire(pooled, CloseReason.EVICTED, effects);
		});
	}

	int softReset() {
		return this.steps.makeAndGet((effects) -> this.retirer.retireAll(CloseReason.EVICTED, effects));
	}

	/**
	 * Takes a lease back from its holder.
	 */
	boolean revoke(long leaseId) {
		int index = Slot.indexOf(leaseId);
		Slot<C>[] all = this.state.slots.all();
		return leaseId > 0 && index < all.length && this.steps.makeAndGet(
				(effects) -> this.retirer.revoke(all[index], Slot.ticketOf(leaseId), CloseReason.REVOKED, effects));
	}

	void resize(int minConnections, int maxConnections) {
		this.state.options.checkSize(minConnections, maxConnections);
		this.steps.make((effects) -> {
			this.state.min = minConnections;
			this.state.max = maxConnections;
			this.state.slots.provide(maxConnections * this.state.options.leasesPerConnection());
			this.retirer.shrink(effects);
			this.state.demand.forMinimum();
		});
	}

	boolean resume() {
		boolean news = this.state.slots.resume();
		this.steps.grow();
		return news;
	}

	CompletionStage<Void> close(Duration drainTime, Supplier<PoolException> refusal) {
		this.steps.make((effects) -> this.shutdown.begin(drainTime, refusal, effects));
		return closed();
	}

	CompletionStage<Void> closed() {
		return this.shutdown.closed();
	}

	PoolCounters counters() {
		return this.state.counters;
	}

	Optional<Throwable> lastOpenFailure() {
		return Optional.ofNullable(this.state.backoff.lastFailure());
	}

	PoolSnapshot snapshot() {
		return this.steps.makeAndGet((effects) -> {
			PoolConnections<C> connections = this.state.connections;
			PoolCounters counters = this.state.counters;
			SlotCensus census = SlotCensus.of(this.state.slots.all());
			int active = (int) connections.open().filter(census::isLeased).count();
			int idle = connections.count(Phase.OPEN) + connections.count(Phase.VALIDATING) - active;
			return new PoolSnapshot(poolName(), this.state.min, this.state.max, connections.total(), active, idle,
					connections.count(Phase.OPENING), connections.count(Phase.CLOSING), this.state.slots.waiting(),
					census.acquired(), census.released(), counters.created, counters.destroyed, counters.openFailures,
					counters.timedOut.sum(), counters.rejected.sum(), counters.leaked,
					this.state.slots.oldestLease().map(LeaseSnapshot::age),
					lastOpenFailure().map(PoolMessages::describe), this.state.slots.isSuspended());
		});
	}

	List<ConnectionSnapshot> connections() {
		return this.steps.makeAndGet((effects) -> {
			long now = this.state.now();
			return this.state.connections.all().stream().map((pooled) -> pooled.snapshot(now)).toList();
		});
	}

}
