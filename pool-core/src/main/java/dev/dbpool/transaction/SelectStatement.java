package dev.dbpool.transaction;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import dev.dbpool.postgrest.Direction;
import dev.dbpool.postgrest.Nulls;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows that the filters let pass, and locks them if asked to.
 */
public final class SelectStatement extends TransactionStatement<SelectStatement>
		implements TransactionFilters<SelectStatement> {

	private final Restriction restriction = new Restriction(this);

	private final List<Map<String, String>> order = new ArrayList<>();

	SelectStatement(Batch batch, String table, @Nullable String schema, String... columns) {
		super(batch, "select", "table", table, schema);
		if (columns.length > 0 && !(columns.length == 1 && columns[0].equals("*"))) {
			put("returning", Values.names(columns));
		}
	}

	@Override
	SelectStatement self() {
		return this;
	}

	@Override
	boolean isWrite() {
		return false;
	}

	@Override
	void validate() {
		if (get("wait") != null && get("lock") == null) {
			throw new IllegalStateException(describe() + " says how to wait for a lock, and locks nothing");
		}
	}

	@Override
	public SelectStatement where(TransactionCondition condition) {
		return put("where", this.restriction.with(condition));
	}

	/**
	 * Orders by a column, after those named before, smallest first.
	 * @param column the column
	 * @return this statement
	 */
	public SelectStatement order(String column) {
		return order(column, Direction.ASC);
	}

	/**
	 * Orders by a column, after those named before.
	 * @param column the column
	 * @param direction the direction
	 * @return this statement
	 */
	public SelectStatement order(String column, Direction direction) {
		return ordering(column, direction, null);
	}

	/**
	 * Orders by a column, after those named before.
	 * @param column the column
	 * @param direction the direction
	 * @param nulls where rows without a value are put
	 * @return this statement
	 */
	public SelectStatement order(String column, Direction direction, Nulls nulls) {
		return ordering(column, direction, nulls.name().toLowerCase(Locale.ROOT));
	}

	private SelectStatement ordering(String column, Direction direction, @Nullable String nulls) {
		Map<String, String> term = new LinkedHashMap<>();
		term.put("column", Values.requireText(column, "column"));
		term.put("direction", (direction == Direction.DESC) ? "desc" : "asc");
		if (nulls != null) {
			term.put("nulls", nulls);
		}
		this.order.add(term);
		return put("order", List.copyOf(this.order));
	}

	/**
	 * Asks for the first rows only.
	 * @param count how many rows at most
	 * @return this statement
	 */
	public SelectStatement limit(long count) {
		return put("limit", Values.requireNotNegative("limit", count));
	}

	/**
	 * Leaves the first rows out.
	 * @param count how many rows to leave out
	 * @return this statement
	 */
	public SelectStatement offset(long count) {
		return put("offset", Values.requireNotNegative("offset", count));
	}

	/**
	 * Locks the rows until the end of the transaction.
	 * @param lock how strongly
	 * @return this statement
	 */
	public SelectStatement lock(RowLock lock) {
		return put("lock", lock.sql());
	}

	/**
	 * Fails when another transaction has locked a row.
	 * @return this statement
	 */
	public SelectStatement noWait() {
		return put("wait", "nowait");
	}

	/**
	 * Leaves out the rows that another transaction has locked: the means of work queues.
	 * @return this statement
	 */
	public SelectStatement skipLocked() {
		return put("wait", "skip locked");
	}

}
