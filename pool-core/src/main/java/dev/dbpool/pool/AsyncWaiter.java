package dev.dbpool.pool;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A caller in the queue that is called back.
 *
 * @param <C> the type of connection
 */
final class AsyncWaiter<C> extends Waiter<C> implements Acquisition, Runnable {

	private static final Logger logger = LoggerFactory.getLogger(AsyncWaiter.class);

	private final SlottedConnectionPool<C> pool;

	private final LeaseCallback<C> callback;

	AsyncWaiter(SlottedConnectionPool<C> pool, LeaseOwner owner, long since, Duration timeout,
			LeaseCallback<C> callback) {
		super(owner, since, Nanos.of(timeout));
		this.pool = pool;
		this.callback = callback;
	}

	@Override
	public boolean cancel() {
		return this.pool.cancel(this);
	}

	Duration timeout() {
		return Duration.ofNanos(deadline() - since());
	}

	@Override
	void deliver() {
		try {
			this.pool.options().executor().execute(this);
		}
		catch (RuntimeException ex) {
			logger.debug("Executor of pool '{}' refused a callback, which runs on this thread instead",
					this.pool.options().name(), ex);
			run();
		}
	}

	@Override
	public void run() {
		PooledLease<C> granted = lease();
		PoolException refused = failure();
		if (granted != null) {
			this.pool.tellAcquired(this);
			callBack(this.callback, granted);
		}
		else if (refused != null) {
			callBack(this.callback, refused);
		}
	}

	/**
	 * Hands a lease to a callback. If that fails the lease is closed, since nobody else
	 * would.
	 */
	static <C> void callBack(LeaseCallback<C> callback, Lease<C> lease) {
		try {
			callback.onLease(lease);
		}
		catch (Throwable ex) {
			logger.error("Callback of {} failed", lease, ex);
			lease.close();
		}
	}

	static <C> void callBack(LeaseCallback<C> callback, PoolException cause) {
		try {
			callback.onFailure(cause);
		}
		catch (Throwable ex) {
			logger.error("Callback failed that was told: {}", cause.getMessage(), ex);
		}
	}

}
