package dev.dbpool.autoconfigure.endpoint;

import java.time.Duration;

import java.time.Instant;
import java.util.List;

import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.activity.OperationStatistics.SlowOperation;
import dev.dbpool.autoconfigure.activity.OperationStatistics.Summary;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.convert.DurationStyle;

/**
 * What the operations of the pools were like.
 *
 * @param windowMillis the time that is looked back
 * @param operations the operations that ended within that time, the busiest first
 * @param slow the last slow operations, the last one first
 */
record OperationsDescriptor(long windowMillis, List<NamedOperation> operations,
		List<SlowDescriptor> slow) implements OperationResponseBody {

	/**
	 * The operations of one pool and name.
	 *
	 * @param pool name of the pool
	 * @param operation name of the operation
	 * @param count how many ended
	 * @param errors how many failed, for whatever reason
	 * @param serverErrors how many failed through the fault of the server or the network
	 * @param unknownOutcomes how many writes failed and may have taken effect
	 * @param slow how many took longer than {@code slow-operation-threshold}
	 * @param meanMillis mean duration
	 * @param p50Millis median
	 * @param p95Millis 95th percentile
	 * @param p99Millis 99th percentile
	 * @param maxMillis longest one
	 */
	record NamedOperation(String pool, String operation, long count, long errors, long serverErrors,
			long unknownOutcomes, long slow, double meanMillis, double p50Millis, double p95Millis, double p99Millis,
			double maxMillis) {

		static NamedOperation of(String pool, String name, Summary summary) {
			return new NamedOperation(pool, name, summary.count(), summary.failures(), summary.serverFailures(),
					summary.unknownOutcomes(), summary.slow(), millis(summary.mean()), millis(summary.p50()),
					millis(summary.p95()), millis(summary.p99()), millis(summary.max()));
		}

	}

	/**
	 * An operation that took longer than {@code slow-operation-threshold}.
	 *
	 * @param at when it ended
	 * @param pool name of its pool
	 * @param lane its lane
	 * @param operation its name
	 * @param tookMillis how long it took
	 * @param waitedMillis how much of that it waited for connections
	 * @param heldMillis how much of that it held connections
	 * @param attempts how many attempts it took
	 * @param result how it ended
	 * @param traceId identifier of its trace, if there is one
	 */
	record SlowDescriptor(Instant at, String pool, String lane, String operation, double tookMillis,
			double waitedMillis, double heldMillis, int attempts, String result, @Nullable String traceId) {

		static SlowDescriptor of(SlowOperation slow) {
			return new SlowDescriptor(slow.at(), slow.pool(), slow.lane(), slow.name(), millis(slow.duration()),
					millis(slow.waited()), millis(slow.held()), slow.attempts(), slow.result(), slow.traceId());
		}

	}

	static double millis(Duration duration) {
		return Math.round(duration.toNanos() / 1e3) / 1e3;
	}

	static Duration window(String window) {
		return switch (window) {
			case "minute" -> Duration.ofMinutes(1);
			case "hour" -> OperationStatistics.LONGEST_WINDOW;
			default -> DurationStyle.detectAndParse(window);
		};
	}

}
