package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of threads that wait for a second lease while they hold one of a pool that is
 * exhausted. The listener is notified each time, the log at most once a minute.
 *
 * @param <C> the type of connection
 */
final class SelfDeadlockWatch<C> {

	private static final Logger logger = LoggerFactory.getLogger(ConnectionPool.class);

	private static final long LOG_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

	private final PoolState<C> state;

	private final AtomicLong mayLogAt;

	SelfDeadlockWatch(PoolState<C> state) {
		this.state = state;
		this.mayLogAt = new AtomicLong(state.now());
	}

	/**
	 * Looks whether the thread of a waiter holds a lease; not the one that it waits for,
	 * which it may have got in between.
	 */
	void check(BlockingWaiter<C> waiter) {
		Arrays.stream(this.state.slots.slots())
			.filter((slot) -> slot.isHeldBy(waiter.thread()))
			.findFirst()
			.flatMap((slot) -> slot.lease(this.state.slots.now()))
			.filter((held) -> waiter.isWaiting())
			.ifPresent((held) -> {
				this.state.listener.onSelfDeadlockRisk(held, waiter.owner());
				log(held, waiter);
			});
	}

	private void log(LeaseSnapshot held, BlockingWaiter<C> waiter) {
		long now = this.state.now();
		long due = this.mayLogAt.get();
		if (now - due >= 0 && this.mayLogAt.compareAndSet(due, now + LOG_INTERVAL_NANOS)) {
			logger.warn("Thread {} waits for a connection of the exhausted pool '{}' for {} while it holds one for {}. "
					+ "If all holders do that none is ever served: close the first lease before, or use it for both",
					waiter.thread().getName(), this.state.options.name(), waiter.owner(), held.owner());
		}
	}

}
