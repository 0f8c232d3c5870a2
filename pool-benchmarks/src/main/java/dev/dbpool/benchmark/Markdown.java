package dev.dbpool.benchmark;

import java.util.Locale;

/**
 * Text of a report, line by line.
 */
public final class Markdown {

	private final StringBuilder text = new StringBuilder();

	/**
	 * Adds a line.
	 * @param line the format of the line
	 * @param values its values
	 */
	public void line(String line, Object... values) {
		this.text.append(String.format(Locale.ROOT, line, values)).append('\n');
	}

	@Override
	public String toString() {
		return this.text.toString();
	}

}
