package dev.dbpool.transaction;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Updates the rows that the filters let pass.
 */
public final class UpdateStatement extends TransactionStatement<UpdateStatement>
		implements TransactionFilters<UpdateStatement> {

	private final Restriction restriction = new Restriction(this);

	UpdateStatement(Batch batch, String table, @Nullable String schema) {
		super(batch, "update", "table", table, schema);
	}

	UpdateStatement(Batch batch, String table, @Nullable String schema, Object values) {
		this(batch, table, schema);
		put("set", Values.row(values));
	}

	@Override
	UpdateStatement self() {
		return this;
	}

	@Override
	void validate() {
		this.restriction.require();
		if (get("set") == null && get("increment") == null) {
			throw new IllegalStateException(describe() + " sets no column");
		}
	}

	/**
	 * Sets a column.
	 * @param column the column
	 * @param value its value, or a {@link Reference}
	 * @return this statement
	 * @throws IllegalStateException if the values were given as an object
	 */
	public UpdateStatement set(String column, @Nullable Object value) {
		return put("set", extended("set", column, value));
	}

	/**
	 * Adds to a column what others may change at the same time.
	 * @param column the column
	 * @param amount how much is added; a negative amount is taken away
	 * @return this statement
	 */
	public UpdateStatement increment(String column, Number amount) {
		return put("increment", extended("increment", column, amount));
	}

	private Map<String, @Nullable Object> extended(String field, String column, @Nullable Object value) {
		Map<String, @Nullable Object> values = new LinkedHashMap<>();
		Object before = get(field);
		if (before instanceof Map<?, ?> map) {
			map.forEach((name, known) -> values.put(String.valueOf(name), known));
		}
		else if (before != null) {
			throw new IllegalStateException(describe() + " has its values as an object. Give them as a map instead");
		}
		values.put(Values.requireText(column, "column"), value);
		return values;
	}

	@Override
	public UpdateStatement where(TransactionCondition condition) {
		return put("where", this.restriction.with(condition));
	}

	/**
	 * Means every row of the table. Needed without a filter.
	 * @return this statement
	 */
	public UpdateStatement all() {
		return put("all", true);
	}

	/**
	 * Chooses the columns that are returned. Without, it is all of them.
	 * @param columns the columns
	 * @return this statement
	 */
	public UpdateStatement returning(String... columns) {
		return put("returning", Values.names(columns));
	}

	/**
	 * Returns no rows, only their number.
	 * @return this statement
	 */
	public UpdateStatement returningNothing() {
		return put("returning", List.of());
	}

}
