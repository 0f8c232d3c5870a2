package dev.dbpool.postgrest;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.Names;
import org.jspecify.annotations.Nullable;

/**
 * One term of an {@code order} parameter.
 */
final class OrderTerm {

	private static final Pattern RELATED = Pattern.compile("([A-Za-z0-9_$]+)\\(([^()]+)\\)");

	private static final Pattern SUFFIX = Pattern.compile("(?s)[^\"]*\\.(asc|desc|nullsfirst|nullslast)");

	private OrderTerm() {
	}

	static String of(String column, @Nullable Direction direction, @Nullable Nulls nulls) {
		String field = field(column);
		if (direction == null && nulls == null) {
			return field;
		}
		StringBuilder term = new StringBuilder(field);
		if (direction != null) {
			term.append('.').append(direction.name().toLowerCase(Locale.ROOT));
		}
		if (nulls != null) {
			term.append(".nulls").append(nulls.name().toLowerCase(Locale.ROOT));
		}
		return term.toString();
	}

	private static String field(String column) {
		if (Names.isPlain(column)) {
			return ColumnPath.parse(column).field();
		}
		Matcher related = RELATED.matcher(column);
		return related.matches() ? related.group(1) + "(" + local(related.group(2)) + ")" : local(column);
	}

	private static String local(String column) {
		if (SUFFIX.matcher(column).matches()) {
			throw new IllegalArgumentException("The direction is not part of the column in '" + column
					+ "': use order(column, Direction) or order(column, Direction, Nulls)");
		}
		ColumnPath.requireOne(column, "order(\"a\").order(\"b\")");
		return ColumnPath.parse(column).localField(column);
	}

}
