package dev.dbpool.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The conditions of a group. Immutable: each step gives new ones.
 */
public final class TransactionConditions implements TransactionFilters<TransactionConditions> {

	private static final TransactionConditions NONE = new TransactionConditions(List.of());

	private final List<TransactionCondition> members;

	private TransactionConditions(List<TransactionCondition> members) {
		this.members = members;
	}

	static List<TransactionCondition> of(UnaryOperator<TransactionConditions> conditions) {
		return conditions.apply(NONE).members;
	}

	@Override
	public TransactionConditions where(TransactionCondition condition) {
		List<TransactionCondition> extended = new ArrayList<>(this.members);
		extended.add(condition);
		return new TransactionConditions(List.copyOf(extended));
	}

}
