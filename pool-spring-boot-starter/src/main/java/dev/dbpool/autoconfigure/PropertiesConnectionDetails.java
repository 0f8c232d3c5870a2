package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Instant;

import dev.dbpool.client.ApiKeys;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aot.AotDetector;
import org.springframework.core.env.Environment;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * The connection of a pool by its properties and, for the default pool, by
 * {@link SupabaseVariables}. Logs the source of each value, and never a key.
 */
final class PropertiesConnectionDetails implements DatabasePoolConnectionDetails {

	private static final Logger logger = LoggerFactory.getLogger(PropertiesConnectionDetails.class);

	private static final String NO_KEY = "none";

	private final PoolConfiguration pool;

	private final URI url;

	private final String restPath;

	private final @Nullable String anonKey;

	private final @Nullable String serviceRoleKey;

	PropertiesConnectionDetails(PoolConfiguration pool, Environment environment) {
		this.pool = pool;
		DatabasePoolProperties properties = pool.properties();
		Setting url = Setting.of(pool, properties.url(), SupabaseVariables.URL, environment);
		Setting anonKey = Setting.of(pool, properties.anonKey(), SupabaseVariables.ANON_KEY, environment);
		Setting serviceRoleKey = Setting.of(pool, properties.serviceRoleKey(), SupabaseVariables.SERVICE_ROLE_KEY,
				environment);
		this.restPath = ServerUrl.restPath(pool.property("rest-path"), properties.restPath());
		this.url = url(url);
		this.anonKey = anonKey(anonKey, url);
		this.serviceRoleKey = serviceRoleKey(serviceRoleKey, url);
		logger.info("Connection of pool '{}': URL {}, anon key {}, service role key {}", pool.pool(), url.source(),
				(this.anonKey != null) ? anonKey.source() : "none", serviceRoleKey.source());
	}

	private URI url(Setting setting) {
		String url = required(setting, "Set it to the base URL of the project, such as https://project.supabase.co"
				+ orSet(SupabaseVariables.URL) + ". " + withoutUrl());
		return ServerUrl.parse(setting.name(), setting.requireUnquoted(url), this.pool.property("rest-path"),
				this.restPath);
	}

	private String withoutUrl() {
		if (!this.pool.isDefault()) {
			return "An embedded server serves the default pool only.";
		}
		return AotDetector.useGeneratedArtifacts() ? "An AOT-processed application starts no embedded server."
				: "For development and tests, pool-embedded on the class path starts a server without a URL. If it has"
						+ " the scope test, run the application by mvn spring-boot:test-run.";
	}

	private String orSet(SupabaseVariables variables) {
		return this.pool.isDefault() ? ", or set the environment variable " + String.join(" or ", variables.essential())
				: "";
	}

	private @Nullable String anonKey(Setting setting, Setting url) {
		String value = required(setting,
				"Set it to the anon or publishable key of the project's API settings"
						+ orSet(SupabaseVariables.ANON_KEY) + ". For a bare PostgREST that needs no key, set "
						+ this.pool.property("anon-key") + " to 'none'.");
		if (value.equalsIgnoreCase(NO_KEY)) {
			return null;
		}
		ProjectKey key = ProjectKey.of(setting, value);
		check(!ApiKeys.isServiceKey(value),
				"Set it to the project's anon or publishable key. A service key belongs into "
						+ this.pool.property("service-role-key") + ".",
				"%s holds a service key, which bypasses row-level security for all callers.", setting.name());
		key.checkNoUser("anon or publishable");
		checkProject(key, url);
		return value;
	}

	private @Nullable String serviceRoleKey(Setting setting, Setting url) {
		String value = setting.value();
		if (value == null) {
			return null;
		}
		String action = "Set it to the project's service role or secret key, or leave it out if nothing uses asService().";
		check(!value.equalsIgnoreCase(NO_KEY), action, "%s is '%s', which is not a key.", setting.name(), NO_KEY);
		ProjectKey key = ProjectKey.of(setting, value);
		key.checkNoUser("service role or secret");
		check(!value.equals(this.anonKey) && !ApiKeys.isAnonKey(value), action, "%s holds the anonymous key.",
				setting.name());
		checkProject(key, url);
		return value;
	}

	private void checkProject(ProjectKey key, Setting url) {
		key.checkProject(url.name(), this.url);
		key.expiry()
			.filter(Instant.now()::isAfter)
			.ifPresent((expiry) -> logger.warn("{} expired on {}: the server will answer 401. Replace the key",
					key.name(), expiry));
	}

	private static String required(Setting setting, String action) {
		String value = setting.value();
		if (value == null) {
			throw new InvalidPoolConfigurationException(setting.name() + " is not set.", action);
		}
		return value;
	}

	@Override
	public URI getUrl() {
		return this.url;
	}

	@Override
	public String getRestPath() {
		return this.restPath;
	}

	@Override
	public @Nullable String getAnonKey() {
		return this.anonKey;
	}

	@Override
	public @Nullable String getServiceRoleKey() {
		return this.serviceRoleKey;
	}

}
