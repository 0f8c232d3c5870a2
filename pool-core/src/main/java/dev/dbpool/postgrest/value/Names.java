package dev.dbpool.postgrest.value;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.springframework.web.util.UriUtils;

/**
 * Names and text on their way into a URL: checked, quoted as PostgREST reads it, and
 * percent-encoded.
 */
public final class Names {

	private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)+\"", Pattern.DOTALL);

	private static final Set<String> RESERVED = Set.of("select", "columns", "on_conflict", "order", "limit", "offset",
			"and", "or", "not");

	private static final String KEPT = "-._~*,():";

	private static final HexFormat HEX = HexFormat.of().withUpperCase();

	private Names() {
	}

	/**
	 * Encodes all but the characters that mean nothing in a query: {@code ;} and
	 * {@code +} do for some servers.
	 * @param text the text
	 * @return the text, percent-encoded
	 */
	public static String encode(String text) {
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
	 * @param text the text
	 * @return whether it needs no quotes
	 */
	public static boolean isPlain(String text) {
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

	/**
	 * A name as a part of a path.
	 * @param name the name
	 * @param kind what it is the name of, for messages
	 * @return the name, percent-encoded
	 * @throws IllegalArgumentException if it cannot be a part of a path
	 */
	public static String path(String name, String kind) {
		requireText(name, kind);
		if (name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
			throw new IllegalArgumentException("The " + kind + " name '" + name + "' cannot be part of a path");
		}
		return UriUtils.encode(name, StandardCharsets.UTF_8);
	}

	/**
	 * Columns as PostgREST reads a list of them.
	 * @param names the names
	 * @return the names, quoted where they need it, with commas between them
	 * @throws IllegalArgumentException if there is none, or one is blank
	 */
	public static String columns(Collection<String> names) {
		if (names.isEmpty()) {
			throw new IllegalArgumentException("No column is named");
		}
		return names.stream().map((name) -> {
			requireText(name, "column");
			return column(name);
		}).collect(Collectors.joining(","));
	}

	/**
	 * The columns that a request must list, since not all of its rows have the same ones.
	 * @param columns the columns of each row
	 * @return all columns, or empty when every row has the same ones
	 */
	public static Optional<Set<String>> differing(List<Set<String>> columns) {
		Set<String> all = new LinkedHashSet<>();
		columns.forEach(all::addAll);
		return columns.stream().allMatch((some) -> some.size() == all.size()) ? Optional.empty() : Optional.of(all);
	}

	/**
	 * One name as PostgREST reads it: quoted unless it is plain or quoted already.
	 * @param name the name
	 * @return the name, quoted where it needs it
	 */
	public static String column(String name) {
		boolean asItIs = (isPlain(name) && !RESERVED.contains(name)) || isQuoted(name);
		return asItIs ? name : quote(name);
	}

	/**
	 * Whether a name is in double quotes.
	 * @param name the name
	 * @return whether all of it is one quoted name
	 */
	public static boolean isQuoted(String name) {
		return name.startsWith("\"") && QUOTED.matcher(name).matches();
	}

	/**
	 * Checks a name.
	 * @param name the name
	 * @param kind what it is the name of, for messages
	 * @return the name
	 * @throws IllegalArgumentException if it is blank, or PostgreSQL cannot store it
	 */
	public static String requireText(String name, String kind) {
		if (name.isBlank()) {
			throw new IllegalArgumentException("The " + kind + " name is blank");
		}
		return StorableText.isStorable(name) ? name : StorableText.require(name, kind + " name", name);
	}

	/**
	 * Quotes as PostgREST does: in double quotes, with a backslash before double quotes
	 * and backslashes.
	 * @param text the text
	 * @return the text in double quotes
	 */
	public static String quote(String text) {
		return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
	}

}
