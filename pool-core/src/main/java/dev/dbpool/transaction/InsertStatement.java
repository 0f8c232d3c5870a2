package dev.dbpool.transaction;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Adds rows, or updates those that are there. A column that a row does not name gets its
 * default.
 */
public final class InsertStatement extends TransactionStatement<InsertStatement> {

	InsertStatement(Batch batch, String kind, String table, @Nullable String schema, Object rows) {
		super(batch, kind, "table", table, schema);
		put("rows", Values.rows(rows));
	}

	@Override
	InsertStatement self() {
		return this;
	}

	/**
	 * Sets a column in each of the rows, whatever it is there.
	 * @param column the column
	 * @param value its value, or a {@link Reference}
	 * @return this statement
	 */
	public InsertStatement with(String column, @Nullable Object value) {
		Map<String, @Nullable Object> values = new LinkedHashMap<>();
		if (get("with") instanceof Map<?, ?> before) {
			before.forEach((name, known) -> values.put(String.valueOf(name), known));
		}
		values.put(Values.requireText(column, "column"), value);
		return put("with", values);
	}

	/**
	 * Leaves out all columns but some, such as those that an object has as null and the
	 * database is to fill.
	 * @param columns the columns to write, beside those of {@link #with}
	 * @return this statement
	 */
	public InsertStatement columns(String... columns) {
		return put("columns", Values.names(columns));
	}

	/**
	 * Names the columns of the unique constraint by which rows of an upsert are the same.
	 * Without, it is the primary key.
	 * @param columns the columns
	 * @return this statement
	 * @throws IllegalStateException if this is no upsert
	 */
	public InsertStatement onConflict(String... columns) {
		requireUpsert();
		return put("on_conflict", Values.names(columns));
	}

	/**
	 * Leaves rows that are there as they are, and does not return them.
	 * @return this statement
	 * @throws IllegalStateException if this is no upsert
	 */
	public InsertStatement ignoreDuplicates() {
		requireUpsert();
		return put("resolution", "ignore");
	}

	private void requireUpsert() {
		if (!"upsert".equals(get("op"))) {
			throw new IllegalStateException(describe() + " is no upsert");
		}
	}

	/**
	 * Chooses the columns that are returned. Without, it is all of them.
	 * @param columns the columns
	 * @return this statement
	 */
	public InsertStatement returning(String... columns) {
		return put("returning", Values.names(columns));
	}

	/**
	 * Returns no rows, only their number. The right to read them is not needed then.
	 * @return this statement
	 */
	public InsertStatement returningNothing() {
		return put("returning", List.of());
	}

}
