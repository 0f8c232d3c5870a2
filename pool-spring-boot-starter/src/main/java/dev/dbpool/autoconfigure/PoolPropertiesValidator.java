package dev.dbpool.autoconfigure;

import java.time.Duration;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * Refuses values that make no sense, before anything is opened.
 */
final class PoolPropertiesValidator {

	private static final String JWT = "org.springframework.security.oauth2.jwt.Jwt";

	private static final int MOST_CONNECTIONS = 10_000;

	/** For each operation. More is no limit. */
	private static final int MOST_RETRIES = 1000;

	/** As many as fit into a URL. */
	private static final int MOST_KEYS = 500;

	private static final int MOST_FLEET_CONNECTIONS = 1_000_000;

	private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

	private static final Duration LONGEST_LEASE = Duration.ofMinutes(5);

	private static final Duration LONGEST = Duration.ofDays(36_500);

	/** What is bound where nothing is configured. */
	private static final DatabasePoolProperties.Embedded NO_EMBEDDED = new DatabasePoolProperties.Embedded(true,
			List.of(), List.of("public"));

	private final PoolConfiguration pool;

	private PoolPropertiesValidator(PoolConfiguration pool) {
		this.pool = pool;
	}

	static void validate(PoolConfiguration pool) {
		LaneSizes.of(pool);
		new PoolPropertiesValidator(pool).validate(pool.properties());
	}

	private void validate(DatabasePoolProperties properties) {
		connections("max-connections", properties.maxConnections());
		connections("read.max-connections", properties.read().maxConnections());
		connections("write.max-connections", properties.write().maxConnections());
		positive("connection-timeout", properties.connectionTimeout());
		positive("connect-timeout", properties.connectTimeout());
		positive("request-timeout", properties.requestTimeout());
		positive("release-timeout", properties.releaseTimeout());
		positive("retry-delay", properties.retryDelay());
		positive("health-check-interval", properties.healthCheckInterval());
		positive("queue-interval", properties.queueInterval());
		positive("queue-target", properties.queueTarget());
		notNegative("operation-timeout", properties.operationTimeout());
		notNegative("idle-timeout", properties.idleTimeout());
		notNegative("max-lifetime", properties.maxLifetime());
		notNegative("keep-alive-interval", properties.keepAliveInterval());
		notNegative("leak-detection-timeout", properties.leakDetectionTimeout());
		notNegative("slow-operation-threshold", properties.slowOperationThreshold());
		notNegative("summary-interval", properties.summaryInterval());
		notNegative("drain-timeout", properties.drainTimeout());
		notNegative("max-retries", properties.maxRetries());
		notNegative("max-pending", properties.maxPending());
		retryBudget(properties.retryBudget());
		fleet(properties.fleet());
		check(properties.backgroundShare() > 0 && properties.backgroundShare() <= 1,
				"Set it to more than 0 and at most 1, such as 0.5.", "%s is %s.", property("background-share"),
				properties.backgroundShare());
		percentage("health.utilization-threshold", properties.health().utilizationThreshold());
		percentage("health.error-rate-threshold", properties.health().errorRateThreshold());
		notNegative("health.response-time-threshold", properties.health().responseTimeThreshold());
		notNegative("health.leak-threshold", properties.health().leakThreshold());
		notNegative("alerts.delay", properties.alerts().delay());
		notNegative("alerts.cool-down", properties.alerts().coolDown());
		positive("alerts.webhook-timeout", properties.alerts().webhookTimeout());
		webhook(properties.alerts().webhookUrl());
		adminUrl(properties.adminUrl());
		batching(properties.batching());
		leakDetection(properties.leakDetectionTimeout(), properties.requestTimeout());
		path(properties.healthCheckPath());
		schema(properties.schema());
		size("max-in-memory-size", properties.maxInMemorySize());
		size("max-answer-size", properties.maxAnswerSize());
		passThrough(properties.passThroughUser());
		embedded(properties.embedded());
	}

	private void retryBudget(DatabasePoolProperties.RetryBudget budget) {
		check(budget.ratio() >= 0 && budget.ratio() <= MOST_RETRIES,
				"Set it to 0 to " + MOST_RETRIES + ", such as 0.2.", "%s is %s.", property("retry-budget.ratio"),
				budget.ratio());
		notNegative("retry-budget.min-per-second", budget.minPerSecond());
	}

	private void fleet(DatabasePoolProperties.Fleet fleet) {
		Integer max = fleet.maxConnections();
		if (max != null) {
			check(max >= 2 && max <= MOST_FLEET_CONNECTIONS,
					"Set it to at least 2 for each instance, one for each lane, and to %d at most."
						.formatted(MOST_FLEET_CONNECTIONS),
					"%s is %d.", property("fleet.max-connections"), max);
		}
		Duration lease = fleet.lease();
		check(lease.compareTo(SHORTEST_LEASE) >= 0 && lease.compareTo(LONGEST_LEASE) <= 0,
				"Set it to %ds to %ds, such as 10s.".formatted(SHORTEST_LEASE.toSeconds(), LONGEST_LEASE.toSeconds()),
				"%s is %dms.", property("fleet.lease"), lease.toMillis());
		String name = fleet.name();
		if (name != null) {
			check(name.chars().allMatch((character) -> character > ' ' && character != '{' && character != '}'),
					"Set it to a name without blanks and braces, such as 'orders'.", "%s is %s.",
					property("fleet.name"), ShownValue.of(property("fleet.name"), name));
		}
	}

