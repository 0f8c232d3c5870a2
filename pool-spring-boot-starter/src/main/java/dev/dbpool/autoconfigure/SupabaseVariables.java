package dev.dbpool.autoconfigure;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * The environment variables of a Supabase project that set the connection of the default
 * pool where its own properties do not. The first that is not blank counts. A new key
 * comes before a legacy one, which Supabase retires at the end of 2026, and a variable of
 * the server before one of a browser's build. A service key is never taken from a
 * variable that a build puts into the browser.
 */
public enum SupabaseVariables {

	/**
	 * Those of {@code db.pool.url}.
	 */
	URL("url", "SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL", "VITE_SUPABASE_URL"),

	/**
	 * Those of {@code db.pool.anon-key}.
	 */
	ANON_KEY("anon-key", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY", "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY",
			"NEXT_PUBLIC_SUPABASE_ANON_KEY", "VITE_SUPABASE_PUBLISHABLE_KEY", "VITE_SUPABASE_ANON_KEY", "SUPABASE_KEY"),

	/**
	 * Those of {@code db.pool.service-role-key}.
	 */
	SERVICE_ROLE_KEY("service-role-key", "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_KEY");

	private final List<String> names;

	private final String property;

	SupabaseVariables(String property, String... names) {
		this.property = property;
		this.names = List.of(names);
	}

	/**
	 * Returns the names, the one that counts first at the head.
	 */
	List<String> names() {
		return this.names;
	}

	/**
	 * Returns the names to suggest: of a new project, and of an older one.
	 */
	List<String> essential() {
		return this.names.stream().filter((name) -> name.startsWith("SUPABASE_")).limit(2).toList();
	}

	/**
	 * Returns the name under which the default pool is given the value.
	 * @param environment where to look
	 * @return the property, or the first variable that is set, or {@code null} if none is
	 */
	public @Nullable String findName(Environment environment) {
		String name = property(PoolConfiguration.DEFAULT_POOL);
		return (PoolBinder.property(environment, name) != null) ? name : find(environment);
	}

	/**
	 * Returns the property of a pool that comes before the variables.
	 */
	String property(String pool) {
		return PoolConfiguration.prefix(pool) + "." + this.property;
	}

	/**
	 * Returns the name of the first variable that is set.
	 * @return the name, or {@code null} if none is
	 */
	@Nullable String find(Environment environment) {
		return this.names.stream()
			.filter((name) -> PoolBinder.variable(environment, name) != null)
			.findFirst()
			.orElse(null);
	}

}
