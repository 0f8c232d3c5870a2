package dev.dbpool.transaction;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A condition on rows: a comparison, or a group of conditions. Immutable.
 */
public final class TransactionCondition {

	private final Map<String, @Nullable Object> json;

	private TransactionCondition(Map<String, @Nullable Object> json) {
		this.json = json;
	}

	static TransactionCondition compare(String column, String operator, @Nullable Object value) {
		if (value == null) {
			throw new IllegalArgumentException(
					"The value to compare '" + column + "' with is null: ask by isNull or isNotNull");
		}
		return comparison(column, operator, value);
	}

	static TransactionCondition is(String column, @Nullable Boolean value) {
		return comparison(column, "is", value);
	}

	static TransactionCondition distinct(String column, @Nullable Object value) {
		return comparison(column, "isdistinct", value);
	}

	private static TransactionCondition comparison(String column, String operator, @Nullable Object value) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("column", Values.requireText(column, "column"));
		Values.requireStorable(value, column);
		json.put("operator", operator);
		json.put("value", value);
		return new TransactionCondition(json);
	}

	static TransactionCondition group(String word, List<TransactionCondition> members) {
		if (members.isEmpty()) {
			throw new IllegalArgumentException("A group of conditions ('" + word + "') is empty");
		}
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put(word, members.stream().map(TransactionCondition::json).toList());
		return new TransactionCondition(json);
	}

	/**
	 * The opposite condition.
	 * @return the negation
	 */
	public TransactionCondition negate() {
		Map<String, @Nullable Object> negated = new LinkedHashMap<>();
		negated.put("not", this.json);
		return new TransactionCondition(negated);
	}

	Map<String, @Nullable Object> json() {
		return this.json;
	}

}
