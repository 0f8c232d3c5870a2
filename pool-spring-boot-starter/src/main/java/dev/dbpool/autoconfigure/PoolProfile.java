package dev.dbpool.autoconfigure;

import java.util.LinkedHashMap;

import java.util.Locale;
import java.util.Map;

import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.core.env.Environment;

/**
 * Sizes and timeouts that belong together. A profile supplies defaults: a property that
 * is set explicitly wins over it, one by one. What a profile does not name keeps the
 * default of the property.
 * <p>
 * The larger the pool, the shorter its queue in time: a caller of a busy service has
 * often left before a long wait ends. Fewer retries keep an overloaded server from being
 * loaded further, and more frequent checks find an outage sooner.
 */
public enum PoolProfile {

	/**
	 * A service with little traffic: 2 to 10 connections, closed again after 2 minutes.
	 */
	LOW(size(2, 10).with("idle-timeout", "2m").with("health-check-interval", "60s")),

	/**
	 * The defaults: 5 to 20 connections.
	 */
	MEDIUM(size(5, 20)),

	/**
	 * A busy service: 10 to 50 connections, callers wait at most 10 s.
	 */
	HIGH(size(10, 50).with("connection-timeout", "10s")
		.with("idle-timeout", "10m")
		.with("max-retries", "2")
		.with("retry-delay", "500ms")
		.with("health-check-interval", "15s")
		.with("leak-detection-timeout", "30s")),

	/**
	 * As much as one instance should ask of a server: 20 to 100 connections, callers wait
	 * at most 5 s.
	 */
	EXTREME(size(20, 100).with("connection-timeout", "5s")
		.with("idle-timeout", "10m")
		.with("max-retries", "1")
		.with("retry-delay", "500ms")
		.with("health-check-interval", "10s")
		.with("leak-detection-timeout", "20s")),

	/**
	 * A developer's machine: 2 to 10 connections, failures show soon, and a debugger may
	 * stop for long.
	 */
	DEVELOPMENT(size(2, 10).with("connection-timeout", "10s")
		.with("request-timeout", "60s")
		.with("operation-timeout", "10m")
		.with("idle-timeout", "1m")
		.with("max-retries", "1")
		.with("leak-detection-timeout", "10m")
		.with("leak-action", "log")
		.with("slow-operation-threshold", "500ms")
		.with("summary-interval", "1m")),

	/**
	 * A typical service in production: 5 to 20 connections, callers wait at most 10 s.
	 */
	PRODUCTION(size(5, 20).with("connection-timeout", "10s")
		.with("idle-timeout", "10m")
		.with("health-check-interval", "15s")),

	/**
	 * Load that comes in bursts: 10 to 50 connections, callers wait at most 5 s.
	 */
	HIGH_LOAD(size(10, 50).with("connection-timeout", "5s")
		.with("idle-timeout", "10m")
		.with("max-retries", "1")
		.with("retry-delay", "500ms")
		.with("health-check-interval", "10s")
		.with("leak-detection-timeout", "30s"));

	static final String MIN_CONNECTIONS = "min-connections";

	static final String MAX_CONNECTIONS = "max-connections";

	private final Map<String, String> properties;

	PoolProfile(Values values) {
		this.properties = Map.copyOf(values.values);
	}

	private static Values size(int min, int max) {
		return new Values().with(MIN_CONNECTIONS, String.valueOf(min)).with(MAX_CONNECTIONS, String.valueOf(max));
	}

	/**
	 * Returns what the profile sets.
	 * @return the values by the name of the property below the prefix of the pool
	 */
	Map<String, String> properties() {
		return this.properties;
	}

	/**
	 * Returns the values of the profile of a pool. The minimum of the profile never
	 * exceeds a maximum that is set explicitly.
	 * @param environment where profile and explicit maximum are set
	 * @param prefix the prefix of the pool's properties
	 * @return the values by the full names of the properties; empty without a profile
	 */
	static Map<String, Object> defaults(Environment environment, String prefix) {
		PoolProfile profile = PoolBinder.find(environment, prefix + ".profile", PoolProfile.class);
		if (profile == null) {
			return Map.of();
		}
		Map<String, Object> defaults = new LinkedHashMap<>();
		Origin origin = new ProfileOrigin(prefix, profile.id());
		profile.properties
			.forEach((name, value) -> defaults.put(prefix + "." + name, OriginTrackedValue.of(value, origin)));
		Integer max = PoolBinder.find(environment, prefix + "." + MAX_CONNECTIONS, Integer.class);
		int min = Integer.parseInt(profile.properties.get(MIN_CONNECTIONS));
		if (max != null && max < min) {
			defaults.put(prefix + "." + MIN_CONNECTIONS, OriginTrackedValue.of(String.valueOf(max), origin));
		}
		return defaults;
	}

	/**
	 * Returns the name by which the profile is set, such as {@code high-load}.
	 */
	String id() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * The profile as the place where a value was set.
	 */
	private record ProfileOrigin(String prefix, String profile) implements Origin {

		@Override
		public String toString() {
			return "profile '" + this.profile + "' of " + this.prefix + ".profile";
		}

	}

	private static final class Values {

		private final Map<String, String> values = new LinkedHashMap<>();

		Values with(String name, String value) {
			this.values.put(name, value);
			return this;
		}

	}

}
