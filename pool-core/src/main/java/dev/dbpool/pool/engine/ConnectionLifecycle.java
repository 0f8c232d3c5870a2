package dev.dbpool.pool.engine;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.engine.PoolState.Demand;

/**
 * The connections of a pool, lent out through {@link LeaseSlots}. A caller that finds a
 * free slot never comes here.
 * <p>
 * A connection goes {@code OPENING -> OPEN <-> VALIDATING}, and from any of these to
 * {@code CLOSING}, after which it is forgotten. Its slots are out except when it is
 * {@code OPEN}. Each move is made in a step of {@link PoolState}, by the part whose
 * concern it is: {@link ConnectionOpener}, {@link ConnectionChecker},
 * {@link ConnectionRetirer}, {@link ConnectionUpkeep} and {@link PoolShutdown}, each of
 * which knows only those before it in a line from retiring to shutdown.
 *
 * @param <C> the type of connection
 */
final class ConnectionLifecycle<C> implements SlotCallbacks<C> {

	final PoolState<C> state;

	final ConnectionRetirer<C> retirer;

	final ConnectionUpkeep<C> upkeep;

	final PoolShutdown<C> shutdown;

	private final ConnectionChecker<C> checker;

	private final ConnectionOpener<C> opener;

	ConnectionLifecycle(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, PoolListener listener) {
		this.state = new PoolState<>(options, scheduler, connector, listener, this, this::settle);
		this.retirer = new ConnectionRetirer<>(this.state);
		this.checker = new ConnectionChecker<>(this.state, this.retirer);
		this.opener = new ConnectionOpener<>(this.state, this.checker, this.retirer, this);
		this.upkeep = new ConnectionUpkeep<>(this.state, this.opener, this.checker, this.retirer);
		this.shutdown = new PoolShutdown<>(this.state, this.opener, this.checker, this.retirer, this.upkeep);
	}

	/**
	 * Ends a step: sees to what it has left to do.
	 */
	private void settle() {
		this.opener.meetDemand();
		this.shutdown.completeIfEmpty();
	}

	String poolName() {
		return this.state.options.name();
	}

	@Override
	public void checkStale() {
		this.state.demand(Demand.WAITERS);
	}

	@Override
	public void reset(Slot<C> slot) {
		this.checker.reset(slot);
	}

	@Override
	public void detached(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		this.state.run(() -> this.retirer.closeIfOut(pooled));
	}

	/**
	 * Closes a connection that is lost.
	 */
	void lost(PooledConnection<C> pooled, CloseReason reason) {
		this.state.run(() -> {
			if (!pooled.isProved() && pooled.closeReason == null && pooled.isIdle()) {
				this.opener.backOffFromLoss();
			}
			this.retirer.retire(pooled, reason);
		});
	}

	/**
	 * Retires a connection that a holder reports as broken, if the lease is still theirs.
	 */
	void invalidate(PooledConnection<C> pooled, Slot<C> slot, long ticket) {
		this.state.run(() -> {
			if (Slot.ticket(slot.word()) == ticket) {
				this.retirer.retire(pooled, CloseReason.INVALIDATED);
			}
		});
	}

}
