package dev.dbpool.autoconfigure;

import java.time.Duration;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Logs operations that took long, queueing, retries and back-off included. After the line
 * of an operation, further ones of its pool and name are only counted for a while, and
 * summarised in one line at the end of that time.
 */
final class SlowOperationLog implements OperationListener {

	static final Duration WINDOW = Duration.ofSeconds(10);

	/** Bounds the memory where names hold ids. */
	static final int MOST_NAMES = 1000;

	private static final Group OTHERS = new Group(DatabasePool.DEFAULT, "other operations");

	private static final Logger logger = LoggerFactory.getLogger(SlowOperationLog.class);

	private final Function<String, Duration> thresholds;

	private final Scheduler scheduler;

	private final Map<Group, Window> windows = new ConcurrentHashMap<>();

	/**
	 * Creates the log.
	 * @param thresholds the threshold of the pool of a name
	 */
	SlowOperationLog(Function<String, Duration> thresholds) {
		this(thresholds, Schedulers.parallel());
	}

	SlowOperationLog(Function<String, Duration> thresholds, Scheduler scheduler) {
		this.thresholds = thresholds;
		this.scheduler = scheduler;
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		Duration threshold = this.thresholds.apply(outcome.operation().pool());
		if (!threshold.isZero() && outcome.duration().compareTo(threshold) > 0) {
			slow(outcome);
		}
	}

	private void slow(OperationOutcome outcome) {
		Operation operation = outcome.operation();
		Group own = new Group(operation.pool(), operation.name());
		Group group = (this.windows.size() < MOST_NAMES || this.windows.containsKey(own)) ? own : OTHERS;
		Window fresh = new Window();
		Window current = this.windows.compute(group, (ignored, window) -> {
			if (window == null) {
				return fresh;
			}
			window.add(outcome.duration());
			return window;
		});
		if (current == fresh) {
			logger.warn("Slow operation: {}{} took {}ms in {} and {}: {}ms waiting for a connection, {}ms on one{}",
					operation, ofPool(operation.pool()), outcome.duration().toMillis(), attempts(outcome.attempts()),
					result(outcome), outcome.waited().toMillis(), outcome.held().toMillis(), trace(outcome));
			this.scheduler.schedule(() -> summarise(group), WINDOW.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private void summarise(Group group) {
		Window window = this.windows.remove(group);
		if (window != null && window.operations > 0) {
			logger.warn("Slow operation: {}{}, {} more within {}s, the longest took {}ms", group.name(),
					ofPool(group.pool()), window.operations, WINDOW.toSeconds(), window.longest.toMillis());
		}
	}

	private static String ofPool(String pool) {
		return PoolConfiguration.isDefault(pool) ? "" : " of pool '" + pool + "'";
	}

	private static String trace(OperationOutcome outcome) {
		return (outcome.traceId() != null) ? " [trace " + outcome.traceId() + "]" : "";
	}

	private static String attempts(int number) {
		return number + ((number == 1) ? " attempt" : " attempts");
	}

	private static String result(OperationOutcome outcome) {
		return switch (outcome.result()) {
			case SUCCESS -> "succeeded";
			case FAILURE -> "failed";
			case CANCELLED -> "was cancelled";
		};
	}

	/**
	 * What is summarised in one line.
	 */
	private record Group(String pool, String name) {

	}

	/**
	 * The operations of one group since its last line. Guarded by the map.
	 */
	private static final class Window {

		private long operations;

		private Duration longest = Duration.ZERO;

		void add(Duration duration) {
			this.operations++;
			this.longest = (duration.compareTo(this.longest) > 0) ? duration : this.longest;
		}

	}

}
