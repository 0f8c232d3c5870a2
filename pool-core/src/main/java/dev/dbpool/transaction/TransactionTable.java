package dev.dbpool.transaction;

import org.jspecify.annotations.Nullable;

/**
 * A table in a transaction. Each method adds an operation to it.
 */
public final class TransactionTable {

	private final Batch batch;

	private final String table;

	private final @Nullable String schema;

	TransactionTable(Batch batch, String table, @Nullable String schema) {
		this.batch = batch;
		this.table = table;
		this.schema = schema;
	}

	/**
	 * Reads rows.
	 * @param columns the columns; none, or {@code *}, for all of them
	 * @return the statement
	 */
	public SelectStatement select(String... columns) {
		return new SelectStatement(this.batch, this.table, this.schema, columns);
	}

	/**
	 * Adds rows.
	 * @param rows a row, or a collection or array of rows; a row is a map, a
	 * {@link dev.dbpool.postgrest.value.Row}, or an object such as a record, sent as JSON
	 * @return the statement
	 */
	public InsertStatement insert(Object rows) {
		return new InsertStatement(this.batch, "insert", this.table, this.schema, rows);
	}

	/**
	 * Adds rows, or updates those that are there.
	 * @param rows a row, or a collection or array of rows, as in {@link #insert}
	 * @return the statement
	 */
	public InsertStatement upsert(Object rows) {
		return new InsertStatement(this.batch, "upsert", this.table, this.schema, rows);
	}

	/**
	 * Updates rows, by {@link UpdateStatement#set} and {@link UpdateStatement#increment}.
	 * @return the statement
	 */
	public UpdateStatement update() {
		return new UpdateStatement(this.batch, this.table, this.schema);
	}

	/**
	 * Updates rows.
	 * @param values the columns and their values: a map, or an object such as a record
	 * @return the statement
	 */
	public UpdateStatement update(Object values) {
		return new UpdateStatement(this.batch, this.table, this.schema, values);
	}

	/**
	 * Deletes rows.
	 * @return the statement
	 */
	public DeleteStatement delete() {
		return new DeleteStatement(this.batch, this.table, this.schema);
	}

}
