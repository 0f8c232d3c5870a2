package dev.dbpool.postgrest;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.springframework.http.HttpHeaders;
import org.springframework.web.util.UriUtils;

/**
 * Names and text on their way into a URL: checked, quoted as PostgREST reads it, and
 * percent-encoded.
 */
final class Names {

	private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

	private static final String KEPT = "-._~*,():";

	private static final HexFormat HEX = HexFormat.of().withUpperCase();

	private Names() {
	}

	/**
	 * Encodes all but the characters that mean nothing in a query: {@code ;} and
	 * {@code +} do for some servers.
	 */
	static String encode(String text) {
		int kept = 0;
		while (kept < text.length() && isKept(text.charAt(kept))) {
			kept++;
		}
		return (kept == text.length()) ? text : encodeBytes(text.getBytes(StandardCharsets.UTF_8));
	}

	private static String encodeBytes(byte[] bytes) {
		StringBuilder encoded = new StringBuilder(bytes.length + 16);
		for (byte character : bytes) {
			if (isKept((char) character)) {
				encoded.append((char) character);
			}
			else {
				encoded.append('%').append(HEX.toHexDigits(character));
			}
		}
		return encoded.toString();
	}

	private static boolean isKept(char character) {
		return isAsciiLetterOrDigit(character) || KEPT.indexOf(character) >= 0;
	}

	/**
	 * Whether a text consists of letters, digits, underscores and dollar signs, as the
	 * names of columns usually do.
	 */
	static boolean isPlain(String text) {
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (!isAsciiLetterOrDigit(character) && character != '_' && character != '$') {
				return false;
			}
		}
		return !text.isEmpty();
	}

	private static boolean isAsciiLetterOrDigit(char character) {
		return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z')
				|| (character >= '0' && character <= '9');
	}

	static String path(String name, String kind) {
		requireText(name, kind);
		if (name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
			throw new IllegalArgumentException("The " + kind + " name '" + name + "' cannot be part of a path");
		}
		return UriUtils.encode(name, StandardCharsets.UTF_8);
	}

	static String schema(String name) {
		requireText(name, "schema");
		return headerValue("Accept-Profile", name);
	}

	static String headerName(String name) {
		if (!HEADER_NAME.matcher(name).matches()) {
			throw new IllegalArgumentException("'" + name + "' is no name of an HTTP header");
		}
		return name;
	}

	/**
	 * Checks a header's value; the message does not repeat it, since it may be a secret.
	 */
	static String headerValue(String name, String value) {
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
	 * Headers whose values are sent as UTF-8: HTTP clients write each character of a
	 * value as one byte.
	 */
	static HttpHeaders onTheWire(HttpHeaders headers) {
		HttpHeaders encoded = new HttpHeaders();
		headers.forEach((name, values) -> values.forEach((value) -> encoded.add(name,
				new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))));
		return encoded;
	}

	static String columns(Collection<String> names) {
		if (names.isEmpty()) {
			throw new IllegalArgumentException("No column is named");
		}
		return names.stream().map((name) -> {
			requireText(name, "column");
			return ColumnPath.name(name);
		}).collect(Collectors.joining(","));
	}

	static String requireText(String name, String kind) {
		if (name.isBlank()) {
			throw new IllegalArgumentException("The " + kind + " name is blank");
		}
		return StorableText.require(name, kind + " name", name);
	}

	/**
	 * Quotes as PostgREST does: in double quotes, with a backslash before double quotes
	 * and backslashes.
	 */
	static String quote(String text) {
		return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
	}

}
