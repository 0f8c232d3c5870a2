package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.Names;
import org.jspecify.annotations.Nullable;

/**
 * A column as callers write it: {@code name}, {@code embedded.name},
 * {@code data->address->>city}, or any of the names in double quotes. What has none of
 * these forms is one name, and is quoted: so no column can be taken for an operator, a
 * reserved parameter, or a second condition.
 *
 * @param embedded the embedded resources that lead to the column, each as PostgREST reads
 * it
 * @param field the column and its JSON path, as PostgREST reads it
 */
record ColumnPath(List<String> embedded, String field) {

	private static final int MAX_LENGTH = 1000;

	private static final String QUOTED = "\"(?:[^\"\\\\]|\\\\.)+\"";

	private static final Pattern QUOTED_PART = Pattern.compile("\"(?:[^\"\\\\]++|\\\\.)++\"", Pattern.DOTALL);

	private static final Pattern SQL_KEY = Pattern.compile("(->>?)\\s*'([^']*)'?");

	private static final Pattern NAME = Pattern.compile(QUOTED + "|(?:(?!->)[^.\"])+", Pattern.DOTALL);

	private static final Pattern KEY = Pattern.compile("(->>?)(" + QUOTED + "|(?:(?!->)[^.\">])+)", Pattern.DOTALL);

	private static final Pattern INDEX = Pattern.compile("-?[0-9]+");

	static ColumnPath parse(String column) {
		Names.requireText(column, "column");
		if (column.length() > MAX_LENGTH) {
			throw new IllegalArgumentException("A column of " + column.length() + " characters is no column");
		}
		if (Names.isPlain(column)) {
			return new ColumnPath(List.of(), Names.column(column));
		}
		requireKeysOfPostgrest(column);
		ColumnPath path = parsePath(column);
		return (path != null) ? path : new ColumnPath(List.of(), Names.column(column));
	}

	/**
	 * Refuses SQL's spelling of a path into JSON, in which the quotes would become a part
	 * of the key: PostgREST would find nothing.
	 */
	static void requireKeysOfPostgrest(String text) {
		if (text.indexOf('\'') < 0) {
			return;
		}
		Matcher key = SQL_KEY.matcher(QUOTED_PART.matcher(text).replaceAll("\"\""));
		if (key.find()) {
			throw new IllegalArgumentException("'" + text + "' has a JSON key in single quotes, as in SQL. Write "
					+ key.group(1) + key.group(2) + " without quotes. A key that begins with a single quote is written"
					+ " in double quotes");
		}
	}

	/**
	 * Refuses what looks like several columns where one is named.
	 * @param hint how to name several, for the message
	 */
	static void requireOne(String column, String hint) {
		if (QUOTED_PART.matcher(column).replaceAll("").indexOf(',') >= 0) {
			throw new IllegalArgumentException("'" + column + "' names several columns where one is expected: write "
					+ hint + ". The name of a column that has a comma in it is written in double quotes");
		}
	}

	private static @Nullable ColumnPath parsePath(String column) {
		List<String> names = new ArrayList<>();
		Matcher name = NAME.matcher(column);
		int position = 0;
		while (true) {
			if (!name.region(position, column.length()).lookingAt()) {
				return null;
			}
			names.add(Names.column(name.group()));
			position = name.end();
			if (position == column.length() || column.charAt(position) != '.') {
				break;
			}
			position++;
		}
		StringBuilder field = new StringBuilder(names.remove(names.size() - 1));
		Matcher key = KEY.matcher(column);
		while (position < column.length()) {
			if (!key.region(position, column.length()).lookingAt()) {
				return null;
			}
			field.append(key.group(1)).append(key(key.group(2)));
			position = key.end();
		}
		return new ColumnPath(List.copyOf(names), field.toString());
	}

	private static String key(String key) {
		boolean asItIs = Names.isPlain(key) || Names.isQuoted(key) || INDEX.matcher(key).matches();
		return asItIs ? key : Names.quote(key);
	}

	boolean isEmbedded() {
		return !this.embedded.isEmpty();
	}

	/**
	 * Whether PostgREST might take this for a column of an embedded resource though it is
	 * none: some versions look for a dot in the key without regard to quotes, and a write
	 * would then lose its filter.
	 */
	boolean hasMisleadingDot() {
		return !isEmbedded() && this.field.indexOf('.') >= 0;
	}

	String key() {
		return isEmbedded() ? String.join(".", this.embedded) + "." + this.field : this.field;
	}

	/**
	 * The field alone, where PostgREST knows no path of embedded resources.
	 */
	String localField(String column) {
		if (isEmbedded()) {
			throw new IllegalArgumentException("The column '" + column
					+ "' is one of an embedded resource, which cannot be named here. Put a column name with a dot in double quotes");
		}
		return this.field;
	}

}
