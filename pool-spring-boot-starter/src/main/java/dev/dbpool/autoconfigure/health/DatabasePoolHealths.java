package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.dbpool.autoconfigure.activity.PoolActivity;
import dev.dbpool.autoconfigure.fleet.FleetShares;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Health;

/**
 * The health of each pool whose health is checked, from what is known: no method asks the
 * server. Safe for use from any thread.
 */
public final class DatabasePoolHealths {

	private final Map<String, DatabasePoolHealthIndicator> indicators = new LinkedHashMap<>();

	DatabasePoolHealths(BackgroundChecks checks, ErrorWindows errors, @Nullable DatabasePoolCircuitBreakers breakers,
			@Nullable PoolActivity activity, @Nullable FleetShares fleets) {
		checks.byPool()
			.forEach((pool, check) -> this.indicators.put(pool.name(), new DatabasePoolHealthIndicator(pool, check,
					errors.of(pool.name()), (breakers != null) ? breakers.of(pool.name()) : null, activity, fleets)));
	}

	/**
	 * Returns the names of the pools.
	 * @return the names, in order of the pools
	 */
	public Set<String> pools() {
		return this.indicators.keySet();
	}

	/**
	 * Returns the health of a pool without details other than the reason.
	 * @param pool name of the pool
	 * @return its health, if it is checked
	 */
	public Optional<Health> of(String pool) {
		return Optional.ofNullable(this.indicators.get(pool)).map(DatabasePoolHealthIndicator::withReason);
	}

	/**
	 * Returns when the last check of a pool ended.
	 * @param pool name of the pool
	 * @return the time, if a check has ended
	 */
	public Optional<Instant> lastCheck(String pool) {
		return Optional.ofNullable(this.indicators.get(pool)).flatMap(DatabasePoolHealthIndicator::lastCheck);
	}

	/**
	 * Returns what is known of the checks of a pool.
	 * @param pool name of the pool
	 * @return the checks since the start, if the health of the pool is checked
	 */
	public Optional<Checks> checks(String pool) {
		return Optional.ofNullable(this.indicators.get(pool)).map(DatabasePoolHealthIndicator::checks);
	}

	/**
	 * The checks of a pool since the start.
	 *
	 * @param passed how many found that the server works
	 * @param failed how many did not
	 * @param last how long the last one took; zero if there was none
	 */
	public record Checks(long passed, long failed, Duration last) {

	}

	Map<String, DatabasePoolHealthIndicator> indicators() {
		return this.indicators;
	}

}
