package dev.dbpool.transaction;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Deletes the rows that the filters let pass.
 */
public final class DeleteStatement extends TransactionStatement<DeleteStatement>
		implements TransactionFilters<DeleteStatement> {

	private final Restriction restriction = new Restriction(this);

	DeleteStatement(Batch batch, String table, @Nullable String schema) {
		super(batch, "delete", "table", table, schema);
	}

	@Override
	DeleteStatement self() {
		return this;
	}

	@Override
	void validate() {
		this.restriction.require();
	}

	@Override
	public DeleteStatement where(TransactionCondition condition) {
		return put("where", this.restriction.with(condition));
	}

	/**
	 * Means every row of the table. Needed without a filter.
	 * @return this statement
	 */
	public DeleteStatement all() {
		return put("all", true);
	}

	/**
	 * Chooses the columns that are returned. Without, it is all of them.
	 * @param columns the columns
	 * @return this statement
	 */
	public DeleteStatement returning(String... columns) {
		return put("returning", Values.names(columns));
	}

	/**
	 * Returns no rows, only their number.
	 * @return this statement
	 */
	public DeleteStatement returningNothing() {
		return put("returning", List.of());
	}

}
