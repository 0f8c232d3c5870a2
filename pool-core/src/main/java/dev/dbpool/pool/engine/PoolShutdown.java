package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;

/**
 * Closes a pool: rejects all callers, lets leases end, revokes those that do not, and
 * reports when the last connection is closed.
 *
 * @param <C> the type of connection
 */
final class PoolShutdown<C> {

	private final PoolState<C> state;

	private final LifecycleLock<C> lock;

	private final ConnectionOpener<C> opener;

	private final ConnectionRetirer<C> retirer;

	private final PoolListener listener;

	private final ConnectionUpkeep<C> upkeep;

	private final CompletableFuture<Void> closed = new CompletableFuture<>();

	PoolShutdown(PoolState<C> state, LifecycleLock<C> lock, ConnectionOpener<C> opener, ConnectionRetirer<C> retirer,
			ConnectionUpkeep<C> upkeep, PoolListener listener) {
		this.state = state;
		this.lock = lock;
		this.opener = opener;
		this.retirer = retirer;
		this.listener = listener;
		this.upkeep = upkeep;
	}

	void begin(Duration drainTime, Supplier<PoolException> refusal, DeferredActions deferred) {
		if (this.state.closing) {
			return;
		}
		this.state.closing = true;
		this.state.slots.close();
		for (Waiter<C> waiter : this.state.slots.waiters()) {
			PoolException cause = refusal.get();
			if (this.state.slots.select(waiter)) {
				waiter.refuse(cause);
				deferred.add(() -> this.listener.onAcquireFailed(waiter.owner(), cause));
				deferred.add(waiter::deliver);
			}
		}
		this.retirer.retireAll(CloseReason.POOL_CLOSED, deferred);
		if (this.state.connections.total() > 0) {
			deferred.add(() -> endDrainAfter(drainTime));
		}
	}

	private void endDrainAfter(Duration drainTime) {
		ScheduledTask timer = this.state.scheduler.schedule(drainTime, () -> this.lock.run(this::endDrain));
		this.closed.whenComplete((none, failure) -> timer.cancel());
	}

	private void endDrain(DeferredActions deferred) {
		for (Slot<C> slot : this.state.slots.all()) {
			long word = slot.word();
			if (Slot.is(Slot.LEASED, word)) {
				this.retirer.revoke(slot, Slot.ticket(word), CloseReason.POOL_CLOSED, deferred);
			}
		}
		this.opener.giveUpAll("when the pool was closed", deferred);
	}

	void completeIfEmpty(DeferredActions deferred) {
		if (this.state.closing && this.state.connections.total() == 0) {
			deferred.add(this.upkeep::stop);
			deferred.add(() -> this.closed.complete(null));
		}
	}

	CompletionStage<Void> closed() {
		return this.closed.minimalCompletionStage();
	}

}
