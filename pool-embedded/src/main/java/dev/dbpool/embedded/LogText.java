package dev.dbpool.embedded;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What a server has written so far.
 */
record LogText(String text) {

	private static final int TAIL_LINES = 15;

	/**
	 * The last lines, for an error message.
	 */
	String tail() {
		List<String> lines = this.text.lines().toList();
		return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
	}

	/**
	 * How many lines have a text in them that matches.
	 */
	long count(Pattern pattern) {
		return this.text.lines().filter((line) -> pattern.matcher(line).find()).count();
	}

}
