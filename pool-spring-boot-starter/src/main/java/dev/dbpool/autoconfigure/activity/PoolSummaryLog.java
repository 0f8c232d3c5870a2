package dev.dbpool.autoconfigure.activity;

import java.time.Duration;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.PoolBackgroundTask;
import dev.dbpool.autoconfigure.activity.OperationStatistics.Summary;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/**
 * Logs one line for each pool at each interval of its property {@code summary-interval},
 * unless there was no operation and no caller waits.
 */
final class PoolSummaryLog extends PoolBackgroundTask {

	private static final Logger logger = LoggerFactory.getLogger(PoolSummaryLog.class);

	private final DatabasePools pools;

	private final OperationStatistics statistics;

	PoolSummaryLog(DatabasePools pools, OperationStatistics statistics) {
		this.pools = pools;
		this.statistics = statistics;
	}

	@Override
	protected Disposable begin() {
		Disposable.Composite timers = Disposables.composite();
		for (DatabasePool pool : this.pools.all()) {
			Duration interval = pool.properties().summaryInterval();
			if (!interval.isZero()) {
				PoolSummary summary = new PoolSummary(pool, interval);
				long millis = Math.max(1, interval.toMillis());
				timers.add(Schedulers.parallel()
					.schedulePeriodically(() -> summary.next().ifPresent((text) -> logger.info("{}", text)), millis,
							millis, TimeUnit.MILLISECONDS));
			}
		}
		return timers;
	}

	/**
	 * Summarises one pool since the time before. Used by one thread at a time.
	 */
	private final class PoolSummary {

		private final DatabasePool pool;

		private final Duration interval;

		private final String name;

		private long operations;

		private long failures;

		PoolSummary(DatabasePool pool, Duration interval) {
			this.pool = pool;
			this.interval = interval;
			this.name = pool.name().equals(DatabasePool.DEFAULT) ? "the database pool"
					: "database pool '" + pool.name() + "'";
		}

		Optional<String> next() {
			OperationStatistics statistics = PoolSummaryLog.this.statistics;
			long count = statistics.count(this.pool.name()) - this.operations;
			long failed = statistics.failures(this.pool.name()) - this.failures;
			this.operations += count;
			this.failures += failed;
			PoolSnapshot read = this.pool.client().pool(Lane.READ).snapshot();
			PoolSnapshot write = this.pool.client().pool(Lane.WRITE).snapshot();
			if (count == 0 && read.pending() + write.pending() == 0) {
				return Optional.empty();
			}
			Summary recent = statistics.summary(this.pool.name(), this.interval);
			return Optional.of("Summary of %s: %d operations within %ds, %d failed, p50 %dms, p95 %dms; %s; %s"
				.formatted(this.name, count, this.interval.toSeconds(), failed, recent.p50().toMillis(),
						recent.p95().toMillis(), describe(read, Lane.READ), describe(write, Lane.WRITE)));
		}

		private static String describe(PoolSnapshot lane, Lane of) {
			return "%s lane: %d of %d connections leased, %d idle, %d callers wait, %d timed out since the start, %d leaked"
				.formatted(of.id(), lane.active(), lane.max(), lane.idle(), lane.pending(), lane.timedOut(),
						lane.leaked());
		}

	}

}
