package dev.dbpool.pool.engine;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.engine.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that connections that are lent out work: validates those that have idled,
 * and resets those that come back. Offers their slots to callers after that.
 *
 * @param <C> the type of connection
 */
final class ConnectionChecker<C> {

	private final PoolState<C> state;

	private final LifecycleLock<C> lock;

	private final ConnectorCalls<C> calls;

	private final ConnectionRetirer<C> retirer;

	private final Set<CompletableFuture<Void>> resets = ConcurrentHashMap.newKeySet();

	private volatile boolean mayNotReset;

	ConnectionChecker(PoolState<C> state, LifecycleLock<C> lock, ConnectorCalls<C> calls,
			ConnectionRetirer<C> retirer) {
		this.state = state;
		this.lock = lock;
		this.calls = calls;
		this.retirer = retirer;
	}

	void offerAll(PooledConnection<C> pooled, DeferredActions deferred) {
		long now = this.state.now();
		pooled.slots().forEach((slot) -> this.state.slots.offer(slot, now, deliverAfter(deferred)));
	}

	/**
	 * Counts the free slots of a connection as checked: it is in use by others.
	 */
	void offerAgain(PooledConnection<C> pooled, DeferredActions deferred) {
		for (Slot<C> slot : pooled.slots()) {
			if (slot.withdraw() || Slot.is(Slot.DETACHED, slot.word())) {
				this.state.slots.offer(slot, this.state.now(), deliverAfter(deferred));
			}
		}
	}

	private static <C> Consumer<Waiter<C>> deliverAfter(DeferredActions deferred) {
		return (waiter) -> deferred.add(waiter::deliver);
	}

	/**
	 * Sees to connections that are free but may not be leased as they are.
	 * @return how many are being checked by this
	 */
	int freshenIdle(int missing, DeferredActions deferred) {
		int checking = 0;
		List<PooledConnection<C>> candidates = this.state.connections
			.coldestFirst((pooled) -> pooled.phase == Phase.OPEN && pooled.closeReason == null);
		for (int i = candidates.size() - 1; i >= 0 && checking < missing; i--) {
			PooledConnection<C> pooled = candidates.get(i);
			if (pooled.isExpired(this.state.now())) {
				this.retirer.expire(pooled, deferred);
			}
			else if (pooled.slots().stream().anyMatch(this.state.slots::isFresh)) {
				continue;
			}
			else if (pooled.isLeased()) {
				offerAgain(pooled, deferred);
			}
			else if (pooled.withdraw()) {
				beginValidate(pooled, deferred);
				checking++;
			}
			else {
				offerAgain(pooled, deferred);
			}
		}
		return checking;
	}

	/**
	 * Validates a connection whose slots are out.
	 */
	void beginValidate(PooledConnection<C> pooled, DeferredActions deferred) {
		this.state.connections.enter(pooled, Phase.VALIDATING, this.state.now());
		C connection = pooled.connection();
		deferred.add(() -> this.calls.awaitOnce(this.calls.validate(connection), this.state.options.openTimeout(),
				(failure) -> validated(pooled, failure)));
	}

	private void validated(PooledConnection<C> pooled, @Nullable Throwable failure) {
		this.lock.run((deferred) -> {
			if (pooled.phase == Phase.VALIDATING) {
				validated(pooled, failure, deferred);
			}
		});
	}

	private void validated(PooledConnection<C> pooled, @Nullable Throwable failure, DeferredActions deferred) {
		if (failure != null) {
			pooled.recordError();
			this.retirer.beginClose(pooled, CloseReason.VALIDATION_FAILED, deferred);
			this.state.demand.forWaiters();
		}
		else {
			prove(pooled);
			this.state.connections.enter(pooled, Phase.OPEN, this.state.now());
			offerAll(pooled, deferred);
		}
	}

	/**
	 * Resets a connection whose slot is claimed for that, and gives the slot on.
	 */
	void reset(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		CompletableFuture<Void> reset = this.calls.reset(pooled.connection());
		if (reset.isDone()) {
			endReset(slot, reset.isCompletedExceptionally());
			return;
		}
		CompletableFuture<Void> pending = reset.copy();
		this.resets.add(pending);
		pooled.resetStarted();
		this.calls.awaitOnce(pending, this.state.options.releaseTimeout(), (failure) -> {
			this.resets.remove(pending);
			pooled.resetEnded();
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
			pooled.recordError();
			this.lock.run((deferred) -> {
				this.retirer.retire(pooled, CloseReason.RESET_FAILED, deferred);
				slot.detachClaimed();
				this.retirer.closeIfOut(pooled, deferred);
			});
			return;
		}
		if (!pooled.isProved()) {
			this.lock.run((deferred) -> prove(pooled));
		}
		slot.checked(this.state.slots.now());
		this.state.slots.give(slot, Waiter::deliver);
	}

	private void prove(PooledConnection<C> pooled) {
		pooled.prove();
		this.state.backoff.proved();
	}

}
