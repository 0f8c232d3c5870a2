package dev.dbpool.transaction;

import org.jspecify.annotations.Nullable;

/**
 * Collects the operations of a transaction. They run when the lambda has returned, in the
 * order in which they were made, all or none of them.
 * <p>
 * A transaction that writes has an idempotency key, so that it is applied once even when
 * its answer is lost and it has to be sent again.
 */
public final class TransactionScope {

	private final Batch batch;

	private final @Nullable String schema;

	TransactionScope(Batch batch, @Nullable String schema) {
		this.batch = batch;
		this.schema = schema;
	}

	/**
	 * Works with a table or view.
	 * @param table its name
	 * @return the table
	 */
	public TransactionTable from(String table) {
		return new TransactionTable(this.batch, Values.requireText(table, "table"), this.schema);
	}

	/**
	 * Calls a function.
	 * @param function its name
	 * @return the statement
	 */
	public CallStatement rpc(String function) {
		return new CallStatement(this.batch, function, this.schema);
	}

	/**
	 * Works with another schema, which must be open to transactions.
	 * @param schema its name
	 * @return a view of this transaction
	 */
	public TransactionScope schema(String schema) {
		return new TransactionScope(this.batch, Values.requireText(schema, "schema"));
	}

	/**
	 * Gives the transaction an idempotency key of the application, so that it is applied
	 * once even when the application itself repeats it, such as by a retry around it or
	 * after a restart. Without, each subscription has a random key, so that repeating it
	 * is another transaction. A key belongs to who gave it (role, and subject of the
	 * token), and is remembered until it is purged. With it, values do not stand in sets
	 * whose order may change from one process to the next.
	 * @param key 1 to 200 characters, such as the number of an order
	 * @return this transaction
	 * @throws IllegalArgumentException if the key is blank or too long
	 */
	public TransactionScope idempotencyKey(String key) {
		this.batch.idempotencyKey(key);
		return this;
	}

	/**
	 * Does without an idempotency key: nothing is kept in the database, and a transaction
	 * whose outcome is unknown is not repeated but fails.
	 * @return this transaction
	 */
	public TransactionScope withoutIdempotencyKey() {
		this.batch.withoutIdempotencyKey();
		return this;
	}

	/**
	 * Isolates the transaction as if no other ran at the same time. PostgREST repeats it
	 * when others are in its way.
	 * @return this transaction
	 */
	public TransactionScope serializable() {
		this.batch.serializable();
		return this;
	}

	/**
	 * Only reads, all of it from one snapshot of the database. It runs on the read lane
	 * as long as it fits into a URL.
	 * @return this transaction
	 */
	public TransactionScope readOnly() {
		this.batch.readOnly();
		return this;
	}

}
