package dev.dbpool.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/**
 * Values that are legal, and probably not meant: a warning for each names its effect.
 */
final class PoolAdvice {

	private static final Logger logger = LoggerFactory.getLogger(PoolAdvice.class);

	private static final int MANY_CONNECTIONS = 200;

	private static final Duration LONG_RETRY = Duration.ofMinutes(5);

	private static final DataSize SMALL_ROW = DataSize.ofKilobytes(16);

	private final PoolConfiguration pool;

	private final List<String> warnings = new ArrayList<>();

	private PoolAdvice(PoolConfiguration pool) {
		this.pool = pool;
	}

	/**
	 * Logs the warnings.
	 */
	static void log(PoolConfiguration pool, Environment environment) {
		of(pool).forEach(logger::warn);
		PoolBinder.emptyOverrides(environment, PoolConfiguration.prefix(pool.pool())).forEach(logger::warn);
	}

	/**
	 * Returns the warnings about a configuration that is valid.
	 */
	static List<String> of(PoolConfiguration pool) {
		PoolAdvice advice = new PoolAdvice(pool);
		DatabasePoolProperties properties = pool.properties();
		advice.waits(properties);
		advice.lives(properties);
		advice.retries(properties);
		advice.sizes(properties);
		return List.copyOf(advice.warnings);
	}

	private void waits(DatabasePoolProperties properties) {
		below("connection-timeout", properties.connectionTimeout(), Duration.ofMillis(250),
				"callers fail unless a connection is free within that time, and opening one often takes longer");
		above("connection-timeout", properties.connectionTimeout(), Duration.ofMinutes(10),
				"callers may wait that long for a connection");
		below("connect-timeout", properties.connectTimeout(), Duration.ofMillis(100),
				"a TCP and TLS handshake over a network often takes longer");
		if (properties.connectTimeout().compareTo(properties.connectionTimeout()) > 0) {
			warn("connect-timeout", show(properties.connectTimeout()),
					"a caller stops waiting after %s (%s), before an attempt to open a connection has failed"
						.formatted(show(properties.connectionTimeout()), this.pool.property("connection-timeout")));
		}
		below("request-timeout", properties.requestTimeout(), Duration.ofMillis(100), "slower answers fail");
		above("request-timeout", properties.requestTimeout(), Duration.ofMinutes(10),
				"a connection is held that long when its server has gone silent");
		below("operation-timeout", properties.operationTimeout(), Duration.ofMillis(100),
				"operations that take longer fail");
		Duration drainTimeout = properties.drainTimeout();
		if (drainTimeout != null) {
			below("drain-timeout", drainTimeout, Duration.ofMillis(100),
					"operations that take longer are cut off when the application ends");
		}
		below("release-timeout", properties.releaseTimeout(), Duration.ofMillis(50),
				"connections that are not ready for reuse within that time are closed and replaced");
		below("slow-operation-threshold", properties.slowOperationThreshold(), Duration.ofMillis(10),
				"nearly every operation is logged as slow");
	}

	private void lives(DatabasePoolProperties properties) {
		below("idle-timeout", properties.idleTimeout(), Duration.ofSeconds(1),
				"connections beyond the minimum are closed and opened again between two requests");
		below("max-lifetime", properties.maxLifetime(), Duration.ofSeconds(30),
				"each connection is closed and opened again that often");
		if (!properties.maxLifetime().isZero() && properties.idleTimeout().compareTo(properties.maxLifetime()) >= 0) {
			warn("idle-timeout", show(properties.idleTimeout()),
					"it has no effect, since no connection lives longer than " + show(properties.maxLifetime()) + " ("
							+ this.pool.property("max-lifetime") + ")");
		}
		below("keep-alive-interval", properties.keepAliveInterval(), Duration.ofSeconds(1),
				"each idle connection is checked that often");
		above("keep-alive-interval", properties.keepAliveInterval(), Duration.ofSeconds(30),
				"PostgREST closes idle connections after 34 to 59 s, before they are checked");
		below("health-check-interval", properties.healthCheckInterval(), Duration.ofSeconds(1),
				"the server is checked that often");
		above("health-check-interval", properties.healthCheckInterval(), Duration.ofMinutes(10),
				"the health endpoint may be that old");
	}

	private void retries(DatabasePoolProperties properties) {
		int retries = properties.maxRetries();
		if (retries == 0) {
			return;
		}
		below("retry-delay", properties.retryDelay(), Duration.ofMillis(10),
				"a failed attempt is repeated before the server can recover");
		double seconds = properties.retryDelay().toMillis() / 1000.0 * (Math.pow(2, retries) - 1);
		if (seconds > LONG_RETRY.toSeconds()) {
			warn("max-retries", String.valueOf(retries),
					"with %s of %s, doubled each time, an operation that keeps failing is repeated for %s".formatted(
							this.pool.property("retry-delay"), show(properties.retryDelay()),
							(seconds < 86400) ? "%.0f minutes".formatted(seconds / 60) : "more than a day"));
		}
	}

	private void sizes(DatabasePoolProperties properties) {
		connections("max-connections", properties.maxConnections());
		connections("read.max-connections", properties.read().maxConnections());
		connections("write.max-connections", properties.write().maxConnections());
		DataSize size = properties.maxInMemorySize();
		if (size != null && size.compareTo(SMALL_ROW) < 0) {
			warn("max-in-memory-size", size.toString(),
					"rows and values that are larger fail. A number without a unit is in bytes");
		}
	}

	private void connections(String name, @Nullable Integer connections) {
		if (connections != null && connections > MANY_CONNECTIONS) {
			warn(name, String.valueOf(connections),
					"each connection is one more request at a time for a server whose own pool has 10 connections by default");
		}
	}

	/**
	 * Zero switches off, so that it is never too short.
	 */
	private void below(String name, Duration value, Duration limit, String effect) {
		if (!value.isZero() && value.compareTo(limit) < 0) {
			warn(name, show(value), effect + ". A number without a unit is in milliseconds");
		}
	}

	private void above(String name, Duration value, Duration limit, String effect) {
		if (value.compareTo(limit) > 0) {
			warn(name, show(value), effect);
		}
	}

	private void warn(String name, String value, String effect) {
		this.warnings.add("%s is %s: %s.".formatted(this.pool.property(name), value, effect));
	}

	private static String show(Duration value) {
		return value.toMillis() + "ms";
	}

}
