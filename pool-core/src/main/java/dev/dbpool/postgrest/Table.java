package dev.dbpool.postgrest;

import dev.dbpool.postgrest.http.PostgrestExchange;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * A table or view. Immutable.
 */
public final class Table {

	private final PostgrestExchange exchange;

	private final String path;

	private final @Nullable String schema;

	Table(PostgrestExchange exchange, String path, @Nullable String schema) {
		this.exchange = exchange;
		this.path = path;
		this.schema = schema;
	}

	/**
	 * Reads rows, all columns of them.
	 * @return the query
	 */
	public Select select() {
		return select("*");
	}

	/**
	 * Reads rows.
	 * @param columns what PostgREST's {@code select} takes: columns, embedded resources
	 * such as {@code owner(name)}, aliases, casts, aggregates; may be given as one text
	 * or as several
	 * @return the query
	 */
	public Select select(String... columns) {
		return new Select(call(RequestSpec.table(HttpMethod.GET, this.path, this.schema))).select(columns);
	}

	/**
	 * Reads rows.
	 * @param first a column or an embedded resource
	 * @param more more of them
	 * @return the query
	 */
	public Select select(Selectable first, Selectable... more) {
		return new Select(call(RequestSpec.table(HttpMethod.GET, this.path, this.schema))).select(first, more);
	}

	/**
	 * Adds rows.
	 * @param rows a map, record or bean, or a collection or array of them; a string is
	 * sent as it is, as JSON text
	 * @return the write
	 */
	public Insert insert(Object rows) {
		return new Insert(call(RowBodies.insert(this.path, this.schema, rows)));
	}

	/**
	 * Adds rows, or updates those that are there.
	 * @param rows a map, record or bean, or a collection or array of them; a string is
	 * sent as it is, as JSON text
	 * @return the write
	 */
	public Upsert upsert(Object rows) {
		return new Upsert(UpsertBuilder.merging(call(RowBodies.insert(this.path, this.schema, rows))));
	}

	/**
	 * Updates rows. Needs a filter.
	 * @param values the columns to set: a map, record or bean; a string is sent as it is,
	 * as JSON text
	 * @return the write
	 */
	public FilteredWrite update(Object values) {
		return new FilteredWrite(call(RowBodies.update(this.path, this.schema, values)));
	}

	/**
	 * Deletes rows. Needs a filter.
	 * @return the write
	 */
	public FilteredWrite delete() {
		return new FilteredWrite(call(RequestSpec.table(HttpMethod.DELETE, this.path, this.schema)));
	}

	private Call call(RequestSpec spec) {
		return new Call(this.exchange, spec);
	}

}
