package dev.dbpool.autoconfigure.health;

import java.util.Map;

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
	static @Nullable ReactiveHealthContributor of(DatabasePoolHealths healths) {
		Map<String, DatabasePoolHealthIndicator> indicators = healths.indicators();
		if (indicators.isEmpty()) {
			return null;
		}
		return (indicators.size() == 1) ? indicators.values().iterator().next()
				: CompositeReactiveHealthContributor.fromMap(indicators);
	}

}
