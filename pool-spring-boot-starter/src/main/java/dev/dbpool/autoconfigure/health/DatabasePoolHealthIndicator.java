package dev.dbpool.autoconfigure.health;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.activity.PoolActivity;
import dev.dbpool.autoconfigure.fleet.FleetShares;
import dev.dbpool.autoconfigure.fleet.FleetStatus;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;

/**
 * Reports the health of the pools from their current state, without a request to the
 * server.
 */
final class DatabasePoolHealthIndicator implements ReactiveHealthIndicator {

	private final DatabasePool pool;

	private final PooledClient client;

	private final String endpoint;

	private final BackgroundCheck check;

	private final ErrorWindow errors;

	private final @Nullable DatabasePoolCircuitBreaker breaker;

	private final @Nullable PoolActivity activity;

	private final @Nullable FleetShares fleets;

	private final long startedAt = System.nanoTime();

	DatabasePoolHealthIndicator(DatabasePool pool, BackgroundCheck check, ErrorWindow errors,
			@Nullable DatabasePoolCircuitBreaker breaker, @Nullable PoolActivity activity,
			@Nullable FleetShares fleets) {
		this.pool = pool;
		this.client = pool.client();
		URI url = this.client.restRoot();
		this.endpoint = url.getScheme() + "://" + url.getHost() + ((url.getPort() != -1) ? ":" + url.getPort() : "");
		this.check = check;
		this.errors = errors;
		this.breaker = breaker;
		this.activity = activity;
		this.fleets = fleets;
		check.degradedBy(this::degraded);
	}

	@Override
	public Mono<Health> health() {
		return Mono.fromSupplier(this::current);
	}

	private Optional<FleetStatus> fleet() {
		return (this.fleets != null) ? this.fleets.of(this.pool.name()) : Optional.empty();
	}

	private Optional<String> degraded() {
		return fleet().flatMap((fleet) -> HealthDetails.withoutShare(fleet, this.pool))
			.or(() -> Optional.ofNullable(this.activity)
				.flatMap((activity) -> new HealthThresholds(this.pool, activity).exceeded()));
	}

	/**
	 * Returns the health without details other than the reason.
	 */
	Health withReason() {
		return health(this.check.status()).build();
	}

	DatabasePoolHealths.Checks checks() {
		return new DatabasePoolHealths.Checks(this.check.passed(), this.check.failed(),
				this.check.last().map(CheckResult::took).orElse(Duration.ZERO));
	}

	Optional<Instant> lastCheck() {
		return this.check.last().map(CheckResult::at);
	}

	private static Health.Builder health(PoolStatus status) {
		Health.Builder health = new Health.Builder(status.status());
		status.reason().ifPresent((reason) -> health.withDetail("reason", reason));
		return health;
	}

	private Health current() {
		Map<Lane, PoolSnapshot> lanes = PoolStatus.lanes(this.client);
		Optional<CheckResult> last = this.check.last();
		ErrorWindow.Counts counts = this.errors.counts();
		Duration uptime = Duration.ofNanos(System.nanoTime() - this.startedAt);
		Health.Builder health = health(this.check.status());
		health.withDetail("endpoint", this.endpoint);
		health.withDetail("database", HealthDetails.database(last));
		health.withDetail("lanes", lanes(lanes));
		if (!this.client.readEndpoints().isEmpty()) {
			health.withDetail("readEndpoints",
					this.client.readEndpoints().stream().map(HealthDetails::replica).toList());
		}
		fleet().ifPresent((fleet) -> health.withDetail("fleet", HealthDetails.fleet(fleet)));
		if (this.activity != null) {
			health.withDetail("performance", HealthDetails
				.performance(this.activity.statistics().summary(this.pool.name(), HealthDetails.WINDOW), uptime));
		}
		Stream<PoolSnapshot> replicas = this.client.readEndpoints().stream().map((one) -> one.pool().snapshot());
		health.withDetail("monitoring",
				HealthDetails.monitoring(Stream.concat(lanes.values().stream(), replicas), last, uptime));
		if (this.breaker != null) {
			health.withDetail("circuitBreaker", breaker(this.breaker));
		}
		last.ifPresent((result) -> health.withDetail("lastCheck", check(result)));
		health.withDetail("window", window(counts));
		return health.build();
	}

	private Map<String, Object> lanes(Map<Lane, PoolSnapshot> snapshots) {
		Map<String, Object> lanes = new LinkedHashMap<>();
		snapshots.forEach((lane, snapshot) -> lanes.put(lane.id(), lane(snapshot)));
		return lanes;
	}

	private Map<String, Object> lane(PoolSnapshot pool) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("total", pool.total());
		details.put("active", pool.active());
		details.put("idle", pool.idle());
		details.put("opening", pool.opening());
		details.put("pending", pool.pending());
		pool.oldestWaiter().ifPresent((age) -> details.put("oldestWaiter", HealthDetails.millis(age)));
		details.put("utilization", HealthDetails.utilization(pool));
		details.put("min", pool.min());
		details.put("max", pool.max());
		details.put("concurrencyLimit", this.pool.properties().concurrencyLimit().name().toLowerCase(Locale.ROOT));
		details.put("acquired", pool.acquired());
		details.put("released", pool.released());
		details.put("created", pool.created());
		details.put("destroyed", pool.destroyed());
		details.put("openFailures", pool.openFailures());
		details.put("timedOut", pool.timedOut());
		if (pool.suspended()) {
			details.put("suspended", true);
		}
		details.put("rejected", pool.rejected());
		details.put("leaked", pool.leaked());
		pool.oldestLease().ifPresent((age) -> details.put("oldestLease", HealthDetails.millis(age)));
		pool.lastOpenFailure().ifPresent((reason) -> details.put("lastOpenFailure", reason));
		return details;
	}

	private static Map<String, Object> breaker(DatabasePoolCircuitBreaker breaker) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("state", breaker.state().name());
		details.put("bufferedCalls", breaker.metrics().getNumberOfBufferedCalls());
		details.put("failedCalls", breaker.metrics().getNumberOfFailedCalls());
		details.put("notPermittedCalls", breaker.metrics().getNumberOfNotPermittedCalls());
		return details;
	}

	private static Map<String, Object> check(CheckResult result) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("at", result.at().toString());
		details.put("took", HealthDetails.millis(result.took()));
		details.put("result", result.verdict().name());
		details.put("reason", result.reason());
		return details;
	}

	private static Map<String, Object> window(ErrorWindow.Counts counts) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("length", HealthDetails.millis(counts.length()));
		details.put("operations", counts.operations());
		details.put("retries", counts.retries());
		details.put("errors", counts.errors());
		return details;
	}

}
