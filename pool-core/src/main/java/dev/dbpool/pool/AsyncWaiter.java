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
		super(owner, since, timeout);
		this.pool = pool;
		this.callback = callback;
	}

	@Override
	public boolean cancel() {
		return this.pool.cancel(this);
	}

	@Override
	void alarm() {
		this.pool.timeOut(this);
	}

	@Override
	void deliver() {
		try {
			this.pool.options().executor().execute(this);
		}
		catch (Throwable ex) {
			logger.debug("Executor of pool '{}' refused a callback, which runs on this thread instead",
					this.pool.options().name(), ex);
			run();
		}
	}

	@Override
	public void run() {
		this.pool.callbackTurns().take(this);
	}

	/**
	 * Calls the caller back, if that was not done yet.
	 */
	@SuppressWarnings("unchecked")
	void callBack() {
		Object outcome = takeOutcome();
		if (outcome instanceof PooledLease<?> lease) {
			this.pool.tellAcquired(this);
			callBack(this.callback, (PooledLease<C>) lease);
		}
		else if (outcome instanceof PoolException cause) {
			callBack(this.callback, cause);
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
			try {
				logger.error("Callback of {} failed", lease, ex);
			}
			finally {
				lease.close();
			}
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
