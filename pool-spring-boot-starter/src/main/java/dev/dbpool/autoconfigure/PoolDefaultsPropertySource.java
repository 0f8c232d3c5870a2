package dev.dbpool.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.util.StringUtils;

/**
 * Defaults of properties that belong to others: of Resilience4j's instances
 * {@code databasePool} and {@code databasePool-<name>}, of the circuit breakers of read
 * replicas, and of the order of health states. Any other property source wins over it,
 * key by key. Values that follow from {@code db.pool.*} are looked up when they are asked
 * for, so that later property sources count too.
 * <p>
 * The environment must not be the {@linkplain #getSource() source}: Spring Boot would
 * descend into it, find this property source in it, and never end.
 */
final class PoolDefaultsPropertySource extends EnumerablePropertySource<Map<String, Object>> {

	static final String NAME = "databasePoolDefaults";

	private static final String RETRY = "resilience4j.retry.instances.";

	private static final String BREAKER = "resilience4j.circuitbreaker.instances.";

	/**
	 * Waits between zero and twice their mean, as near as Resilience4j allows ("full
	 * jitter", from the AWS Architecture Blog, "Exponential Backoff And Jitter").
	 */
	private static final double FULL_JITTER = 0.99;

	private static final String HEALTH = "management.endpoint.health.status.";

	private final Environment environment;

	private volatile Defaults defaults = new Defaults(List.of(), Map.of());

	PoolDefaultsPropertySource(Environment environment) {
		super(NAME, Map.of());
		this.environment = environment;
	}

	private static Map<String, Function<Environment, Object>> values(Environment environment) {
		Map<String, Function<Environment, Object>> values = new LinkedHashMap<>();
		addInstance(values, PoolConfiguration.DEFAULT_POOL);
		PoolInstances.named(environment).forEach((pool) -> addInstance(values, pool));
		values.put(HEALTH + "order", (any) -> "down,out-of-service,degraded,up,unknown");
		values.put(HEALTH + "http-mapping.down", (any) -> 503);
		values.put(HEALTH + "http-mapping.out-of-service", (any) -> 503);
		values.put(HEALTH + "http-mapping.degraded", (any) -> 200);
		return values;
	}

	private static void addInstance(Map<String, Function<Environment, Object>> values, String pool) {
		String retry = RETRY + PoolInstances.name(pool) + ".";
		values.put(retry + "max-attempts", (environment) -> maxAttempts(environment, pool));
		values.put(retry + "wait-duration", (environment) -> retryDelay(environment, pool));
		values.put(retry + "enable-exponential-backoff", (environment) -> true);
		values.put(retry + "exponential-backoff-multiplier", (environment) -> 2);
		values.put(retry + "enable-randomized-wait", (environment) -> true);
		values.put(retry + "randomized-wait-factor", (environment) -> FULL_JITTER);
		String breaker = BREAKER + PoolInstances.name(pool) + ".";
		addBreaker(values, breaker, 5, 3);
		values.put(breaker + "wait-duration-in-open-state", (environment) -> "10s");
	}

	private static void addBreaker(Map<String, Function<Environment, Object>> values, String breaker, int failures,
			int trials) {
		values.put(breaker + "sliding-window-type", (environment) -> "COUNT_BASED");
		values.put(breaker + "sliding-window-size", (environment) -> failures);
		values.put(breaker + "minimum-number-of-calls", (environment) -> failures);
		values.put(breaker + "failure-rate-threshold", (environment) -> 100);
		values.put(breaker + "slow-call-duration-threshold", (environment) -> "365d");
		values.put(breaker + "automatic-transition-from-open-to-half-open-enabled", (environment) -> true);
		values.put(breaker + "permitted-number-of-calls-in-half-open-state", (environment) -> trials);
		values.put(breaker + "writable-stack-trace-enabled", (environment) -> false);
	}

	private static Map<String, Function<Environment, Object>> replicas(Environment environment) {
		Map<String, Function<Environment, Object>> values = new LinkedHashMap<>();
		addReplicas(values, environment, PoolConfiguration.DEFAULT_POOL);
		PoolNames.named(environment).forEach((pool) -> addReplicas(values, environment, pool));
		return values;
	}

	/**
	 * Adds the circuit breakers of read replicas, which open after three failures in a
	 * row. One read tries the replica after half a second, then after up to ten.
	 */
	private static void addReplicas(Map<String, Function<Environment, Object>> values, Environment environment,
			String pool) {
		for (String replica : PoolInstances.replicas(environment, pool)) {
			String breaker = BREAKER + replica + ".";
			addBreaker(values, breaker, 3, 1);
			values.put(breaker + "wait-duration-in-open-state", (any) -> "500ms");
			values.put(breaker + "enable-exponential-backoff", (any) -> true);
			values.put(breaker + "exponential-backoff-multiplier", (any) -> 2);
			values.put(breaker + "exponential-max-wait-duration-in-open-state", (any) -> "10s");
		}
	}

	private static Object maxAttempts(Environment environment, String pool) {
		return 1 + Math.max(0, find(environment, pool, "max-retries", Integer.class, 3));
	}

	private static Object retryDelay(Environment environment, String pool) {
		return Math.max(1, find(environment, pool, "retry-delay", Duration.class, Duration.ofSeconds(1)).toMillis())
				+ "ms";
	}

	private static <T> T find(Environment environment, String pool, String name, Class<T> type, T defaultValue) {
		boolean named = PoolNames.named(environment).contains(pool);
		String prefix = PoolConfiguration.prefix(named ? pool : PoolConfiguration.DEFAULT_POOL);
		T value = PoolBinder.find(environment, prefix + "." + name, type);
		return (value != null) ? value : defaultValue;
	}

	@Override
	public String[] getPropertyNames() {
		return StringUtils.toStringArray(current().keySet());
	}

	@Override
	public @Nullable Object getProperty(String name) {
		Function<Environment, Object> value = current().get(name);
		return (value != null) ? value.apply(this.environment) : null;
	}

	/**
	 * Returns the values, made anew when a property source has come or gone, since it may
	 * name other pools. The replicas are looked up in all property sources, this one
	 * included, which has the other values by then.
	 */
	private Map<String, Function<Environment, Object>> current() {
		Defaults known = this.defaults;
		List<PropertySource<?>> sources = ((ConfigurableEnvironment) this.environment).getPropertySources()
			.stream()
			.toList();
		if (!known.sources().equals(sources)) {
			Map<String, Function<Environment, Object>> values = values(this.environment);
			this.defaults = new Defaults(sources, values);
			Map<String, Function<Environment, Object>> all = new LinkedHashMap<>(values);
			all.putAll(replicas(this.environment));
			known = new Defaults(sources, all);
			this.defaults = known;
		}
		return known.values();
	}

	private record Defaults(List<PropertySource<?>> sources, Map<String, Function<Environment, Object>> values) {

	}

}
