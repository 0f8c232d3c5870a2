package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.engine.PoolState.Demand;
import dev.dbpool.pool.engine.PooledConnection.Phase;

/**
 * Retires and closes connections. That takes two steps: a connection is doomed, with the
 * reason, and its slots are retired; when the last of them is out, it is closed. So a
 * lease is never cut short, except by {@link #revoke}.
 *
 * @param <C> the type of connection
 */
final class ConnectionRetirer<C> {

	private final PoolState<C> state;

	ConnectionRetirer(PoolState<C> state) {
		this.state = state;
	}

	/**
	 * Dooms a connection, unless it is doomed, and closes it if its slots are out.
	 * @return whether it was not doomed before
	 */
	boolean retire(PooledConnection<C> pooled, CloseReason reason) {
		boolean news = pooled.closeReason == null;
		if (news) {
			pooled.closeReason = reason;
			pooled.slots.forEach(Slot::retire);
			this.state.demand(Demand.WAITERS);
		}
		closeIfOut(pooled);
		return news;
	}

	int retireAll(CloseReason reason) {
		return (int) this.state.connections.all().stream().filter((pooled) -> retire(pooled, reason)).count();
	}

	/**
	 * Retires a connection that is past its lifetime. One that was of use lately is
	 * replaced though no caller waits, so that none has to.
	 */
	void expire(PooledConnection<C> pooled) {
		if (pooled.closeReason == null) {
			pooled.replaceWhenClosed = !pooled.replaced && isInDemand(pooled);
		}
		retire(pooled, CloseReason.EXPIRED);
	}

	boolean isInDemand(PooledConnection<C> pooled) {
		boolean usedLately = !PoolScheduler.hasPassed(this.state.options.idleTimeout(), pooled.lastUse(),
				this.state.now());
		return pooled.isLeased() || (usedLately && pooled.wasUsed());
	}

	/**
	 * Retires what is more than the maximum: unused ones before the others, the coldest
	 * first.
	 */
	void shrink() {
		List<PooledConnection<C>> staying = this.state.connections
			.coldestFirst((pooled) -> pooled.phase != Phase.CLOSING && pooled.closeReason == null);
		Set<PooledConnection<C>> leased = staying.stream()
			.filter(PooledConnection::isLeased)
			.collect(Collectors.toSet());
		staying.stream()
			.sorted(Comparator.comparing(leased::contains))
			.limit(Math.max(0, staying.size() - this.state.max))
			.forEach((pooled) -> retire(pooled, CloseReason.RESIZED));
	}

	/**
	 * Takes a lease back from its holder.
	 * @return whether it had not ended yet
	 */
	boolean revoke(Slot<C> slot, long ticket, CloseReason reason) {
		LeaseOwner owner = slot.owner(ticket).orElse(LeaseOwner.UNKNOWN);
		long now = this.state.now();
		Duration held = Duration.ofNanos(Math.max(0, now - slot.acquiredAt(now)));
		if (!this.state.slots.revoke(slot, ticket)) {
			return false;
		}
		PooledConnection<C> pooled = slot.pooled();
		slot.lastRevoked = new Slot.RevokedLease(ticket, owner, pooled.id, reason);
		this.state.afterStep(() -> this.state.listener.onLeaseReleased(owner, held));
		retire(pooled, reason);
		return true;
	}

	/**
	 * Closes an open connection that is doomed, once its slots are out. Those of one that
	 * is being validated are.
	 */
	void closeIfOut(PooledConnection<C> pooled) {
		boolean established = pooled.phase == Phase.OPEN || pooled.phase == Phase.VALIDATING;
		if (established && pooled.closeReason != null && pooled.isDetached()) {
			beginClose(pooled);
		}
	}

	private void beginClose(PooledConnection<C> pooled) {
		this.state.connections.enter(pooled, Phase.CLOSING, this.state.now());
		C connection = pooled.connection();
		this.state.afterStep(pooled, () -> this.state.calls.awaitOnce((connector) -> connector.close(connection),
				this.state.options.releaseTimeout(), (failure) -> this.state.run(pooled, () -> closed(pooled))));
	}

	/**
	 * Counts the connections as closed that are being closed for too long.
	 */
	void forgetClosing() {
		this.state.connections.in(Phase.CLOSING).forEach(this::closed);
	}

	private void closed(PooledConnection<C> pooled) {
		if (this.state.connections.remove(pooled)) {
			this.state.destroyed++;
			this.state.fitSlots();
			pooled.forget();
			CloseReason reason = Objects.requireNonNull(pooled.closeReason, "closed without a reason");
			this.state.afterStep(() -> this.state.listener.onConnectionClosed(pooled.id, reason));
			this.state.demand(Demand.MINIMUM);
			if (pooled.replaceWhenClosed) {
				this.state.demand(Demand.REPLACEMENT);
			}
		}
	}

}
