package dev.dbpool.autoconfigure.activity;

import java.time.Duration;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;

import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Counts and durations of the operations of each pool, by name, over the last minutes and
 * the last hour, and the last slow ones. Names are bounded: further ones are counted
 * together as {@code other}. Safe for use from any thread.
 */
public final class OperationStatistics implements OperationListener {

	/** The longest time that is kept. */
	public static final Duration LONGEST_WINDOW = Duration.ofHours(1);

	static final int MAX_NAMES = 100;

	static final int MAX_SLOW = 50;

	private static final String OTHER = "other";

	private static final Duration SHORT_WINDOW = Duration.ofMinutes(5);

	private final Map<String, Pool> pools = new ConcurrentHashMap<>();

	private final Function<String, Duration> slowThresholds;

	private final LongSupplier clock;

	/**
	 * Creates statistics without any operation.
	 * @param slowThresholds the threshold of slow operations of the pool of a name, zero
	 * for none
	 */
	OperationStatistics(Function<String, Duration> slowThresholds) {
		this(slowThresholds, System::nanoTime);
	}

	OperationStatistics(Function<String, Duration> slowThresholds, LongSupplier clock) {
		this.slowThresholds = slowThresholds;
		this.clock = clock;
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		pool(outcome.operation().pool()).record(outcome);
	}

	private Pool pool(String name) {
		Pool known = this.pools.get(name);
		return (known != null) ? known : this.pools.computeIfAbsent(name, Pool::new);
	}

	/**
	 * Returns the sum of all operations of a pool.
	 * @param pool name of the pool
	 * @param window how far to look back, to within ten seconds; five minutes at the most
	 * @return what ended within that time
	 */
	public Summary summary(String pool, Duration window) {
		return pool(pool).all.summary(window);
	}

	/**
	 * Returns how many operations of a pool have ended.
	 * @param pool name of the pool
	 * @return the number since the start
	 */
	public long count(String pool) {
		return pool(pool).count.sum();
	}

	/**
	 * Returns how many operations of a pool have failed, for whatever reason.
	 * @param pool name of the pool
	 * @return the number since the start
	 */
	public long failures(String pool) {
		return pool(pool).failures.sum();
	}

	/**
	 * Returns how many writes of a pool have failed and may have taken effect.
	 * @param pool name of the pool
	 * @return the number since the start
	 */
	public long unknownOutcomes(String pool) {
		return pool(pool).unknownOutcomes.sum();
	}

	/**
	 * Returns the operations of a pool by name.
	 * @param pool name of the pool
	 * @param window how far to look back, {@link #LONGEST_WINDOW} at the most: up to five
	 * minutes to within a minute, beyond that to within five minutes
	 * @return what ended within that time, by name
	 */
	public Map<String, Summary> byName(String pool, Duration window) {
		Map<String, Summary> summaries = new TreeMap<>();
		pool(pool).names.forEach((name, histograms) -> {
			Summary summary = histograms.summary(window);
			if (summary.count() > 0) {
				summaries.put(name, summary);
			}
		});
		return summaries;
	}

	/**
	 * Returns the last operations that took longer than the threshold of their pool.
	 * @param pool name of the pool
	 * @return up to 50 operations, the last one first
	 */
	public List<SlowOperation> slow(String pool) {
		return pool(pool).slow();
	}

	/**
	 * What is known of the operations that ended within a time. Durations last from
	 * subscription to end, queueing, retries and back-off included, and are exact to two
	 * digits.
	 *
	 * @param count operations that ended
	 * @param failures those that failed, for whatever reason
	 * @param serverFailures those that failed through the fault of the server or the
	 * network
	 * @param unknownOutcomes writes that failed and may have taken effect
	 * @param slow those that took longer than the threshold of slow operations
	 * @param mean the mean of the durations
	 * @param p50 the median
	 * @param p95 the 95th percentile
	 * @param p99 the 99th percentile
	 * @param max the longest one
	 */
	public record Summary(long count, long failures, long serverFailures, long unknownOutcomes, long slow,
			Duration mean, Duration p50, Duration p95, Duration p99, Duration max) {

		/**
		 * Returns the share of operations that failed through the fault of the server.
		 * @return 0 to 1; 0 if there was none
		 */
		public double errorRate() {
			return (this.count > 0) ? (double) this.serverFailures / this.count : 0;
		}

	}

