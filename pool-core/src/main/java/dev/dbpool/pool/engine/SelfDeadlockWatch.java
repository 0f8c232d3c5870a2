package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
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

	private final PoolOptions options;

	private final PoolScheduler clock;

	private final LeaseSlots<C> slots;

	private final PoolListener listener;

	private final AtomicLong mayLogAt;

	SelfDeadlockWatch(PoolOptions options, PoolScheduler clock, LeaseSlots<C> slots, PoolListener listener) {
		this.options = options;
		this.clock = clock;
		this.slots = slots;
		this.listener = listener;
		this.mayLogAt = new AtomicLong(clock.nanoTime());
	}

	/**
	 * Looks whether the thread of a waiter holds a lease; not the one that it waits for,
	 * which it may have got in between.
	 */
	void check(BlockingWaiter<C> waiter) {
		this.slots.leaseOf(waiter.thread()).filter((held) -> waiter.isWaiting()).ifPresent((held) -> {
			this.listener.onSelfDeadlockRisk(held, waiter.owner());
			log(held, waiter);
		});
	}

	private void log(LeaseSnapshot held, BlockingWaiter<C> waiter) {
		long now = this.clock.nanoTime();
		long due = this.mayLogAt.get();
		if (now - due >= 0 && this.mayLogAt.compareAndSet(due, now + LOG_INTERVAL_NANOS)) {
			logger.warn("Thread {} waits for a connection of the exhausted pool '{}' for {} while it holds one for {}. "
					+ "If all holders do that none is ever served: close the first lease before, or use it for both",
					waiter.thread().getName(), this.options.name(), waiter.owner(), held.owner());
		}
	}

}
