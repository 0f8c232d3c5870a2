package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * A key of a project, as it was configured. Refuses what cannot be one, and never shows
 * it.
 */
final class ProjectKey {

	private static final Pattern STAND_IN = Pattern
		.compile("(?i)null|nil|undefined|true|false|changeme|change-me|todo|x+|\\*+|\\.+|<.*>|\\[.*]|your[-_ ]?.*");

	private static final Pattern PROJECT_HOST = Pattern.compile("([a-z0-9]+)\\.supabase\\.co");

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	private final String name;

	private final @Nullable JsonNode claims;

	private ProjectKey(String name, String key) {
		this.name = name;
		this.claims = claims(name, key);
	}

	/**
	 * Takes a key.
	 * @param setting where the key was given
	 * @param key the key
	 * @throws InvalidPoolConfigurationException if it is no key of a project
	 */
	static ProjectKey of(Setting setting, String key) {
		String name = setting.name();
		setting.requireUnquoted(key);
		check(!key.regionMatches(true, 0, "Bearer ", 0, 7), "Leave out 'Bearer', the key alone is needed.",
				"%s begins with 'Bearer'.", name);
		check(!STAND_IN.matcher(key).matches(), "Copy the key from the project's API settings.",
				"%s holds a stand-in, not a key.", name);
		check(key.chars().allMatch((character) -> character > ' ' && character < 127),
				"Copy it from the project's API settings again.",
				"%s has characters that no key has, such as a space or a line break.", name);
		check(!key.contains("://"), "Copy the key from the project's API settings.", "%s holds a URL, not a key.",
				name);
		check(!key.startsWith("sbp_"), "Copy the key from the project's API settings.",
				"%s holds a personal access token of Supabase, not a key of the project.", name);
		return new ProjectKey(name, key);
	}

	private static @Nullable JsonNode claims(String name, String key) {
		String[] parts = key.split("\\.", -1);
		JsonNode claims = (parts.length == 3 && !parts[2].isEmpty()) ? json(parts[1]) : null;
		check(claims != null || !key.startsWith("eyJ"),
				"Copy it from the project's API settings again, all of it and in one line.",
				"%s holds a JWT that is cut off or damaged.", name);
		return claims;
	}

	private static @Nullable JsonNode json(String part) {
		try {
			JsonNode json = MAPPER.readTree(Base64.getUrlDecoder().decode(part));
			return json.isObject() ? json : null;
		}
		catch (IllegalArgumentException | JacksonException ex) {
			return null;
		}
	}

	/**
	 * Refuses the JWT of a user, which expires and acts as that user.
	 */
	void checkNoUser(String keys) {
		check(!claim("role").equals("authenticated"),
				"Set it to the project's " + keys + " key. Pass a user's JWT to asUser(…) instead.",
				"%s holds the JWT of a user (role 'authenticated'), not a key of the project.", this.name);
	}

	/**
	 * Refuses the legacy key of another project than that of the URL.
	 */
	void checkProject(String urlName, URI url) {
		var host = PROJECT_HOST.matcher(url.getHost());
		String project = claim("ref");
		check(project.isEmpty() || !host.matches() || host.group(1).equals(project),
				"Take both from the same project's API settings.",
				"%s is a key of the project '%s', but %s is the URL of the project '%s'.", this.name, project, urlName,
				host.matches() ? host.group(1) : "");
	}

	/**
	 * Returns when the key expires, or nothing if it does not.
	 */
	Optional<Instant> expiry() {
		try {
			return Optional.ofNullable(this.claims)
				.map((claims) -> claims.path("exp"))
				.filter(JsonNode::isNumber)
				.map((seconds) -> Instant.ofEpochSecond(seconds.longValue()));
		}
		catch (DateTimeException ex) {
			return Optional.empty();
		}
	}

	private String claim(String claim) {
		return (this.claims != null) ? this.claims.path(claim).asString("") : "";
	}

	String name() {
		return this.name;
	}

}
