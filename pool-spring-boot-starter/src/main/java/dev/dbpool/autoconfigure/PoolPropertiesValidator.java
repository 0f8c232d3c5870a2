package dev.dbpool.autoconfigure;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.unit.DataSize;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * Refuses values that make no sense, before anything is opened.
 */
final class PoolPropertiesValidator {

	private static final String JWT = "org.springframework.security.oauth2.jwt.Jwt";

	private final PoolConfiguration pool;

	private PoolPropertiesValidator(PoolConfiguration pool) {
		this.pool = pool;
	}

	static void validate(PoolConfiguration pool) {
		LaneSizes.of(pool);
		new PoolPropertiesValidator(pool).validate(pool.properties());
	}

	private void validate(DatabasePoolProperties properties) {
		positive("connection-timeout", properties.connectionTimeout());
		positive("connect-timeout", properties.connectTimeout());
		positive("request-timeout", properties.requestTimeout());
		positive("release-timeout", properties.releaseTimeout());
		positive("retry-delay", properties.retryDelay());
		positive("health-check-interval", properties.healthCheckInterval());
		notNegative("idle-timeout", properties.idleTimeout());
		notNegative("max-lifetime", properties.maxLifetime());
		notNegative("keep-alive-interval", properties.keepAliveInterval());
		notNegative("leak-detection-timeout", properties.leakDetectionTimeout());
		notNegative("slow-operation-threshold", properties.slowOperationThreshold());
		notNegative("drain-timeout", properties.drainTimeout());
		notNegative("max-retries", properties.maxRetries());
		notNegative("max-pending", properties.maxPending());
		leakDetection(properties.leakDetectionTimeout(), properties.requestTimeout());
		path(properties.healthCheckPath());
		size(properties.maxInMemorySize());
		passThrough(properties.passThroughUser());
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
			check(path.startsWith("/") && !path.startsWith("//"),
					"Set it to a path below the REST root, such as '/products?select=id&limit=0'.",
					"%s is '%s', which does not begin with one slash.", property("health-check-path"),
					KeyShape.isIn(path) ? "…" : ServerUrl.withoutQuery(path));
		}
	}

	private void size(@Nullable DataSize value) {
		if (value != null) {
			check(value.toBytes() > 0 && value.toBytes() <= Integer.MAX_VALUE, "Set it to less than 2GB, such as 10MB.",
					"%s is %s.", property("max-in-memory-size"), value);
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
	}

	private void notNegative(String name, @Nullable Duration value) {
		if (value != null) {
			check(!value.isNegative(), "Set it to zero or more.", "%s is %dms.", property(name), value.toMillis());
		}
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
