package dev.dbpool.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Defaults of properties that belong to others: of Resilience4j's instances
 * {@code databasePool}, and of the order of health states. Any other property source wins
 * over it, key by key. Values that follow from {@code db.pool.*} are looked up when they
 * are asked for, so that later property sources count too.
 * <p>
 * The environment must not be the {@linkplain #getSource() source}: Spring Boot would
 * descend into it, find this property source in it, and never end.
 */
final class PoolDefaultsPropertySource extends EnumerablePropertySource<Map<String, Function<Environment, Object>>> {

	static final String NAME = "databasePoolDefaults";

	private static final String RETRY = "resilience4j.retry.instances.databasePool.";

	private static final String BREAKER = "resilience4j.circuitbreaker.instances.databasePool.";

	private static final String HEALTH = "management.endpoint.health.status.";

	private static final Map<String, Function<Environment, Object>> VALUES = values();

	private final Environment environment;

	PoolDefaultsPropertySource(Environment environment) {
		super(NAME, VALUES);
		this.environment = environment;
	}

	private static Map<String, Function<Environment, Object>> values() {
		Map<String, Function<Environment, Object>> values = new LinkedHashMap<>();
		values.put(RETRY + "max-attempts", PoolDefaultsPropertySource::maxAttempts);
		values.put(RETRY + "wait-duration", PoolDefaultsPropertySource::retryDelay);
		values.put(RETRY + "enable-exponential-backoff", (environment) -> true);
		values.put(RETRY + "exponential-backoff-multiplier", (environment) -> 2);
		values.put(RETRY + "enable-randomized-wait", (environment) -> true);
		values.put(RETRY + "randomized-wait-factor", (environment) -> 0.5);
		values.put(BREAKER + "sliding-window-type", (environment) -> "COUNT_BASED");
		values.put(BREAKER + "sliding-window-size", (environment) -> 5);
		values.put(BREAKER + "minimum-number-of-calls", (environment) -> 5);
		values.put(BREAKER + "failure-rate-threshold", (environment) -> 100);
		values.put(BREAKER + "slow-call-duration-threshold", (environment) -> "365d");
		values.put(BREAKER + "wait-duration-in-open-state", (environment) -> "10s");
		values.put(BREAKER + "automatic-transition-from-open-to-half-open-enabled", (environment) -> true);
		values.put(BREAKER + "permitted-number-of-calls-in-half-open-state", (environment) -> 3);
		values.put(BREAKER + "writable-stack-trace-enabled", (environment) -> false);
		values.put(HEALTH + "order", (environment) -> "down,out-of-service,degraded,up,unknown");
		values.put(HEALTH + "http-mapping.down", (environment) -> 503);
		values.put(HEALTH + "http-mapping.out-of-service", (environment) -> 503);
		values.put(HEALTH + "http-mapping.degraded", (environment) -> 200);
		return values;
	}

	private static Object maxAttempts(Environment environment) {
		return 1 + Math.max(0, find(environment, "db.pool.max-retries", Integer.class, 3));
	}

	private static Object retryDelay(Environment environment) {
		return Math.max(1, find(environment, "db.pool.retry-delay", Duration.class, Duration.ofSeconds(1)).toMillis())
				+ "ms";
	}

	private static <T> T find(Environment environment, String name, Class<T> type, T defaultValue) {
		T value = PoolBinder.find(environment, name, type);
		return (value != null) ? value : defaultValue;
	}

	@Override
	public String[] getPropertyNames() {
		return StringUtils.toStringArray(VALUES.keySet());
	}

	@Override
	public @Nullable Object getProperty(String name) {
		Function<Environment, Object> value = VALUES.get(name);
		return (value != null) ? value.apply(this.environment) : null;
	}

}
