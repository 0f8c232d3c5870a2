package dev.dbpool.autoconfigure.health;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.CompositeReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;

/**
 * Contributes the health of the pools as Spring Boot's own contributors do: that of a
 * single pool itself, that of several by their names.
 */
final class DatabasePoolHealthContributor {

	private DatabasePoolHealthContributor() {
	}

	/**
	 * Returns the contributor, or {@code null} if the health of no pool is checked.
	 */
	static @Nullable ReactiveHealthContributor of(BackgroundChecks checks, ErrorWindows errors,
			@Nullable DatabasePoolCircuitBreakers breakers) {
		Map<String, ReactiveHealthContributor> indicators = new LinkedHashMap<>();
		checks.byPool()
			.forEach((pool, check) -> indicators.put(pool.name(), new DatabasePoolHealthIndicator(pool.client(), check,
					errors.of(pool.name()), (breakers != null) ? breakers.of(pool.name()) : null)));
		if (indicators.isEmpty()) {
			return null;
		}
		return (indicators.size() == 1) ? indicators.values().iterator().next()
				: CompositeReactiveHealthContributor.fromMap(indicators);
	}

}
