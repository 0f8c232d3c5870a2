package dev.dbpool.pool;

import java.util.concurrent.locks.LockSupport;

import dev.dbpool.pool.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A caller in the queue. It leaves the queue once, under the pool's lock: with a lease,
 * with a failure, or because it gave up. The outcome is set under that lock and delivered
 * after it, by {@link #deliver()}.
 *
 * @param <C> the type of connection
 */
abstract sealed class Waiter<C> {

	final LeaseOwner owner;

	final Thread thread = Thread.currentThread();

	final long since;

	volatile @Nullable PooledLease<C> lease;

	volatile @Nullable PoolException failure;

	Waiter(LeaseOwner owner, long since) {
		this.owner = owner;
		this.since = since;
	}

	abstract void deliver();

	/**
	 * A thread that blocks.
	 */
	static final class Blocking<C> extends Waiter<C> {

		Blocking(LeaseOwner owner, long since) {
			super(owner, since);
		}

		boolean isServed() {
			return this.lease != null || this.failure != null;
		}

		@Override
		void deliver() {
			LockSupport.unpark(this.thread);
		}

	}

	/**
	 * A caller that is called back.
	 */
	static final class Async<C> extends Waiter<C> {

		private static final Logger logger = LoggerFactory.getLogger(Waiter.class);

		private final PoolOptions options;

		private final LeaseCallback<C> callback;

		private volatile @Nullable ScheduledTask timer;

		Async(LeaseOwner owner, long since, PoolOptions options, LeaseCallback<C> callback) {
			super(owner, since);
			this.options = options;
			this.callback = callback;
		}

		/**
		 * Keeps the timer that ends the wait. The caller may have been served already:
		 * whichever of the two comes last cancels it.
		 */
		void timedBy(ScheduledTask task) {
			this.timer = task;
			if (this.lease != null || this.failure != null) {
				task.cancel();
			}
		}

		void cancelTimer() {
			ScheduledTask task = this.timer;
			if (task != null) {
				task.cancel();
			}
		}

		@Override
		void deliver() {
			cancelTimer();
			try {
				this.options.executor().execute(this::callBack);
			}
			catch (RuntimeException ex) {
				logger.debug("Executor of pool '{}' refused a callback, which runs on this thread instead",
						this.options.name(), ex);
				callBack();
			}
		}

		void callBack() {
			PooledLease<C> granted = this.lease;
			PoolException refused = this.failure;
			try {
				if (granted != null) {
					this.callback.onLease(granted);
				}
				else if (refused != null) {
					this.callback.onFailure(refused);
				}
			}
			catch (Throwable ex) {
				logger.error("Callback of {} failed in pool '{}'", this.owner, this.options.name(), ex);
				if (granted != null) {
					granted.close();
				}
			}
		}

	}

}
