package dev.dbpool.transaction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;

import dev.dbpool.postgrest.value.PgArray;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.postgrest.value.StorableText;
import org.jspecify.annotations.Nullable;

/**
 * Values on their way into a transaction: checked, with references taken out, and with
 * bytes as PostgreSQL writes them.
 */
final class Values {

	private final TransactionStatement<?> user;

	private final List<Map<String, Object>> references = new ArrayList<>();

	private final List<String> path = new ArrayList<>();

	private Values(TransactionStatement<?> user) {
		this.user = user;
	}

	/**
	 * Encodes a statement. References go into a list of their own, with the place where
	 * the value belongs, so that no data can look like one; in the order of these places,
	 * since maps may have a different one in each process.
	 */
	static Map<String, @Nullable Object> encode(TransactionStatement<?> statement) {
		Values values = new Values(statement);
		Map<String, @Nullable Object> encoded = values.map(statement.fields());
		if (!values.references.isEmpty()) {
			values.references.sort(Comparator.comparing((reference) -> String.valueOf(reference.get("path"))));
			encoded.put("references", values.references);
		}
		return encoded;
	}

	private @Nullable Object value(@Nullable Object value) {
		if (value instanceof CharSequence text) {
			return StorableText.require(text.toString(), "value in " + this.user.describe() + " at",
					String.join(".", this.path));
		}
		if (value instanceof Reference reference) {
			this.references.add(reference.placedAt(this.path, this.user));
			return null;
		}
		if (value instanceof Map<?, ?> map) {
			return map(map);
		}
		if (value instanceof Row row) {
			return map(row.asMap());
		}
		if (value instanceof Collection<?> collection) {
			this.user.takeOrderOf(collection);
			return list(collection);
		}
		if (value instanceof PgArray array) {
			return list(array.elements());
		}
		if (value instanceof Object[] array) {
			return list(Arrays.asList(array));
		}
		if (value instanceof byte[] bytes) {
			return "\\x" + HexFormat.of().formatHex(bytes);
		}
		return value;
	}

	private Map<String, @Nullable Object> map(Map<?, ?> map) {
		Map<String, @Nullable Object> encoded = new LinkedHashMap<>();
		map.forEach((name, value) -> encoded.put(String.valueOf(name), at(String.valueOf(name), value)));
		return encoded;
	}

	private List<@Nullable Object> list(Collection<?> collection) {
		List<@Nullable Object> encoded = new ArrayList<>(collection.size());
		for (Object element : collection) {
			encoded.add(at(Integer.toString(encoded.size()), element));
		}
		return encoded;
	}

	private @Nullable Object at(String step, @Nullable Object value) {
		this.path.add(step);
		Object encoded = value(value);
		this.path.remove(this.path.size() - 1);
		return encoded;
	}

	/**
	 * Returns whether there are only texts, numbers, truth values, nulls and UUIDs in an
	 * encoded value.
	 */
	static boolean arePlain(@Nullable Object encoded) {
		if (encoded instanceof Map<?, ?> map) {
			return map.values().stream().allMatch(Values::arePlain);
		}
		if (encoded instanceof List<?> list) {
			return list.stream().allMatch(Values::arePlain);
		}
		return encoded == null || encoded instanceof String || encoded instanceof Number || encoded instanceof Boolean
				|| encoded instanceof UUID;
	}

	/**
	 * Refuses a text that PostgreSQL cannot store where the column is known.
	 */
	static void requireStorable(@Nullable Object value, String column) {
		if (value instanceof CharSequence text) {
			StorableText.require(text.toString(), "value for the column", column);
		}
		else if (value instanceof Collection<?> values) {
			values.forEach((element) -> requireStorable(element, column));
		}
	}

	static Collection<Object> rows(Object rows) {
		List<?> list = (rows instanceof Collection<?> collection) ? new ArrayList<>(collection)
				: (rows instanceof Object[] array) ? Arrays.asList(array) : List.of(rows);
		if (list.isEmpty()) {
			throw new IllegalArgumentException("There are no rows to insert");
		}
		List<Object> checked = list.stream().map(Values::row).toList();
		return (rows instanceof Collection<?> collection && !isOrdered(collection)) ? new HashSet<>(checked) : checked;
	}

	/**
	 * Puts the members of a set into an order that does not depend on the process, where
	 * any order will do.
	 */
	static Collection<?> inAnyOrder(Collection<?> values) {
		return isOrdered(values) ? values
				: values.stream().sorted(Comparator.comparing((Object value) -> String.valueOf(value))).toList();
	}

	/**
	 * Returns whether a collection has the same order in each process. Sets of the JDK
	 * that are known to have it are those that sort their members, keep the order of
	 * insertion, or hold constants of an enum.
	 */
	static boolean isOrdered(Collection<?> collection) {
		return !(collection instanceof Set<?>) || collection instanceof SortedSet<?>
				|| collection instanceof LinkedHashSet<?> || collection instanceof EnumSet<?> || collection.size() < 2;
	}

	static Object row(@Nullable Object row) {
		if (row == null) {
			throw new IllegalArgumentException("A row is null");
		}
		if (row instanceof CharSequence || row instanceof Number || row instanceof Boolean
				|| row instanceof Collection<?> || row.getClass().isArray()) {
			throw new IllegalArgumentException(
					"A row is a map, a Row, or an object such as a record, and not a " + row.getClass().getName());
		}
		return row;
	}

	static List<String> names(String... columns) {
		if (columns.length == 0) {
			throw new IllegalArgumentException("No column is named");
		}
		return Arrays.stream(columns).map((column) -> requireText(column, "column")).toList();
	}

	static String requireText(String name, String kind) {
		if (name.isBlank()) {
			throw new IllegalArgumentException("The " + kind + " name is blank");
		}
		return StorableText.require(name, kind + " name", name);
	}

	static long requireNotNegative(String what, long value) {
		if (value < 0) {
			throw new IllegalArgumentException("The " + what + " is negative: " + value);
		}
		return value;
	}

}
