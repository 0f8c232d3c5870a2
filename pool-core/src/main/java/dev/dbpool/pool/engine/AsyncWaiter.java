package dev.dbpool.pool.engine;

import java.time.Duration;

import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A caller in the queue that is called back.
 *
 * @param <C> the type of connection
 */
final class AsyncWaiter<C> extends Waiter<C> implements Acquisition, Runnable {

	private static final Logger logger = LoggerFactory.getLogger(AsyncWaiter.class);

	private final LeaseAcquirer<C> acquirer;

	private final LeaseCallback<C> callback;

	AsyncWaiter(LeaseAcquirer<C> acquirer, LeaseOwner owner, long since, Duration timeout, LeaseCallback<C> callback) {
		super(owner, since, timeout);
		this.acquirer = acquirer;
		this.callback = callback;
	}

	@Override
	public boolean cancel() {
		return this.acquirer.state.slots.queue.cancel(this);
	}

	@Override
	void alarm() {
		this.acquirer.timeOut(this);
	}

	@Override
	void deliver() {
		if (lease() != null && this.callback.isNonBlocking()) {
			this.acquirer.trampoline.take(this);
		}
		else {
			handToExecutor();
		}
	}

	/**
	 * Keeps this thread while it hands the callback to the executor: the callback runs
	 * inside of that if the executor has no thread for it. Any thread may read this,
	 * since it only looks for itself.
	 */
	private void handToExecutor() {
		this.thread = Thread.currentThread();
		try {
			this.acquirer.state.options.executor().execute(this);
		}
		catch (Throwable ex) {
			logger.debug("Executor of pool '{}' refused a callback, which runs on this thread instead",
					this.acquirer.state.options.name(), ex);
			run();
		}
		finally {
			this.thread = null;
		}
	}

	@Override
	public void run() {
		if (this.thread == Thread.currentThread()) {
			this.acquirer.trampoline.take(this);
		}
		else {
			callBack();
		}
	}

	/**
	 * Calls the caller back, if that was not done yet.
	 */
	@SuppressWarnings("unchecked")
	void callBack() {
		Object outcome = takeOutcome();
		if (outcome instanceof PooledLease<?> lease) {
			this.acquirer.notifyAcquired(this);
			((PooledLease<C>) lease).handTo(this.callback);
		}
		else if (outcome instanceof PoolException cause) {
			callBack(this.callback, cause);
		}
	}

	static <C> void callBack(LeaseCallback<C> callback, PoolException cause) {
		try {
			callback.onFailure(cause);
		}
		catch (Throwable ex) {
			logger.error("Callback failed that was notified of: {}", cause.getMessage(), ex);
		}
	}

}
