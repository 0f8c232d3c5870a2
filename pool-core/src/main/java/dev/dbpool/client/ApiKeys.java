package dev.dbpool.client;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.http.RequestHeaders;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * The keys of a Supabase project, or of a bare PostgREST, and the headers that they make
 * for an identity. Keys show in no message and not in {@code toString}.
 * <p>
 * A legacy key is a JWT and is sent in {@code apikey} and as bearer token. A new key
 * ({@code sb_publishable_…}, {@code sb_secret_…}) is none and goes into {@code apikey}
 * only.
 */
public final class ApiKeys {

	/** The header of a key. */
	static final String HEADER = "apikey";

	private static final String SECRET_KEY_PREFIX = "sb_secret_";

	private static final Pattern JWT = Pattern.compile("[\\w-]+\\.([\\w-]+)\\.[\\w-]*");

	private static final String PUBLISHABLE_KEY_PREFIX = "sb_publishable_";

	private static final Pattern POWERLESS_ROLE = Pattern.compile("\"role\"\\s*:\\s*\"(anon|authenticated)\"");

	private static final Pattern SERVICE_ROLE = Pattern.compile("\"role\"\\s*:\\s*\"service_role\"");

	private static final int SHORTEST_SECRET = 8;

	private final @Nullable String anonKey;

	private final @Nullable String serviceKey;

	private final RequestHeaders anonHeaders;

	private final @Nullable RequestHeaders serviceHeaders;

	private ApiKeys(@Nullable String anonKey, @Nullable String serviceKey) {
		this.anonKey = anonKey;
		this.serviceKey = serviceKey;
		this.anonHeaders = (anonKey != null) ? headers(anonKey) : RequestHeaders.NONE;
		this.serviceHeaders = (serviceKey != null) ? headers(serviceKey) : null;
	}

	/**
	 * Takes the keys of a project.
	 * @param anonKey the anonymous or publishable key
	 * @param serviceKey the service role or secret key, or {@code null} if the
	 * application has no need of it
	 * @return the keys
	 * @throws IllegalArgumentException if a key is blank or malformed, or the anonymous
	 * key is a service key
	 */
	public static ApiKeys of(String anonKey, @Nullable String serviceKey) {
		check("anonymous", anonKey);
		if (isServiceKey(anonKey)) {
			throw new IllegalArgumentException("the anonymous key is a service key, which bypasses row-level security. "
					+ "Use the project's anon or publishable key there");
		}
		checkServiceKey(serviceKey);
		return new ApiKeys(anonKey, serviceKey);
	}

	/**
	 * Takes no key for anonymous access, as a bare PostgREST without a gateway allows.
	 * @param serviceKey the service role key, or {@code null} if the application has no
	 * need of it
	 * @return the keys
	 */
	public static ApiKeys withoutAnonKey(@Nullable String serviceKey) {
		checkServiceKey(serviceKey);
		return new ApiKeys(null, serviceKey);
	}

	private static void checkServiceKey(@Nullable String key) {
		if (key == null) {
			return;
		}
		check("service role", key);
		if (isAnonKey(key)) {
			throw new IllegalArgumentException("the service role key is an anonymous key, under which row-level "
					+ "security applies. Use the project's service role or secret key there, or none");
		}
	}

	private static void check(String name, String key) {
		if (key.isBlank()) {
			throw new IllegalArgumentException(
					"the " + name + " key is blank. Copy it from the project's API settings");
		}
		if (!key.chars().allMatch((character) -> character > ' ' && character < 127)) {
			throw new IllegalArgumentException("the " + name
					+ " key has characters that no key has, such as a space or a line break. Copy it again");
		}
	}

	/**
	 * Returns whether a key is one that bypasses row-level security: a new secret key, or
	 * a JWT with the role {@code service_role}.
	 * @param key the key
	 * @return whether it is a service key
	 */
	public static boolean isServiceKey(String key) {
		return key.startsWith(SECRET_KEY_PREFIX) || SERVICE_ROLE.matcher(payload(key)).find();
	}

	/**
	 * Returns whether a key is one that does not bypass row-level security: a new
	 * publishable key, or a JWT with the role {@code anon} or {@code authenticated}.
	 * @param key the key
	 * @return whether it is no service key
	 */
	public static boolean isAnonKey(String key) {
		return key.startsWith(PUBLISHABLE_KEY_PREFIX) || POWERLESS_ROLE.matcher(payload(key)).find();
	}

	private static String payload(String key) {
		Matcher jwt = JWT.matcher(key);
		if (!jwt.matches()) {
			return "";
		}
		try {
			return new String(Base64.getUrlDecoder().decode(jwt.group(1)), StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			return "";
		}
	}

	/**
	 * Returns whether there is an anonymous key.
	 * @return {@code false} for a bare PostgREST that needs none
	 */
	public boolean hasAnonKey() {
		return this.anonKey != null;
	}

	/**
	 * Returns whether there is a service role key.
	 * @return whether {@code asService()} can be used
	 */
	public boolean hasServiceKey() {
		return this.serviceHeaders != null;
	}

	/**
	 * Returns whether a text shows a key, so that it must not be shown itself. Keys of
	 * fewer than 8 characters are no secrets, and are not looked for.
	 * @param text the text
	 * @return whether a key is part of it
	 */
	public boolean appearIn(String text) {
		return isPart(this.anonKey, text) || isPart(this.serviceKey, text);
	}

	private static boolean isPart(@Nullable String key, String text) {
		return key != null && key.length() >= SHORTEST_SECRET && text.contains(key);
	}

	/**
	 * Returns the headers for an identity.
	 * @throws IllegalStateException if there is no key for it
	 */
	RequestHeaders headersFor(Identity identity) {
		return switch (identity.kind()) {
			case ANON -> this.anonHeaders;
			case SERVICE -> Optional.ofNullable(this.serviceHeaders)
				.orElseThrow(() -> new IllegalStateException(
						"There is no service role key. Set it, or do not use asService()"));
			case USER -> userHeaders(identity.token());
		};
	}

	/**
	 * Removes whatever names an identity, so that only the identity of a request does.
	 */
	static void removeFrom(HttpHeaders headers) {
		headers.remove(HEADER);
		headers.remove(HttpHeaders.AUTHORIZATION);
	}

	private RequestHeaders userHeaders(String jwt) {
		String bearer = "Bearer " + jwt;
		return (this.anonKey != null) ? RequestHeaders.of(HEADER, this.anonKey, HttpHeaders.AUTHORIZATION, bearer)
				: RequestHeaders.of(HttpHeaders.AUTHORIZATION, bearer);
	}

	private static RequestHeaders headers(String key) {
		return JWT.matcher(key).matches() ? RequestHeaders.of(HEADER, key, HttpHeaders.AUTHORIZATION, "Bearer " + key)
				: RequestHeaders.of(HEADER, key);
	}

	@Override
	public String toString() {
		return "ApiKeys[anon " + (hasAnonKey() ? "set" : "none") + ", service " + (hasServiceKey() ? "set" : "none")
				+ "]";
	}

}
