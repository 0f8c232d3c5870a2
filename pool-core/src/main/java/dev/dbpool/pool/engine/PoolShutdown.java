package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;

/**
 * Closes a pool: rejects all callers, lets leases end, revokes those that do not, and
 * reports when the last connection is closed. A lease that was not used for a while, and
 * whose connection has nothing to do, is not waited for. What is not closed soon after
 * the drain time is left to its connector.
 *
 * @param <C> the type of connection
 */
final class PoolShutdown<C> {

	private static final Duration UNUSED = Duration.ofSeconds(5);

	private static final Duration LOOK = Duration.ofMillis(500);

	private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

	private final PoolState<C> state;

	private final CompletableFuture<Void> closed = new CompletableFuture<>();

	PoolShutdown(PoolState<C> state) {
		this.state = state;
	}

	void begin(Duration drainTime) {
		if (this.state.closing) {
			return;
		}
		this.state.closing = true;
		this.state.slots.queue.close();
		for (Waiter<C> waiter : this.state.slots.queue) {
			PoolException cause = this.state.messages.closed();
			if (this.state.slots.queue.cancel(waiter)) {
				waiter.refuse(cause);
				this.state.afterStep(() -> this.state.listener.onAcquireFailed(waiter.owner, cause));
				this.state.afterStep(waiter::deliver);
			}
		}
		this.state.retirer.retireAll(CloseReason.POOL_CLOSED);
		if (this.state.connections.total() > 0) {
			this.state.afterStep(() -> after(drainTime, () -> this.state.run(this::endDrain)));
			this.state.afterStep(this::revokeUnused);
		}
	}

	private void after(Duration delay, Runnable task) {
		ScheduledTask timer = this.state.scheduler.schedule(delay, task);
		this.closed.whenComplete((none, failure) -> timer.cancel());
	}

	/**
	 * Revokes the leases that were not renewed for a while, and whose connection has
	 * nothing to do. Asks the connector outside of the lock. The times of a slot are
	 * those of an earlier lease until it says whose it is, so they are looked at after
	 * that.
	 */
	private void revokeUnused() {
		long now = this.state.now();
		for (Slot<C> slot : this.state.slots.all) {
			slot.lease(now)
				.filter((lease) -> isForgotten(slot, now) && this.state.slots.isUnused(slot))
				.ifPresent((lease) -> this.state.run(() -> revokeForgotten(slot, Slot.ticketOf(lease.id()), now)));
		}
		if (!this.closed.isDone()) {
			after(LOOK, this::revokeUnused);
		}
	}

	private boolean isForgotten(Slot<C> slot, long now) {
		return PoolScheduler.hasPassed(UNUSED, slot.renewedAt(now), now);
	}

	private void revokeForgotten(Slot<C> slot, long ticket, long now) {
		if (isForgotten(slot, now)) {
			this.state.retirer.revoke(slot, ticket, CloseReason.POOL_CLOSED);
		}
	}

	private void endDrain() {
		for (Slot<C> slot : this.state.slots.all) {
			long word = slot.word();
			if (Slot.is(Slot.LEASED, word)) {
				this.state.retirer.revoke(slot, Slot.ticket(word), CloseReason.POOL_CLOSED);
			}
		}
		this.state.afterStep(this.state.checker::endResets);
		this.state.afterStep(() -> after(LONGEST_CLOSE, () -> this.state.run(this.state.retirer::forgetClosing)));
		this.state.opener.giveUpAll("when the pool was closed");
	}

	void completeIfEmpty() {
		if (this.state.closing && this.state.connections.total() == 0) {
			this.state.afterStep(this.state.upkeep::stop);
			this.state.afterStep(() -> this.closed.complete(null));
		}
	}

	CompletionStage<Void> closed() {
		return this.closed.minimalCompletionStage();
	}

}
