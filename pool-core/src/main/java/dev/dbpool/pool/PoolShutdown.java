package dev.dbpool.pool;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import dev.dbpool.pool.PoolScheduler.ScheduledTask;

/**
 * Closes a pool: refuses everybody, lets leases end, revokes those that do not, and tells
 * when the last connection is closed.
 *
 * @param <C> the type of connection
 */
final class PoolShutdown<C> {

	private final PoolState<C> state;

	private final LifecycleSteps<C> steps;

	private final ConnectionOpener<C> opener;

	private final ConnectionRetirer<C> retirer;

	private final PoolListener listener;

	private final Timers timers;

	private final Housekeeping housekeeping;

	private final CompletableFuture<Void> closed = new CompletableFuture<>();

	PoolShutdown(PoolState<C> state, LifecycleSteps<C> steps, ConnectionOpener<C> opener, ConnectionRetirer<C> retirer,
			PoolListener listener, Timers timers, Housekeeping housekeeping) {
		this.state = state;
		this.steps = steps;
		this.opener = opener;
		this.retirer = retirer;
		this.listener = listener;
		this.timers = timers;
		this.housekeeping = housekeeping;
	}

	void begin(Duration drainTime, Supplier<PoolException> refusal, Effects effects) {
		if (this.state.closing) {
			return;
		}
		this.state.closing = true;
		this.state.slots.close();
		for (Waiter<C> waiter : this.state.slots.waiters()) {
			PoolException cause = refusal.get();
			if (this.state.slots.select(waiter)) {
				waiter.refuse(cause);
				effects.add(() -> this.listener.onAcquireFailed(waiter.owner(), cause));
				effects.add(waiter::deliver);
			}
		}
		this.retirer.retireAll(CloseReason.POOL_CLOSED, effects);
		if (this.state.connections.total() > 0) {
			effects.add(() -> endDrainAfter(drainTime));
		}
	}

	private void endDrainAfter(Duration drainTime) {
		ScheduledTask timer = this.timers.set(drainTime, () -> this.steps.make(this::endDrain));
		if (timer == null) {
			this.steps.make(this::endDrain);
		}
		this.closed.whenComplete((none, failure) -> Timers.cancel(timer));
	}

	private void endDrain(Effects effects) {
		for (Slot<C> slot : this.state.slots.all()) {
			long word = slot.word();
			if (Slot.is(Slot.LEASED, word)) {
				this.retirer.revoke(slot, Slot.ticket(word), CloseReason.POOL_CLOSED, effects);
			}
		}
		this.opener.giveUpAll("when the pool was closed", effects);
	}

	void completeIfEmpty(Effects effects) {
		if (this.state.closing && this.state.connections.total() == 0) {
			effects.add(this.housekeeping::stop);
			effects.add(() -> this.closed.complete(null));
		}
	}

	CompletionStage<Void> closed() {
		return this.closed.minimalCompletionStage();
	}

}
