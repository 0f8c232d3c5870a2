package dev.dbpool.pool;

import java.time.Duration;

import dev.dbpool.pool.PooledConnection.Phase;

/**
 * The regular work of a pool: retires what is past its lifetime, closes what has been
 * idle for too long, validates what is to be kept, replaces ahead, and looks for leaks.
 *
 * @param <C> the type of connection
 */
final class ConnectionUpkeep<C> {

	private final PoolState<C> state;

	private final ConnectionOpener<C> opener;

	private final ConnectionChecker<C> checker;

	private final ConnectionRetirer<C> retirer;

	private final PoolListener listener;

	ConnectionUpkeep(PoolState<C> state, ConnectionOpener<C> opener, ConnectionChecker<C> checker,
			ConnectionRetirer<C> retirer, PoolListener listener) {
		this.state = state;
		this.opener = opener;
		this.checker = checker;
		this.retirer = retirer;
		this.listener = listener;
	}

	/**
	 * Makes one round.
	 * @param interval how long it is until the next one
	 */
	void run(Duration interval, Effects effects) {
		long now = this.state.now();
		this.state.slots.forgetHints();
		for (PooledConnection<C> pooled : this.state.connections
			.coldestFirst((candidate) -> candidate.phase == Phase.OPEN)) {
			if (pooled.isExpired(now)) {
				this.retirer.expire(pooled, effects);
			}
			else if (pooled.isIdle()) {
				keepIdle(pooled, now, effects);
			}
		}
		replaceAhead(now + 2 * Nanos.of(interval), effects);
		findLeaks(now, effects);
		this.state.demand.forMinimum();
	}

	private void keepIdle(PooledConnection<C> pooled, long now, Effects effects) {
		boolean dispensable = this.state.connections.live() > this.state.min
				&& Nanos.hasPassed(this.state.options.idleTimeout(), pooled.lastUse(), now);
		if (!dispensable && !Nanos.hasPassed(this.state.options.keepAliveInterval(), pooled.checkedAt(), now)) {
			return;
		}
		if (!pooled.withdraw()) {
			this.checker.offerAgain(pooled, effects);
		}
		else if (dispensable) {
			this.retirer.beginClose(pooled, CloseReason.IDLE, effects);
		}
		else {
			this.checker.beginValidate(pooled, effects);
		}
	}

	private void replaceAhead(long soon, Effects effects) {
		for (PooledConnection<C> pooled : this.state.connections.all()) {
			if (pooled.isExpired(soon)) {
				this.opener.replaceAhead(pooled, effects);
			}
		}
	}

	/**
	 * Looks for leases that are held for too long. The times of a slot are those of an
	 * earlier lease until it says whose it is, so they are looked at again after that.
	 */
	private void findLeaks(long now, Effects effects) {
		Duration limit = this.state.options.leakDetectionTimeout();
		for (Slot<C> slot : this.state.slots.all()) {
			long word = slot.word();
			if (Slot.is(Slot.LEASED, word) && Nanos.hasPassed(limit, slot.renewedAt(), now)) {
				slot.lease(now)
					.filter((lease) -> lease.id() == slot.leaseId(Slot.ticket(word)))
					.filter((lease) -> Nanos.hasPassed(limit, slot.renewedAt(), now))
					.ifPresent((lease) -> leaked(slot, Slot.ticket(word), lease, effects));
			}
		}
	}

	private void leaked(Slot<C> slot, long ticket, LeaseSnapshot lease, Effects effects) {
		LeakAction action = this.state.options.leakAction();
		if (slot.reportLeak(ticket)) {
			this.state.counters.leaked++;
			effects.add(() -> this.listener.onLeaseLeaked(lease, action));
		}
		if (action == LeakAction.RECLAIM) {
			this.retirer.revoke(slot, ticket, CloseReason.REVOKED, effects);
		}
	}

}
