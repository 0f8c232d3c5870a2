package dev.dbpool.postgrest.http;

import java.util.regex.Pattern;

/**
 * Text that servers wrote, on its way into messages and logs. Control characters could
 * forge lines of a log, or command the terminal that shows it.
 */
final class ForeignText {

	/**
	 * Control characters, separators of lines, and the characters that change the
	 * direction of the text around them.
	 */
	private static final Pattern UNPRINTABLE = Pattern
		.compile("[\\p{Cc}\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]");

	private ForeignText() {
	}

	static boolean isPrintable(String text) {
		return !UNPRINTABLE.matcher(text).find();
	}

	/**
	 * Escapes what cannot be printed as Java writes it in a string.
	 */
	static String printable(String text) {
		return UNPRINTABLE.matcher(text).replaceAll((found) -> switch (found.group().charAt(0)) {
			case '\n' -> "\\\\n";
			case '\r' -> "\\\\r";
			case '\t' -> "\\\\t";
			default -> "\\\\u%04x".formatted((int) found.group().charAt(0));
		});
	}

}
