package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolSnapshot;

/**
 * A read replica: its pool, and whether it is left out. It is left out while it has no
 * connection and none can be opened, and after three failures in a row of the server.
 * Then one read is sent to it after a back-off of half a second, doubled up to ten, with
 * jitter. If that fails, it moves to another endpoint. Safe for use from any thread.
 */
public final class ReadEndpoint {

	static final int MOST_FAILURES = 3;

	private static final Duration SHORTEST_BACKOFF = Duration.ofMillis(500);

	private static final int MOST_DOUBLINGS = 5;

	private static final long LONGEST_BACKOFF = Duration.ofSeconds(10).toNanos();

	private final URI url;

	private final ConnectionPool<ClientConnection> pool;

	private final LongSupplier nanoTime;

	private final AtomicInteger failures = new AtomicInteger();

	/** How many trials there were since it was left out. */
	private final AtomicInteger trials = new AtomicInteger();

	private final AtomicLong nextTrial = new AtomicLong();

	ReadEndpoint(URI url, ConnectionPool<ClientConnection> pool, LongSupplier nanoTime) {
		this.url = url;
		this.pool = pool;
		this.nanoTime = nanoTime;
	}

	/**
	 * Returns where the replica is.
	 * @return its base URL, without the REST path
	 */
	public URI url() {
		return this.url;
	}

	/**
	 * Returns its pool, to look at or to control.
	 * @return the pool
	 */
	public ConnectionPool<?> pool() {
		return this.pool;
	}

	ConnectionPool<ClientConnection> connections() {
		return this.pool;
	}

	/**
	 * Returns whether reads are sent to it at present.
	 * @return {@code false} if it is left out
	 */
	public boolean isAvailable() {
		return this.failures.get() < MOST_FAILURES && !isUnreachable(this.pool.snapshot());
	}

	private static boolean isUnreachable(PoolSnapshot present) {
		return present.lastOpenFailure().isPresent() && present.active() + present.idle() == 0;
	}

	/**
	 * Returns whether a read may be sent to it: always while it is available, and as a
	 * trial from time to time while it fails.
	 */
	boolean isUsable() {
		return !isUnreachable(this.pool.snapshot())
				&& (this.failures.get() < MOST_FAILURES || this.nanoTime.getAsLong() - this.nextTrial.get() >= 0);
	}

	/**
	 * Takes the trial, if it is usable as a trial only.
	 * @return whether the read is to be sent to it
	 */
	boolean tryUse() {
		if (this.failures.get() < MOST_FAILURES) {
			return true;
		}
		long trial = this.nextTrial.get();
		long now = this.nanoTime.getAsLong();
		if (now - trial < 0 || !this.nextTrial.compareAndSet(trial, now + backOff(this.trials.get() + 1))) {
			return false;
		}
		this.trials.incrementAndGet();
		return true;
	}

	/**
	 * Returns how long to wait. It depends on the trials and not on the failures, since
	 * all reads that are under way may fail by one event.
	 */
	private static long backOff(int trials) {
		long mean = SHORTEST_BACKOFF.toNanos() << Math.min(trials, MOST_DOUBLINGS);
		long bounded = Math.min(mean, LONGEST_BACKOFF);
		return bounded / 2 + ThreadLocalRandom.current().nextLong(bounded);
	}

	/**
	 * Returns how many callers use it or wait for it.
	 */
	int load() {
		return this.pool.snapshot().active() + this.pool.pending();
	}

	void succeeded() {
		if (this.failures.get() != 0) {
			this.failures.set(0);
		}
	}

	void failed() {
		if (this.failures.incrementAndGet() == MOST_FAILURES) {
			this.trials.set(0);
			this.nextTrial.set(this.nanoTime.getAsLong() + backOff(0));
		}
	}

	@Override
	public String toString() {
		return this.url + (isAvailable() ? "" : " (left out)");
	}

}
