package dev.dbpool.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What can be asked of the servers, however they run.
 *
 * @param <B> the type of the builder
 */
abstract class StackBuilder<B extends StackBuilder<B>> {

	private static final Set<String> OWN_POSTGREST_SETTINGS = Set.of("db-uri", "db-schemas", "db-anon-role",
			"jwt-secret", "jwt-secret-is-base64", "server-host", "server-port", "server-unix-socket",
			"admin-server-port", "admin-server-host");

	private static final Set<String> OWN_POSTGRES_SETTINGS = Set.of("listen_addresses", "port",
			"unix_socket_directories", "data_directory", "dynamic_shared_memory_type");

	private static final int MAX_PORT = 65_535;

	private final List<String> scripts = new ArrayList<>();

	private List<String> schemas = List.of("public");

	private final Map<String, String> postgrestSettings = new LinkedHashMap<>();

	private final Map<String, String> postgresSettings = new LinkedHashMap<>();

	private int port;

	private Duration startupTimeout = Duration.ofMinutes(1);

	private Duration shutdownGrace = Duration.ZERO;

	/**
	 * This builder.
	 */
	abstract B self();

	/**
	 * What was asked for so far.
	 */
	final Settings settings() {
		return new Settings(List.copyOf(this.scripts), this.schemas, Map.copyOf(this.postgrestSettings),
				Map.copyOf(this.postgresSettings), this.port, this.startupTimeout, this.shutdownGrace);
	}

	/**
	 * Gives another builder the same settings.
	 */
	final <T extends StackBuilder<T>> T copyTo(T other) {
		StackBuilder<T> target = other;
		target.scripts.addAll(this.scripts);
		target.schemas = this.schemas;
		target.postgrestSettings.putAll(this.postgrestSettings);
		target.postgresSettings.putAll(this.postgresSettings);
		target.port = this.port;
		target.startupTimeout = this.startupTimeout;
		target.shutdownGrace = this.shutdownGrace;
		return other;
	}

	/**
	 * Adds SQL scripts, which run in this order as the superuser, each in one
	 * transaction, before PostgREST starts.
	 * @param resources names of UTF-8 files on the class path, with or without
	 * {@code classpath:}
	 * @return this builder
	 */
	public final B script(String... resources) {
		this.scripts.addAll(List.of(resources));
		return self();
	}

	/**
	 * Sets the schemas that PostgREST exposes. The first is the one that a request
	 * without a profile gets. Those that are missing are made before the scripts run.
	 * @param schemas at least one schema; by default {@code public}
	 * @return this builder
	 */
	public final B schemas(String... schemas) {
		if (schemas.length == 0) {
			throw new IllegalArgumentException("PostgREST needs at least one schema to expose");
		}
		this.schemas = List.of(schemas);
		return self();
	}

	/**
	 * Adds a setting of PostgREST, such as {@code db-pool} or
	 * {@code db-pool-acquisition-timeout}.
	 * @param name the name as in PostgREST's configuration file
	 * @param value the value
	 * @return this builder
	 * @throws IllegalArgumentException if this library sets it itself
	 */
	public final B postgrestSetting(String name, String value) {
		requireNotOwn(name, OWN_POSTGREST_SETTINGS, "PostgREST");
		this.postgrestSettings.put(name, value);
		return self();
	}

	/**
	 * Adds a setting of PostgreSQL, such as {@code max_connections} (120 by default).
	 * @param name the name as in {@code postgresql.conf}
	 * @param value the value
	 * @return this builder
	 * @throws IllegalArgumentException if this library sets it itself
	 */
	public final B postgresSetting(String name, String value) {
		requireNotOwn(name, OWN_POSTGRES_SETTINGS, "PostgreSQL");
		this.postgresSettings.put(name, value);
		return self();
	}

	private static void requireNotOwn(String name, Set<String> own, String server) {
		if (own.contains(name)) {
			throw new IllegalArgumentException(
					"the setting %s of %s is set by this library and cannot be changed".formatted(name, server));
		}
	}

	/**
	 * Sets a fixed port for PostgREST.
	 * @param port the port, or 0 for a free one (the default)
	 * @return this builder
	 */
	public final B port(int port) {
		if (port < 0 || port > MAX_PORT) {
			throw new IllegalArgumentException("%d is not a port".formatted(port));
		}
		this.port = port;
		return self();
	}

	/**
	 * Sets how long each of the servers may take to get ready, at the first start and at
	 * later ones.
	 * @param timeout the longest time; by default a minute
	 * @return this builder
	 */
	public final B startupTimeout(Duration timeout) {
		if (timeout.isZero() || timeout.isNegative()) {
			throw new IllegalArgumentException("the startup timeout must be positive, and is " + timeout);
		}
		this.startupTimeout = timeout;
		return self();
	}

	/**
	 * Sets how long the servers stay open for their owner when the JVM ends. An
	 * application that finishes its work in a shutdown hook of its own, and then closes
	 * the servers, needs them until then.
	 * @param grace the longest time; by default none, so that the servers are closed as
	 * soon as the JVM begins to end
	 * @return this builder
	 */
	public final B shutdownGrace(Duration grace) {
		if (grace.isNegative()) {
			throw new IllegalArgumentException("the shutdown grace must not be negative, and is " + grace);
		}
		this.shutdownGrace = grace;
		return self();
	}

}
