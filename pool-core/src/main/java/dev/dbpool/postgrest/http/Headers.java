package dev.dbpool.postgrest.http;

import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.Names;
import dev.dbpool.postgrest.value.StorableText;
import org.jspecify.annotations.Nullable;

/**
 * Names and values of HTTP headers, checked before they are sent.
 */
public final class Headers {

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

	private Headers() {
	}

	/**
	 * Checks the name of a header.
	 * @param name the name
	 * @return the name
	 * @throws IllegalArgumentException if HTTP has no header of this name
	 */
	public static String requireName(String name) {
		if (!NAME.matcher(name).matches()) {
			throw new IllegalArgumentException("'" + name + "' is no name of an HTTP header");
		}
		return name;
	}

	/**
	 * Checks the value of a header. The message does not repeat it, since it may be a
	 * secret.
	 * @param name the name of the header
	 * @param value its value
	 * @return the value
	 * @throws IllegalArgumentException if it would not arrive as it is
	 */
	public static String requireValue(String name, String value) {
		if (value.chars().anyMatch((character) -> character < ' ' || character == 127)) {
			throw new IllegalArgumentException("The value of the header '" + name + "' has a control character in it");
		}
		if (value.startsWith(" ") || value.endsWith(" ")) {
			throw new IllegalArgumentException(
					"The value of the header '" + name + "' begins or ends with a space, which servers remove");
		}
		return StorableText.require(value, "value of the header", name);
	}

	/**
	 * Checks the name of a schema, which is sent in a header.
	 * @param name the name
	 * @return the name
	 * @throws IllegalArgumentException if it cannot be sent
	 */
	public static String requireSchema(String name) {
		return requireValue("Accept-Profile", Names.requireText(name, "schema"));
	}

	/**
	 * Whether a server refuses a token as invalid or expired, rather than asks for one.
	 * @param challenge the {@code WWW-Authenticate} header of an answer with status 401,
	 * {@code null} without one
	 * @return whether another token may help
	 */
	public static boolean refuseToken(@Nullable String challenge) {
		return challenge != null && challenge.contains("invalid_token");
	}

}
