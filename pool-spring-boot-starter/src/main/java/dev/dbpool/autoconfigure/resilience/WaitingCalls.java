package dev.dbpool.autoconfigure.resilience;

import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.client.Lane;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

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
	 * Waits until it is woken.
	 * @param lane the lane of the call
	 * @param until until when it may wait at most
	 * @param joined called when it waits
	 */
	Mono<Void> join(Lane lane, long until, Runnable joined) {
		return Mono.create((sink) -> {
			Waiter waiter = new Waiter(until, sink);
			counter(lane).incrementAndGet();
			sink.onDispose(() -> {
				counter(lane).decrementAndGet();
				this.queue.remove(waiter);
			});
			this.queue.add(waiter);
			joined.run();
		});
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
			waiter.sink().success();
		}
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
			if (waiter.until() - time < 0) {
				waiter.sink().success();
			}
		}
	}

	private record Waiter(long until, MonoSink<Void> sink) {

	}

}
