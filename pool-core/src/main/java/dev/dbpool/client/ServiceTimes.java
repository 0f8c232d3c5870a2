package dev.dbpool.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How long operations have held their connection lately, by their name: what a caller has
 * to expect once it has a connection. An estimate is a mean that follows the last
 * answers, and twice the mean of their excess over it, after the estimate of round trips
 * in TCP (RFC 6298); it falls faster than that one, which would count a faster answer as
 * variation. It is forgotten when no answer of that name has arrived for a second, so
 * that a server which was slow is asked again. Safe for use from any thread; of answers
 * that arrive together, one may be lost.
 */
final class ServiceTimes {

	/** An application has no more names, unless they contain ids. */
	private static final int MAX_NAMES = 1000;

	private static final long RECENT_NANOS = Duration.ofSeconds(1).toNanos();

	private static final int WEIGHT = 4;

	private final Map<String, Estimate> estimates = new ConcurrentHashMap<>();

	private final LongSupplier nanoTime;

	ServiceTimes(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	/**
	 * Notes how long an operation has held its connection, or has held it when it was
	 * given up.
	 */
	void record(String operation, long nanos) {
		Estimate known = this.estimates.get(operation);
		if (known == null && this.estimates.size() < MAX_NAMES) {
			known = this.estimates.computeIfAbsent(operation, (name) -> new Estimate());
		}
		if (known != null) {
			known.add(nanos, this.nanoTime.getAsLong());
		}
	}

	/**
	 * Returns how long an operation will probably hold its connection.
	 * @return the time in nanoseconds; zero if nothing is known
	 */
	long expectedNanos(String operation) {
		Estimate known = this.estimates.get(operation);
		return (known != null) ? known.at(this.nanoTime.getAsLong()) : 0;
	}

	/**
	 * Returns how long an operation holds its connection on average.
	 * @return the time in nanoseconds; zero if nothing is known
	 */
	long meanNanos(String operation) {
		Estimate known = this.estimates.get(operation);
		return (known != null && known.at(this.nanoTime.getAsLong()) > 0) ? known.mean : 0;
	}

	/**
	 * The estimate of one operation.
	 */
	private static final class Estimate {

		private volatile long mean;

		private volatile long excess;

		private volatile long updatedAt;

		void add(long nanos, long now) {
			if (at(now) == 0) {
				this.mean = nanos;
				this.excess = 0;
			}
			else {
				long above = Math.max(0, nanos - this.mean);
				this.excess = this.excess + (above - this.excess) / WEIGHT;
				this.mean = this.mean + (nanos - this.mean) / WEIGHT;
			}
			this.updatedAt = now;
		}

		long at(long now) {
			long present = this.mean;
			return (present > 0 && now - this.updatedAt < RECENT_NANOS) ? present + 2 * this.excess : 0;
		}

	}

}
