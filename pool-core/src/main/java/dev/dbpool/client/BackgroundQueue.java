package dev.dbpool.client;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * The background operations that wait for one pool, in order of arrival. One acquires a
 * connection only while no caller waits in the pool's own queue, and at most the
 * background share of the maximum is leased with it, one connection at least. Whether
 * that is so is checked when an operation arrives and whenever a lease of an operation
 * begins or ends.
 * <p>
 * A waiter is served, times out or is cancelled by a compare-and-set, whichever is first.
 * Only one thread at a time serves waiters, and holds no lock while the callbacks run.
 */
final class BackgroundQueue {

	private final ConnectionPool<ClientConnection> pool;

	private final double share;

	private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

	private final AtomicInteger waiting = new AtomicInteger();

	private final DrainLoop serving = new DrainLoop(this::serveWaiters);

	private volatile boolean closed;

	/**
	 * Creates a queue.
	 * @param pool the pool
	 * @param share the share of its connections, more than 0 and at most 1
	 */
	BackgroundQueue(ConnectionPool<ClientConnection> pool, double share) {
		this.pool = pool;
		this.share = share;
	}

	/**
	 * Acquires a connection, as {@link ConnectionPool#acquire} does.
	 */
	Acquisition acquire(LeaseOwner owner, Duration timeout, LeaseCallback<ClientConnection> callback) {
		if (this.waiting.incrementAndGet() > this.pool.options().maxPending()) {
			this.waiting.decrementAndGet();
			callback.onFailure(new AcquireRejectedException(
					"Pool '%s' rejected %s: %d background operations wait already (maxPending). Run fewer of them, or increase the maximum"
						.formatted(this.pool.options().name(), owner.operation(), this.pool.options().maxPending()),
					null));
			return () -> false;
		}
		Waiter waiter = new Waiter(owner, timeout, callback);
		this.waiters.add(waiter);
		waiter.limit();
		serve();
		return waiter;
	}

	/**
	 * Returns how many operations wait.
	 */
	int pending() {
		return this.waiting.get();
	}

	/**
	 * Serves waiters for which there are connections now.
	 */
	void serve() {
		if (!this.waiters.isEmpty()) {
			this.serving.run();
		}
	}

	private void serveWaiters() {
		while (this.closed || hasRoom()) {
			Waiter next = this.waiters.poll();
			if (next == null) {
				return;
			}
			next.serve();
		}
	}

	private boolean hasRoom() {
		if (this.pool.pending() > 0) {
			return false;
		}
		PoolSnapshot present = this.pool.snapshot();
		return present.active() < Math.max(1, (int) (present.max() * this.share));
	}

	/**
	 * Lets the waiters fail as the closed pool lets them.
	 */
	void close() {
		this.closed = true;
		serve();
	}

	/**
	 * One background operation. Its state goes from {@code WAITING} to {@code ENDED} if
	 * it times out or is cancelled, or else to {@code ACQUIRING}, and to the acquisition
	 * of the pool when that is known, or to {@code ENDED} if it is cancelled.
	 */
	private final class Waiter implements Acquisition {

		private static final Object WAITING = "WAITING";

		private static final Object ACQUIRING = "ACQUIRING";

		private static final Object ENDED = "ENDED";

		private final LeaseOwner owner;

		private final Duration timeout;

		private final LeaseCallback<ClientConnection> callback;

		private final long since = System.nanoTime();

		private final AtomicReference<Object> state = new AtomicReference<>(WAITING);

		private volatile @Nullable Disposable timer;

		Waiter(LeaseOwner owner, Duration timeout, LeaseCallback<ClientConnection> callback) {
			this.owner = owner;
			this.timeout = timeout;
			this.callback = callback;
		}

		void limit() {
			Disposable limit = Schedulers.parallel()
				.schedule(this::timeOut, this.timeout.toNanos(), TimeUnit.NANOSECONDS);
			this.timer = limit;
			if (this.state.get() != WAITING) {
				limit.dispose();
			}
		}

		private void timeOut() {
			if (leave(ENDED)) {
				this.callback.onFailure(new AcquireTimeoutException(
						"Pool '%s' had no connection for background operation %s within %dms: it waits until no other caller does and at most %d%% of the connections are leased (%s). Run it at a quieter time, or increase the background share"
							.formatted(BackgroundQueue.this.pool.options().name(), this.owner.operation(),
									this.timeout.toMillis(), Math.round(BackgroundQueue.this.share * 100),
									describe(BackgroundQueue.this.pool.snapshot())),
						null));
			}
		}

		private static String describe(PoolSnapshot present) {
			return "%d of %d leased, %d waiting".formatted(present.active(), present.max(), present.pending());
		}

		void serve() {
			if (!leave(ACQUIRING)) {
				return;
			}
			Duration left = this.timeout.minusNanos(System.nanoTime() - this.since);
			Acquisition started = BackgroundQueue.this.pool.acquire(this.owner,
					left.isNegative() ? Duration.ZERO : left, this.callback);
			if (!this.state.compareAndSet(ACQUIRING, started)) {
				started.cancel();
			}
		}

		@Override
		public boolean cancel() {
			if (leave(ENDED)) {
				return true;
			}
			return this.state.getAndSet(ENDED) instanceof Acquisition started && started.cancel();
		}

		private boolean leave(Object to) {
			if (!this.state.compareAndSet(WAITING, to)) {
				return false;
			}
			BackgroundQueue.this.waiting.decrementAndGet();
			BackgroundQueue.this.waiters.remove(this);
			Disposable limit = this.timer;
			if (limit != null) {
				limit.dispose();
			}
			return true;
		}

	}

}
