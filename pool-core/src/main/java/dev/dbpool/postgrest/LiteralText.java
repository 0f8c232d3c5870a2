package dev.dbpool.postgrest;

import java.util.regex.Pattern;

/**
 * Comparisons with a part of a text. By LIKE, which indexes know; by a regular expression
 * where the text has an asterisk, which PostgREST always takes for a pattern's percent
 * sign.
 */
final class LiteralText {

	private static final Pattern LIKE_CHARACTERS = Pattern.compile("[\\\\%_]");

	private static final Pattern REGEX_CHARACTERS = Pattern.compile("[\\p{Punct}]");

	private LiteralText() {
	}

	static Condition start(String column, String text) {
		return hasAsterisk(text) ? Condition.compare(column, "match", "^" + regex(text))
				: Condition.compare(column, "like", pattern(text) + "%");
	}

	static Condition end(String column, String text) {
		return hasAsterisk(text) ? Condition.compare(column, "match", regex(text) + "$")
				: Condition.compare(column, "like", "%" + pattern(text));
	}

	static Condition anywhere(String column, String text) {
		return hasAsterisk(text) ? Condition.compare(column, "match", regex(text))
				: Condition.compare(column, "like", "%" + pattern(text) + "%");
	}

	private static boolean hasAsterisk(String text) {
		return text.indexOf('*') >= 0;
	}

	private static String pattern(String text) {
		return LIKE_CHARACTERS.matcher(text).replaceAll("\\\\$0");
	}

	private static String regex(String text) {
		return REGEX_CHARACTERS.matcher(text).replaceAll("\\\\$0");
	}

}
