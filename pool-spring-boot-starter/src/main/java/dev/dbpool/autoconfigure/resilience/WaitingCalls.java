package dev.dbpool.autoconfigure.resilience;

import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.client.Lane;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * The calls that wait until the circuit breaker lets them through, in order of arrival.
 * They hold no connection. A call that is woken asks the breaker itself, and waits again
 * if it is not let through. Safe for use from any thread.
 */
final class WaitingCalls {

	private final Queue<Waiter> queue = new ConcurrentLinkedQueue<>();

	private final Map<Lane, AtomicInteger> waiting = new EnumMap<>(Lane.class);

	WaitingCalls() {
		for (Lane lane : Lane.values()) {
			this.waiting.put(lane, new AtomicInteger());
		}
	}

	/**
	 * Returns how many calls of a lane wait.
	 */
	int count(Lane lane) {
		return counter(lane).get();
	}

	private AtomicInteger counter(Lane lane) {
		return this.waiting.getOrDefault(lane, new AtomicInteger());
	}

	/**
	 * Waits until it is woken. A call that is cancelled when its turn has come leaves
	 * that to the next one.
	 * @param lane the lane of the call
	 * @param until until when it may wait at most
	 * @param joined called when it waits
	 * @param scheduler runs what follows
	 */
	Mono<Void> join(Lane lane, long until, Runnable joined, Scheduler scheduler) {
		return Mono.defer(() -> {
			Waiter waiter = new Waiter(lane, until, Sinks.empty());
			counter(lane).incrementAndGet();
			this.queue.add(waiter);
			joined.run();
			return waiter.turn().asMono().publishOn(scheduler).doOnCancel(() -> leave(waiter));
		});
	}

	private void leave(Waiter waiter) {
		if (this.queue.remove(waiter)) {
			counter(waiter.lane()).decrementAndGet();
		}
		else {
			wake(1);
		}
	}

	/**
	 * Returns whether no call waits.
	 */
	boolean isEmpty() {
		return this.queue.isEmpty();
	}

	/**
	 * Wakes the calls that have waited longest.
	 */
	void wake(int number) {
		for (int i = 0; i < number; i++) {
			Waiter waiter = this.queue.poll();
			if (waiter == null) {
				return;
			}
			wake(waiter);
		}
	}

	private void wake(Waiter waiter) {
		counter(waiter.lane()).decrementAndGet();
		waiter.turn().tryEmitEmpty();
	}

	/**
	 * Wakes all calls.
	 */
	void wakeAll() {
		wake(Integer.MAX_VALUE);
	}

	/**
	 * Wakes the calls that may not wait until a time.
	 */
	void wakeBefore(long time) {
		for (Waiter waiter : this.queue) {
			if (waiter.until() - time < 0 && this.queue.remove(waiter)) {
				wake(waiter);
			}
		}
	}

	/**
	 * A call that waits, as long as it is in the queue.
	 *
	 * @param turn ends when it is woken
	 */
	private record Waiter(Lane lane, long until, Sinks.Empty<Void> turn) {

	}

}
