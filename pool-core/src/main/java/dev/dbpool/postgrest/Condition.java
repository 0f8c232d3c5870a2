package dev.dbpool.postgrest;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import dev.dbpool.postgrest.value.Literals;

/**
 * A condition on rows: a comparison, or a group of conditions. Immutable, so that it can
 * be kept and used in many requests by {@link Filters#where(Condition)}.
 */
public abstract sealed class Condition {

	private Condition() {
	}

	/**
	 * The rows for which each of some conditions holds.
	 * @param conditions adds the conditions
	 * @return the condition
	 * @throws IllegalArgumentException when none is added
	 */
	public static Condition allOf(UnaryOperator<Conditions> conditions) {
		return new Group("and", conditions.apply(Conditions.NONE).list(), false);
	}

	/**
	 * The rows for which at least one of some conditions holds.
	 * @param conditions adds the conditions
	 * @return the condition
	 * @throws IllegalArgumentException when none is added
	 */
	public static Condition anyOf(UnaryOperator<Conditions> conditions) {
		return new Group("or", conditions.apply(Conditions.NONE).list(), false);
	}

	/**
	 * A comparison with any value.
	 */
	static Condition compare(String column, String operator, Object value) {
		String operand = Literals.text(value, "value for the column", column);
		return new Comparison(column, operator, operand, true, 0);
	}

	/**
	 * A comparison whose operand is a word of PostgREST.
	 */
	static Condition literal(String column, String operator, String operand) {
		return new Comparison(column, operator, operand, false, 0);
	}

	/**
	 * Whether the column equals one of some values.
	 */
	static Condition in(String column, Collection<?> values) {
		return new Comparison(column, "in", Literals.list(column, values), false, values.size());
	}

	/**
	 * The opposite condition.
	 * @return the negation
	 */
	public abstract Condition negate();

	/**
	 * Encodes it.
	 */
	abstract RequestSpec.Parameter toParameter();

	abstract String toTree();

	/**
	 * Returns the conditions that say the same as this one, where all of them must hold.
	 */
	List<Condition> parts() {
		return List.of(this);
	}

	/**
	 * Whether this filters the rows of the table itself.
	 */
	abstract boolean restrictsRows();

	/**
	 * Whether PostgREST sees a logic tree, rather than a filter on one column.
	 */
	abstract boolean isSentAsTree();

	/**
	 * What it is about, without its values.
	 */
	abstract String describe();

	private static final class Comparison extends Condition {

		private final String column;

		private final ColumnPath path;

		private final String operator;

		private final String operand;

		private final boolean text;

		private final int values;

		private final boolean negated;

		private final RequestSpec.Parameter parameter;

		private Comparison(String column, String operator, String operand, boolean text, int values) {
			this.column = column;
			this.path = ColumnPath.parse(column);
			this.operator = operator;
			this.operand = operand;
			this.text = text;
			this.values = values;
			this.negated = false;
			this.parameter = makeParameter();
		}

		private Comparison(Comparison origin, boolean negated) {
			this.column = origin.column;
			this.path = origin.path;
			this.operator = origin.operator;
			this.operand = origin.operand;
			this.text = origin.text;
			this.values = origin.values;
			this.negated = negated;
			this.parameter = makeParameter();
		}

		@Override
		public Condition negate() {
			return new Comparison(this, !this.negated);
		}

		private RequestSpec.Parameter makeParameter() {
			return isSentAsTree() ? RequestSpec.Parameter.of("and", "(" + toTree() + ")")
					: RequestSpec.Parameter.of(this.path.key(), operation(this.operand));
		}

		@Override
		RequestSpec.Parameter toParameter() {
			return this.parameter;
		}

		@Override
		String toTree() {
			return this.path.localField(this.column) + "."
					+ operation(this.text ? Literals.nested(this.operand) : this.operand);
		}

		private String operation(String encodedOperand) {
			return (this.negated ? "not." : "") + this.operator + "." + encodedOperand;
		}

		@Override
		boolean restrictsRows() {
			return !this.path.isEmbedded();
		}

		@Override
		boolean isSentAsTree() {
			return this.path.hasMisleadingDot();
		}

		@Override
		String describe() {
			return "the filter '" + this.operator + "' on '" + this.column + "'"
					+ ((this.values > 0) ? " of " + this.values + " values," : "");
		}

	}

	private static final class Group extends Condition {

		private final String operator;

		private final List<Condition> members;

		private final boolean negated;

		private Group(String operator, List<Condition> members, boolean negated) {
			if (members.isEmpty()) {
				throw new IllegalArgumentException("A group of conditions ('" + operator + "') is empty");
			}
			this.operator = operator;
			this.members = members;
			this.negated = negated;
		}

		@Override
		public Condition negate() {
			return new Group(this.operator, this.members, !this.negated);
		}

		@Override
		RequestSpec.Parameter toParameter() {
			return RequestSpec.Parameter.of(name(), tree());
		}

		/**
		 * Conditions that must all hold need no group.
		 */
		@Override
		List<Condition> parts() {
			return (!this.negated && this.operator.equals("and"))
					? this.members.stream().flatMap((member) -> member.parts().stream()).toList() : super.parts();
		}

		@Override
		String toTree() {
			return name() + tree();
		}

		private String name() {
			return (this.negated ? "not." : "") + this.operator;
		}

		private String tree() {
			return this.members.stream().map(Condition::toTree).collect(Collectors.joining(",", "(", ")"));
		}

		@Override
		boolean restrictsRows() {
			return true;
		}

		@Override
		boolean isSentAsTree() {
			return true;
		}

		@Override
		String describe() {
			return this.members.stream()
				.max(Comparator.comparingInt((member) -> member.toTree().length()))
				.map((member) -> member.describe() + " (in '" + this.operator + "')")
				.orElse(this.operator);
		}

	}

}