	private void batching(DatabasePoolProperties.Batching batching) {
		check(batching.maxSize() >= 2 && batching.maxSize() <= MOST_KEYS, "Set it to 2 to " + MOST_KEYS + ".",
				"%s is %d.", property("batching.max-size"), batching.maxSize());
		check(batching.maxInFlight() > 0, "Set it to 1 or more.", "%s is %d.", property("batching.max-in-flight"),
				batching.maxInFlight());
	}

	private void percentage(String name, int value) {
		check(value > 0 && value <= 100, "Set it to 1 to 100 percent.", "%s is %d.", property(name), value);
	}

	/**
	 * Does not show the URL, which is a secret.
	 */
	private void webhook(@Nullable String url) {
		if (StringUtils.hasText(url)) {
			check(url.matches("https?://[^/\\s]+(/\\S*)?"),
					"Set it to the whole URL, such as 'https://hooks.slack.com/services/…'.",
					"%s is not a URL that begins with http:// or https://.", property("alerts.webhook-url"));
		}
	}

	private void adminUrl(@Nullable String url) {
		if (StringUtils.hasText(url)) {
			ServerUrl.admin(property("admin-url"), url);
		}
	}

	private void embedded(DatabasePoolProperties.Embedded embedded) {
		check(this.pool.isDefault() || embedded.equals(NO_EMBEDDED),
				"Configure the embedded server below db.pool.embedded, and give the URL of the pool as "
						+ property("url") + ".",
				"%s is set, but an embedded server serves the default pool only.", property("embedded"));
	}

	private void leakDetection(Duration leakDetection, Duration request) {
		check(leakDetection.isZero() || leakDetection.compareTo(request) > 0,
				"Raise the one or lower the other, or set " + property("leak-detection-timeout") + " to 0 for never.",
				"%s (%dms) is not greater than %s (%dms), so that requests under way would be taken for leaks.",
				property("leak-detection-timeout"), leakDetection.toMillis(), property("request-timeout"),
				request.toMillis());
	}

	private void path(@Nullable String path) {
		if (path != null) {
			String action = "Set it to a path below the REST root, such as '/products?select=id&limit=0'.";
			String shown = KeyShape.isIn(path) ? "…" : ServerUrl.withoutQuery(path);
			check(path.startsWith("/") && !path.startsWith("//"), action,
					"%s is '%s', which does not begin with one slash.", property("health-check-path"), shown);
			check(path.chars().allMatch((character) -> character > ' '), action,
					"%s is '%s', which has a blank. Write a blank as %%20.", property("health-check-path"), shown);
		}
	}

	private void schema(@Nullable String schema) {
		if (schema != null) {
			check(schema.chars().allMatch((character) -> character >= ' ' && ",\"';".indexOf(character) == -1),
					"Set it to the name of one schema, without quotes.", "%s is %s, which is not the name of a schema.",
					property("schema"), ShownValue.of(property("schema"), schema));
		}
	}

	private void connections(String name, @Nullable Integer value) {
		if (value != null) {
			check(value <= MOST_CONNECTIONS, "Set it to " + MOST_CONNECTIONS + " or less.",
					"%s is %d. Each connection is a socket, and a machine has fewer than 65536 of them for one server.",
					property(name), value);
		}
	}

	private void size(String name, @Nullable DataSize value) {
		if (value != null) {
			check(value.toBytes() > 0 && value.toBytes() <= Integer.MAX_VALUE,
					"Set it to more than zero and less than 2GB, such as 10MB.", "%s is %s.", property(name), value);
		}
	}

	private void passThrough(boolean passThroughUser) {
		check(!passThroughUser || ClassUtils.isPresent(JWT, null),
				"Add spring-security-oauth2-jose, which spring-boot-starter-security-oauth2-resource-server brings, or leave the property out.",
				"%s is set, but there is no JWT of Spring Security on the class path, so that all callers would be anonymous.",
				property("pass-through-user"));
	}

	private void positive(String name, Duration value) {
		check(!value.isNegative() && !value.isZero(), "Set it to more than zero, such as 5s.", "%s is %dms.",
				property(name), value.toMillis());
		possible(name, value);
	}

	private void notNegative(String name, @Nullable Duration value) {
		if (value != null) {
			check(!value.isNegative(), "Set it to zero or more.", "%s is %dms.", property(name), value.toMillis());
			possible(name, value);
		}
	}

	private void possible(String name, Duration value) {
		check(value.compareTo(LONGEST) <= 0, "Set it to %d days or less.".formatted(LONGEST.toDays()), "%s is %d days.",
				property(name), value.toDays());
		check(value.isZero() || value.toMillis() > 0, "Set it to 1ms or more, such as 5s.",
				"%s is %dns, which is less than a millisecond.", property(name), value.toNanos());
	}

	private void notNegative(String name, @Nullable Integer value) {
		if (value != null) {
			check(value >= 0, "Set it to 0 or more.", "%s is %d.", property(name), value);
		}
	}

	private String property(String name) {
		return this.pool.property(name);
	}

}
