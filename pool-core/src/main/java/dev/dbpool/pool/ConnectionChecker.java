package dev.dbpool.pool;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import dev.dbpool.pool.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that connections that are lent out work: validates those that have idled,
 * and resets those that come back. Offers their slots to callers after that.
 *
 * @param <C> the type of connection
 */
final class ConnectionChecker<C> {

	private final PoolState<C> state;

	private final LifecycleSteps<C> steps;

	private final ConnectorCalls<C> calls;

	private final ConnectionRetirer<C> retirer;

	ConnectionChecker(PoolState<C> state, LifecycleSteps<C> steps, ConnectorCalls<C> calls,
			ConnectionRetirer<C> retirer) {
		this.state = state;
		this.steps = steps;
		this.calls = calls;
		this.retirer = retirer;
	}

	void offerAll(PooledConnection<C> pooled, Effects effects) {
		long now = this.state.now();
		pooled.slots().forEach((slot) -> this.state.slots.offer(slot, now, deliverAfter(effects)));
	}

	/**
	 * Counts the free slots of a connection as checked: it is in use by others.
	 */
	void offerAgain(PooledConnection<C> pooled, Effects effects) {
		for (Slot<C> slot : pooled.slots()) {
			if (slot.withdraw() || Slot.is(Slot.OUT, slot.word())) {
				this.state.slots.offer(slot, this.state.now(), deliverAfter(effects));
			}
		}
	}

	private static <C> Consumer<Waiter<C>> deliverAfter(Effects effects) {
		return (waiter) -> effects.add(waiter::deliver);
	}

	/**
	 * Sees to connections that are free but may not be leased as they are.
	 * @return how many are being checked by this
	 */
	int freshenIdle(int missing, Effects effects) {
		int checking = 0;
		List<PooledConnection<C>> candidates = this.state.connections
			.coldestFirst((pooled) -> pooled.phase == Phase.OPEN && pooled.doomed == null);
		for (int i = candidates.size() - 1; i >= 0 && checking < missing; i--) {
			PooledConnection<C> pooled = candidates.get(i);
			if (pooled.isExpired(this.state.now())) {
				this.retirer.expire(pooled, effects);
			}
			else if (pooled.slots().stream().anyMatch(this.state.slots::isFresh)) {
				continue;
			}
			else if (pooled.isLeased()) {
				offerAgain(pooled, effects);
			}
			else if (pooled.withdraw()) {
				beginValidate(pooled, effects);
				checking++;
			}
			else {
				offerAgain(pooled, effects);
			}
		}
		return checking;
	}

	/**
	 * Validates a connection whose slots are out.
	 */
	void beginValidate(PooledConnection<C> pooled, Effects effects) {
		this.state.connections.enter(pooled, Phase.VALIDATING, this.state.now());
		C connection = pooled.connection();
		effects.add(() -> this.calls.awaitOnce(this.calls.validate(connection), this.state.options.openTimeout(),
				(failure) -> validated(pooled, failure)));
	}

	private void validated(PooledConnection<C> pooled, @Nullable Throwable failure) {
		this.steps.make((effects) -> {
			if (pooled.phase == Phase.VALIDATING) {
				validated(pooled, failure, effects);
			}
		});
	}

	private void validated(PooledConnection<C> pooled, @Nullable Throwable failure, Effects effects) {
		if (failure != null) {
			pooled.recordError();
			this.retirer.beginClose(pooled, CloseReason.VALIDATION_FAILED, effects);
			this.state.demand.forWaiters();
		}
		else {
			prove(pooled);
			this.state.connections.enter(pooled, Phase.OPEN, this.state.now());
			offerAll(pooled, effects);
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
		pooled.resetStarted();
		this.calls.awaitOnce(reset, this.state.options.releaseTimeout(), (failure) -> {
			pooled.resetEnded();
			endReset(slot, failure != null);
		});
	}

	private void endReset(Slot<C> slot, boolean failed) {
		PooledConnection<C> pooled = slot.pooled();
		if (failed) {
			pooled.recordError();
			this.steps.make((effects) -> {
				this.retirer.retire(pooled, CloseReason.RESET_FAILED, effects);
				slot.putOutClaimed();
				this.retirer.closeIfOut(pooled, effects);
			});
			return;
		}
		if (!pooled.isProved()) {
			this.steps.make((effects) -> prove(pooled));
		}
		slot.checked(this.state.slots.now());
		this.state.slots.give(slot, Waiter::deliver);
	}

	private void prove(PooledConnection<C> pooled) {
		pooled.prove();
		this.state.backoff.proved();
	}

}
