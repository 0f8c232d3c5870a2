package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.fleet.FleetStatus;
import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.pool.PoolSnapshot;

/**
 * The details of the health beyond counters: the database, the performance of the
 * operations, and what is monitored.
 */
final class HealthDetails {

	static final Duration WINDOW = Duration.ofMinutes(5);

	private HealthDetails() {
	}

	static Map<String, Object> database(Optional<CheckResult> last) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("connected", last.isPresent() && last.get().is(Verdict.OK));
		last.ifPresent((result) -> details.put("responseTime", millis(result.took())));
		return details;
	}

	static Map<String, Object> replica(ReadEndpoint replica) {
		Map<String, Object> details = new LinkedHashMap<>();
		PoolSnapshot pool = replica.pool().snapshot();
		details.put("endpoint", replica.url().getScheme() + "://" + replica.url().getAuthority());
		details.put("available", replica.isAvailable());
		details.put("circuitBreaker", replica.circuitBreaker().getState().name());
		details.put("total", pool.total());
		details.put("active", pool.active());
		details.put("idle", pool.idle());
		details.put("pending", pool.pending());
		details.put("utilization", utilization(pool));
		pool.oldestWaiter().ifPresent((age) -> details.put("oldestWaiter", millis(age)));
		pool.lastOpenFailure().ifPresent((failure) -> details.put("lastOpenFailure", failure));
		return details;
	}

	static Map<String, Object> fleet(FleetStatus fleet) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("name", fleet.fleet());
		details.put("state", fleet.state().name());
		details.put("maxConnections", fleet.budget());
		details.put("share", fleet.share());
		details.put("target", fleet.target());
		details.put("held", fleet.held());
		details.put("members", fleet.members());
		details.put("heldByAll", fleet.fleetHeld());
		Instant renewed = fleet.renewed();
		if (renewed != null) {
			details.put("renewed", renewed.toString());
		}
		return details;
	}

	/**
	 * Explains why a pool may open no connection, if that is so.
	 */
	static Optional<String> withoutShare(FleetStatus fleet, DatabasePool pool) {
		if (fleet.share() > 0) {
			return Optional.empty();
		}
		return Optional.of((fleet.renewed() == null) ? "the pool waits for its share of " + name(fleet, pool)
				: "the pool has no connection of %s at present: %d members hold %d".formatted(name(fleet, pool),
						fleet.members(), fleet.fleetHeld()));
	}

	private static String name(FleetStatus fleet, DatabasePool pool) {
		return "the %d of %s".formatted(fleet.budget(), pool.property("fleet.max-connections"));
	}

	static Map<String, Object> performance(OperationStatistics.Summary summary, Duration uptime) {
		Map<String, Object> details = new LinkedHashMap<>();
		Duration window = (uptime.compareTo(WINDOW) < 0) ? uptime : WINDOW;
		details.put("window", window.toSeconds() + "s");
		details.put("requests", summary.count());
		details.put("failures", summary.failures());
		details.put("serverFailures", summary.serverFailures());
		details.put("errorRate", rounded(summary.errorRate()));
		details.put("successRate",
				(summary.count() > 0) ? rounded(1 - (double) summary.failures() / summary.count()) : 1.0);
		details.put("mean", millis(summary.mean()));
		details.put("p95", millis(summary.p95()));
		details.put("throughput", rounded(summary.count() / Math.max(1.0, window.toMillis() / 1000.0)));
		return details;
	}

	static Map<String, Object> monitoring(Stream<PoolSnapshot> pools, Optional<CheckResult> last, Duration uptime) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("leaks", pools.mapToLong(PoolSnapshot::leaked).sum());
		last.map(CheckResult::at).map(Instant::toString).ifPresent((at) -> details.put("lastCheck", at));
		details.put("uptime", uptime.toSeconds() + "s");
		return details;
	}

	static double utilization(PoolSnapshot lane) {
		return rounded(lane.utilization());
	}

	static String millis(Duration duration) {
		return duration.toMillis() + "ms";
	}

	private static double rounded(double value) {
		return Math.round(value * 1000) / 1000.0;
	}

}
