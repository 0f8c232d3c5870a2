package dev.dbpool.client;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.dbpool.postgrest.Arrangement;
import dev.dbpool.postgrest.Filters;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * The columns by which the rows of a table are found. Immutable.
 *
 * @param columns their names, as filters take them
 * @param encoder encodes ids that are objects
 */
record EntityKey(List<String> columns, RowEncoder encoder) {

	static EntityKey of(RowEncoder encoder, String first, String... more) {
		return new EntityKey(columns(first, more), encoder);
	}

	EntityKey by(String first, String... more) {
		return new EntityKey(columns(first, more), this.encoder);
	}

	private static List<String> columns(String first, String... more) {
		String[] columns = new String[more.length + 1];
		columns[0] = first;
		System.arraycopy(more, 0, columns, 1, more.length);
		Assert.isTrue(Arrays.stream(columns).distinct().count() == columns.length,
				() -> "the key " + Arrays.toString(columns) + " names a column twice");
		return List.of(columns);
	}

	/**
	 * The columns as the rows name them, without quotes.
	 */
	String[] names() {
		return this.columns.stream().map(EntityKey::bare).toArray(String[]::new);
	}

	/**
	 * The column of a key that has one, as the rows name it.
	 */
	String name() {
		return bare(this.columns.get(0));
	}

	private static String bare(String column) {
		return (column.length() > 1 && column.startsWith("\""))
				? column.substring(1, column.length() - 1).replaceAll("\\\\(.)", "$1") : column;
	}

	/**
	 * Returns whether the rows of several such ids can be read together.
	 */
	boolean isBatchable(Object id) {
		return this.columns.size() == 1 && BatchLoader.isBatchable(id);
	}

	/**
	 * The row that has an id.
	 */
	<F extends Filters<F>> F one(F rows, Object id) {
		F matching = rows;
		for (Map.Entry<String, Object> column : values(id).entrySet()) {
			matching = matching.eq(column.getKey(), column.getValue());
		}
		return matching;
	}

	/**
	 * The rows that have one of some ids.
	 */
	<F extends Filters<F>> F any(F rows, Collection<?> ids) {
		if (this.columns.size() == 1 || ids.isEmpty()) {
			return rows.in(this.columns.get(0), ids);
		}
		return rows.or((any) -> {
			for (Object id : ids) {
				any = any.and((all) -> one(all, id));
			}
			return any;
		});
	}

	/**
	 * Orders rows that are equal so far.
	 */
	<A extends Arrangement<A>> A order(A rows) {
		A ordered = rows;
		for (String column : this.columns) {
			ordered = ordered.order(column);
		}
		return ordered;
	}

	private Map<String, Object> values(Object id) {
		if (this.columns.size() == 1) {
			return Map.of(this.columns.get(0), id);
		}
		if (id instanceof Collection<?> values) {
			return inOrder(values);
		}
		return (id instanceof Object[] values) ? inOrder(Arrays.asList(values)) : byName(id);
	}

	private Map<String, Object> inOrder(Collection<?> values) {
		Assert.isTrue(values.size() == this.columns.size(),
				() -> "an id of " + values.size() + " values was given for the key " + this.columns);
		Map<String, Object> id = new LinkedHashMap<>();
		Iterator<?> next = values.iterator();
		this.columns.forEach((column) -> id.put(column, value(column, next.next())));
		return id;
	}

	private Map<String, Object> byName(Object id) {
		Assert.isTrue(!(id instanceof CharSequence || id instanceof Number),
				() -> "an id of one value was given for the key " + this.columns + ". Give a list of the values,"
						+ " or a map, record or bean that names them");
		Map<String, Object> encoded = new HashMap<>();
		this.encoder.encode(id).forEach((column, value) -> encoded.put(bare(column), value));
		Map<String, Object> values = new LinkedHashMap<>();
		this.columns.forEach((column) -> values.put(column, value(column, encoded.get(bare(column)))));
		return values;
	}

	private Object value(String column, @Nullable Object value) {
		if (value == null) {
			throw new IllegalArgumentException("the id has no value for '" + column + "' of the key " + this.columns);
		}
		return value;
	}

}