	/**
	 * An operation that took longer than the threshold of its pool.
	 *
	 * @param at when it ended
	 * @param pool its pool
	 * @param lane its lane
	 * @param name its name
	 * @param duration how long it took
	 * @param waited how much of that it waited for connections
	 * @param held how much of that it held connections
	 * @param attempts how many attempts it took
	 * @param result {@code success}, {@code failure} or {@code cancelled}
	 * @param traceId identifier of its trace, if there is one
	 */
	public record SlowOperation(Instant at, String pool, String lane, String name, Duration duration, Duration waited,
			Duration held, int attempts, String result, @Nullable String traceId) {

	}

	/**
	 * The operations of one pool.
	 */
	private final class Pool {

		private final SlidingHistogram all = new SlidingHistogram(Duration.ofSeconds(10), 31,
				OperationStatistics.this.clock);

		private final LongAdder count = new LongAdder();

		private final LongAdder failures = new LongAdder();

		private final LongAdder unknownOutcomes = new LongAdder();

		private final Map<String, Histograms> names = new ConcurrentHashMap<>();

		private final Deque<SlowOperation> slow = new ArrayDeque<>();

		private final Duration slowThreshold;

		Pool(String name) {
			this.slowThreshold = OperationStatistics.this.slowThresholds.apply(name);
		}

		void record(OperationOutcome outcome) {
			OperationResult result = OperationResult.of(outcome, this.slowThreshold);
			this.count.increment();
			if (result.isFailure()) {
				this.failures.increment();
			}
			if (result.isOutcomeUnknown()) {
				this.unknownOutcomes.increment();
			}
			this.all.record(outcome.duration(), result);
			named(outcome.operation().name()).record(outcome.duration(), result);
			if (result.isSlow()) {
				addSlow(outcome);
			}
		}

		private Histograms named(String name) {
			Histograms known = this.names.get(name);
			if (known != null) {
				return known;
			}
			String bounded = (this.names.size() < MAX_NAMES) ? name : OTHER;
			return this.names.computeIfAbsent(bounded, (ignored) -> new Histograms(OperationStatistics.this.clock));
		}

		private void addSlow(OperationOutcome outcome) {
			SlowOperation operation = new SlowOperation(Instant.now(), outcome.operation().pool(),
					outcome.operation().lane().id(), outcome.operation().name(), outcome.duration(), outcome.waited(),
					outcome.held(), outcome.attempts(), outcome.result().name().toLowerCase(Locale.ROOT),
					outcome.traceId());
			synchronized (this.slow) {
				this.slow.addFirst(operation);
				if (this.slow.size() > MAX_SLOW) {
					this.slow.removeLast();
				}
			}
		}

		List<SlowOperation> slow() {
			synchronized (this.slow) {
				return new ArrayList<>(this.slow);
			}
		}

	}

	/**
	 * The operations of one name.
	 */
	private static final class Histograms {

		private final SlidingHistogram minutes;

		private final SlidingHistogram hour;

		Histograms(LongSupplier clock) {
			this.minutes = new SlidingHistogram(Duration.ofMinutes(1), 6, clock);
			this.hour = new SlidingHistogram(Duration.ofMinutes(5), 13, clock);
		}

		void record(Duration duration, OperationResult result) {
			this.minutes.record(duration, result);
			this.hour.record(duration, result);
		}

		Summary summary(Duration window) {
			return ((window.compareTo(SHORT_WINDOW) <= 0) ? this.minutes : this.hour).summary(window);
		}

	}

}
