package dev.dbpool.transaction;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ParameterizedTypeReference;

/**
 * One operation of a transaction, collected when it is made. What is set on it counts
 * until the lambda of the transaction returns; later it throws an
 * {@link IllegalStateException}. Not safe for use by several threads.
 *
 * @param <S> the type of the statement
 */
public abstract sealed class TransactionStatement<S extends TransactionStatement<S>>
		permits InsertStatement, UpdateStatement, DeleteStatement, SelectStatement, CallStatement {

	private final Batch batch;

	private final int index;

	private final String kind;

	private final String target;

	private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

	TransactionStatement(Batch batch, String kind, String targetField, String target, @Nullable String schema) {
		this.batch = batch;
		this.kind = kind;
		this.target = target;
		this.fields.put("op", kind);
		this.fields.put(targetField, Values.requireText(target, targetField));
		if (schema != null) {
			this.fields.put("schema", schema);
		}
		this.index = batch.add(this);
	}

	abstract S self();

	/**
	 * Refuses a statement that cannot be meant.
	 */
	void validate() {
	}

	boolean isWrite() {
		return true;
	}

	S put(String field, @Nullable Object value) {
		this.batch.requireOpen();
		this.fields.put(field, value);
		return self();
	}

	@Nullable Object get(String field) {
		return this.fields.get(field);
	}

	Map<String, @Nullable Object> fields() {
		return this.fields;
	}

	String describe() {
		return "operation %d (%s %s)".formatted(this.index + 1, this.kind, this.target);
	}

	/**
	 * Refuses a collection whose order is another one in each process, where a key of the
	 * application has to mean the same transaction in all of them.
	 */
	void takeOrderOf(Collection<?> values) {
		if (this.batch.hasGivenKey() && !Values.isOrdered(values)) {
			throw new IllegalArgumentException(describe() + " has a set whose order may change when the application"
					+ " starts again, so that its idempotency key would then be that of another transaction."
					+ " Use a list, a sorted set or a LinkedHashSet");
		}
	}

	boolean isOfSameTransactionAs(TransactionStatement<?> other) {
		return this.batch == other.batch;
	}

	boolean belongsTo(Batch batch) {
		return this.batch == batch;
	}

	boolean returns(@Nullable String column) {
		return !(get("returning") instanceof List<?> columns) || columns.contains(column);
	}

	/**
	 * The place of this operation in its transaction.
	 * @return its index, from 0
	 */
	public int index() {
		return this.index;
	}

	/**
	 * Requires a number of rows: those that were changed, or found. With any other number
	 * the whole transaction is undone: the means of optimistic locking.
	 * @param rows the number of rows
	 * @return this statement
	 */
	public S expect(long rows) {
		return put("expect", Values.requireNotNegative("expected number of rows", rows));
	}

	/**
	 * Bounds the number of rows that are changed, or found. With more of them the whole
	 * transaction is undone.
	 * @param rows the largest number of rows
	 * @return this statement
	 */
	public S expectAtMost(long rows) {
		return put("at_most", Values.requireNotNegative("largest number of rows", rows));
	}

	/**
	 * Refers to a value in the first row that this operation returns.
	 * @param column the column
	 * @return the reference, for later operations of the same transaction
	 */
	public Reference ref(String column) {
		return ref(0, column);
	}

	/**
	 * Refers to a value in a row that this operation returns.
	 * @param row the index of the row, from 0
	 * @param column the column
	 * @return the reference, for later operations of the same transaction
	 */
	public Reference ref(int row, String column) {
		Values.requireNotNegative("index of the row", row);
		return new Reference(this, row, Values.requireText(column, "column"));
	}

	/**
	 * Refers to the values of a column in all rows that this operation returns, as an
	 * array, for conditions such as {@link TransactionFilters#in(String, Reference)}.
	 * @param column the column
	 * @return the reference, for later operations of the same transaction
	 */
	public Reference refs(String column) {
		return new Reference(this, null, Values.requireText(column, "column"));
	}

	/**
	 * Reads the only row of this operation. Another number of rows undoes the whole
	 * transaction.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return what the transaction is to return
	 */
	public <T> Outcome<T> single(Class<T> type) {
		expect(1);
		return (result) -> result.row(this, type);
	}

	/**
	 * Reads the row of this operation, if there is one. More than one row undoes the
	 * whole transaction.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return what the transaction is to return
	 */
	public <T> Outcome<Optional<T>> maybeSingle(Class<T> type) {
		expectAtMost(1);
		return (result) -> result.rows(this, type).stream().findFirst();
	}

	/**
	 * Reads all rows of this operation.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return what the transaction is to return
	 */
	public <T> Outcome<List<T>> list(Class<T> type) {
		return (result) -> result.rows(this, type);
	}

	/**
	 * Reads all rows of this operation.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return what the transaction is to return
	 */
	public <T> Outcome<List<T>> list(ParameterizedTypeReference<T> type) {
		return (result) -> result.rows(this, type);
	}

	/**
	 * Counts the rows that this operation changed, or found.
	 * @return what the transaction is to return
	 */
	public Outcome<Long> count() {
		return (result) -> result.count(this);
	}

}
