package dev.dbpool.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The conditions of a statement.
 */
final class Restriction {

	private final TransactionStatement<?> statement;

	private final List<Map<String, @Nullable Object>> conditions = new ArrayList<>();

	Restriction(TransactionStatement<?> statement) {
		this.statement = statement;
	}

	List<Map<String, @Nullable Object>> with(TransactionCondition condition) {
		this.conditions.add(condition.json());
		return List.copyOf(this.conditions);
	}

	/**
	 * Refuses to change or delete every row of a table by oversight.
	 */
	void require() {
		if (this.conditions.isEmpty() && this.statement.get("all") == null) {
			throw new IllegalStateException(this.statement.describe()
					+ " has no filter and would apply to every row. Add a filter, or call all() if that is meant");
		}
	}

}
