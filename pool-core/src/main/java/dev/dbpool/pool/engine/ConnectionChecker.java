package dev.dbpool.pool.engine;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.engine.PoolState.Demand;
import dev.dbpool.pool.engine.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that connections that are lent out work: validates those that have idled,
 * and resets those that come back. Offers their slots to callers after that.
 *
 * @param <C> the type of connection
 */
final class ConnectionChecker<C> implements LeaseSlots.Callbacks<C> {

	private final PoolState<C> state;

	private final Set<CompletableFuture<Void>> resets = ConcurrentHashMap.newKeySet();

	private volatile boolean mayNotReset;

	ConnectionChecker(PoolState<C> state) {
		this.state = state;
	}

	@Override
	public void checkStale() {
		this.state.demand(Demand.WAITERS);
	}

	@Override
	public void detached(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		this.state.run(() -> this.state.retirer.closeIfOut(pooled));
	}

	/**
	 * Offers the slots of a connection that works, those that are out and those that are
	 * free: the latter count as checked from now on.
	 */
	void offer(PooledConnection<C> pooled) {
		for (Slot<C> slot : pooled.slots) {
			if (slot.withdraw() || Slot.is(Slot.DETACHED, slot.word())) {
				this.state.slots.offer(slot, this.state.now(), (waiter) -> this.state.afterStep(waiter::deliver));
			}
		}
	}

	/**
	 * Sees to connections that are free but may not be leased as they are.
	 * @param missing how many connections callers wait for
	 * @return how many are being checked by this
	 */
	int freshenIdle(int missing) {
		int checking = 0;
		List<PooledConnection<C>> candidates = this.state.connections
			.coldestFirst((pooled) -> pooled.phase == Phase.OPEN && pooled.closeReason == null);
		for (int i = candidates.size() - 1; i >= 0 && checking < missing; i--) {
			PooledConnection<C> pooled = candidates.get(i);
			if (pooled.slots.stream().anyMatch(this.state.slots::isFresh)) {
				continue;
			}
			if (!pooled.isLeased() && pooled.withdraw()) {
				beginValidate(pooled);
				checking++;
			}
			else {
				offer(pooled);
			}
		}
		return checking;
	}

	/**
	 * Validates a connection whose slots are out.
	 */
	void beginValidate(PooledConnection<C> pooled) {
		this.state.connections.enter(pooled, Phase.VALIDATING, this.state.now());
		C connection = pooled.connection();
		this.state.afterStep(pooled, () -> this.state.calls.awaitOnce((connector) -> connector.validate(connection),
				this.state.options.openTimeout(), (cause) -> this.state.run(pooled, () -> validated(pooled, cause))));
	}

	private void validated(PooledConnection<C> pooled, @Nullable Throwable failure) {
		boolean awaited = pooled.phase == Phase.VALIDATING;
		if (awaited && failure != null) {
			pooled.errors.incrementAndGet();
			this.state.retirer.retire(pooled, CloseReason.VALIDATION_FAILED);
		}
		else if (awaited) {
			pooled.prove();
			this.state.connections.enter(pooled, Phase.OPEN, this.state.now());
			offer(pooled);
		}
	}

	@Override
	public void reset(Slot<C> slot) {
		C connection = slot.pooled().connection();
		CompletableFuture<Void> reset = this.state.calls.start((connector) -> connector.reset(connection));
		if (reset.isDone()) {
			endReset(slot, reset.isCompletedExceptionally());
			return;
		}
		CompletableFuture<Void> pending = reset.copy();
		this.resets.add(pending);
		this.state.calls.awaitOnce((connector) -> pending, this.state.options.releaseTimeout(), (failure) -> {
			this.resets.remove(pending);
			endReset(slot, failure != null);
		});
		if (this.mayNotReset) {
			endResets();
		}
	}

	/**
	 * Ends the resets that there are, and those that begin from now on.
	 */
	void endResets() {
		this.mayNotReset = true;
		this.resets.forEach((reset) -> reset.completeExceptionally(new IOException("the pool is closed")));
	}

	private void endReset(Slot<C> slot, boolean failed) {
		PooledConnection<C> pooled = slot.pooled();
		if (failed) {
			pooled.errors.incrementAndGet();
			this.state.run(() -> {
				slot.detachClaimed();
				this.state.retirer.retire(pooled, CloseReason.RESET_FAILED);
			});
			return;
		}
		if (!pooled.proved) {
			this.state.run(pooled::prove);
		}
		this.state.slots.checked(slot);
		this.state.slots.give(slot, Waiter::deliver);
	}

}
