package dev.dbpool.autoconfigure;

import java.net.URI;

import dev.dbpool.client.ApiKeys;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * The connection of a pool by its properties and, for the default pool, by
 * {@code SUPABASE_*}.
 */
final class PropertiesConnectionDetails implements DatabasePoolConnectionDetails {

	private static final String NO_KEY = "none";

	private final URI url;

	private final String restPath;

	private final @Nullable String anonKey;

	private final @Nullable String serviceRoleKey;

	private final PoolConfiguration pool;

	PropertiesConnectionDetails(PoolConfiguration pool, Environment environment) {
		this.pool = pool;
		DatabasePoolProperties properties = pool.properties();
		Setting url = setting("url", properties.url(), "SUPABASE_URL", environment);
		Setting anonKey = setting("anon-key", properties.anonKey(), "SUPABASE_ANON_KEY", environment);
		Setting serviceRoleKey = setting("service-role-key", properties.serviceRoleKey(), "SUPABASE_SERVICE_ROLE_KEY",
				environment);
		this.restPath = restPath(properties.restPath());
		this.url = ServerUrl.parse(url.name(),
				required(url, "Set it to the base URL of the project, such as https://project.supabase.co"
						+ orSet("SUPABASE_URL") + ". "
						+ "For development and tests, pool-embedded on the class path starts a server without a URL."),
				pool.property("rest-path"), this.restPath);
		this.anonKey = anonKey(anonKey);
		this.serviceRoleKey = serviceRoleKey(serviceRoleKey, this.anonKey);
	}

	/**
	 * Returns a setting of this pool. Only the default pool falls back to the variables
	 * of a Supabase project: a named pool that lacks its URL must not silently use that
	 * of another.
	 */
	private Setting setting(String name, @Nullable String value, String fallback, Environment environment) {
		String property = this.pool.property(name);
		if (StringUtils.hasText(value)) {
			return new Setting(property, value.strip());
		}
		String fallbackValue = this.pool.isDefault() ? environment.getProperty(fallback) : null;
		return StringUtils.hasText(fallbackValue) ? new Setting(fallback, fallbackValue.strip())
				: new Setting(property, null);
	}

	private String orSet(String fallback) {
		return this.pool.isDefault() ? ", or set the environment variable " + fallback : "";
	}

	private String restPath(String path) {
		String property = this.pool.property("rest-path");
		check(path.isEmpty() || path.startsWith("/"), "Set it to '/rest/v1', or to '/' for a bare PostgREST.",
				"%s is '%s', which does not begin with a slash.", property,
				KeyShape.isIn(path) ? "…" : ServerUrl.withoutQuery(path));
		check(!path.contains("?") && !path.contains("#"), "Set it to '/rest/v1', or to '/' for a bare PostgREST.",
				"%s is '%s', which has a query or a fragment.", property, ServerUrl.withoutQuery(path));
		return path;
	}

	private @Nullable String anonKey(Setting setting) {
		String key = required(setting,
				"Set it to the anon or publishable key of the project's API settings" + orSet("SUPABASE_ANON_KEY")
						+ ". For a bare PostgREST that needs no key, set " + this.pool.property("anon-key")
						+ " to 'none'.");
		if (key.equalsIgnoreCase(NO_KEY)) {
			return null;
		}
		checkCharacters(setting.name(), key);
		check(!ApiKeys.isServiceKey(key),
				"Set it to the project's anon or publishable key. A service key belongs into "
						+ this.pool.property("service-role-key") + ".",
				"%s holds a service key, which bypasses row-level security for everyone.", setting.name());
		return key;
	}

	private static @Nullable String serviceRoleKey(Setting setting, @Nullable String anonKey) {
		String key = setting.value();
		if (key == null) {
			return null;
		}
		checkCharacters(setting.name(), key);
		check(!key.equals(anonKey) && !ApiKeys.isAnonKey(key),
				"Set it to the project's service role or secret key, or leave it out if nothing uses asService().",
				"%s holds the anonymous key.", setting.name());
		return key;
	}

	private static String required(Setting setting, String action) {
		String value = setting.value();
		if (value == null) {
			throw new InvalidPoolConfigurationException(setting.name() + " is not set.", action);
		}
		return value;
	}

	private static void checkCharacters(String name, String key) {
		check(key.chars().allMatch((character) -> character > ' ' && character < 127),
				"Copy it from the project's API settings again.",
				"%s has characters that no key has, such as a space or a line break.", name);
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

	/**
	 * A value and the name under which it was given. Blank counts as not given.
	 */
	private record Setting(String name, @Nullable String value) {

	}

}
