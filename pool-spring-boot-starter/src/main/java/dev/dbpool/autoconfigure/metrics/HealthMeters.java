package dev.dbpool.autoconfigure.metrics;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths.Checks;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the health of each pool, and of the checks in the background.
 */
final class HealthMeters implements MeterBinder {

	private static final List<String> STATUSES = List.of("UP", "DEGRADED", "DOWN", "UNKNOWN");

	private static final Checks NONE = new Checks(0, 0, Duration.ZERO);

	private final DatabasePools pools;

	private final DatabasePoolHealths healths;

	HealthMeters(DatabasePools pools, DatabasePoolHealths healths) {
		this.pools = pools;
		this.healths = healths;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().enableMetrics() && this.healths.pools().contains(pool.name())) {
				bind(registry, pool.name());
			}
		}
	}

	private void bind(MeterRegistry registry, String pool) {
		for (String status : STATUSES) {
			Gauge.builder("dbpool.health", this.healths, (known) -> is(known, pool, status) ? 1 : 0)
				.description("Whether the health of the pool has the status: 1 or 0")
				.tags("pool", pool, "status", status)
				.register(registry);
		}
		checks(registry, pool, "passed", Checks::passed);
		checks(registry, pool, "failed", Checks::failed);
		TimeGauge
			.builder("dbpool.checks.last", this.healths, TimeUnit.NANOSECONDS,
					(known) -> known.checks(pool).orElse(NONE).last().toNanos())
			.description("Time that the last check of the server took")
			.tag("pool", pool)
			.register(registry);
	}

	private void checks(MeterRegistry registry, String pool, String result, ToDoubleFunction<Checks> number) {
		FunctionCounter
			.builder("dbpool.checks", this.healths, (known) -> number.applyAsDouble(known.checks(pool).orElse(NONE)))
			.description("Checks of the server in the background by result")
			.tags("pool", pool, "result", result)
			.register(registry);
	}

	private static boolean is(DatabasePoolHealths healths, String pool, String status) {
		return healths.of(pool).filter((health) -> health.getStatus().getCode().equals(status)).isPresent();
	}

}
