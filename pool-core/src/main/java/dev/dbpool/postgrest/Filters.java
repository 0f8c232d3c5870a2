package dev.dbpool.postgrest;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.value.JavaValues;
import dev.dbpool.postgrest.value.Literals;
import dev.dbpool.postgrest.value.Range;
import dev.dbpool.postgrest.value.Row;
import org.jspecify.annotations.Nullable;

/**
 * Filters on rows. All of them must hold, unless they stand in a group
 * ({@link #or(UnaryOperator)}, {@link #not(UnaryOperator)}).
 * <p>
 * A <em>column</em> is a name, a column of an embedded resource ({@code owner.name}), or
 * a path into JSON ({@code data->address->>city}). A name that holds a dot or an arrow is
 * written in double quotes; everything else is quoted where it must be.
 * <p>
 * A <em>value</em> is a string, a number, a boolean, a UUID, a {@code java.time} value, a
 * {@code java.util.Date}, {@code Calendar} or date of {@code java.sql}, what is in an
 * {@code Optional} (an empty one is refused), an enum constant (its name), a
 * {@code byte[]}, a {@link Range}, a collection or array (as a PostgreSQL array), a map,
 * a {@link Row} or a JSON tree (as JSON). No name and no value can change the structure
 * of a request.
 *
 * @param <S> the type that each step returns
 */
public interface Filters<S extends Filters<S>> extends Comparisons<S> {

	/**
	 * Adds a condition.
	 * @param condition the condition
	 * @return a new builder
	 */
	S where(Condition condition);

	/**
	 * The column matches all of some patterns, case-sensitively.
	 * @param column the column
	 * @param patterns patterns of SQL's LIKE; PostgREST takes {@code *} for {@code %}
	 * @return a new builder
	 * @throws IllegalArgumentException when there is no pattern
	 */
	default S likeAllOf(String column, Collection<String> patterns) {
		return where(FilterOperator.patterns(column, "like(all)", patterns));
	}

	/**
	 * The column matches at least one of some patterns, case-sensitively.
	 * @param column the column
	 * @param patterns patterns of SQL's LIKE; PostgREST takes {@code *} for {@code %}
	 * @return a new builder
	 * @throws IllegalArgumentException when there is no pattern
	 */
	default S likeAnyOf(String column, Collection<String> patterns) {
		return where(FilterOperator.patterns(column, "like(any)", patterns));
	}

	/**
	 * The column matches all of some patterns, whatever the case.
	 * @param column the column
	 * @param patterns patterns of SQL's LIKE; PostgREST takes {@code *} for {@code %}
	 * @return a new builder
	 * @throws IllegalArgumentException when there is no pattern
	 */
	default S ilikeAllOf(String column, Collection<String> patterns) {
		return where(FilterOperator.patterns(column, "ilike(all)", patterns));
	}

	/**
	 * The column matches at least one of some patterns, whatever the case.
	 * @param column the column
	 * @param patterns patterns of SQL's LIKE; PostgREST takes {@code *} for {@code %}
	 * @return a new builder
	 * @throws IllegalArgumentException when there is no pattern
	 */
	default S ilikeAnyOf(String column, Collection<String> patterns) {
		return where(FilterOperator.patterns(column, "ilike(any)", patterns));
	}

	/**
	 * The column starts with a text, case-sensitively and character by character: nothing
	 * in the text is taken for a pattern.
	 * @param column the column
	 * @param text the text
	 * @return a new builder
	 */
	default S startsWith(String column, String text) {
		return where(LiteralText.start(column, text));
	}

	/**
	 * The column ends with a text, case-sensitively and character by character: nothing
	 * in the text is taken for a pattern.
	 * @param column the column
	 * @param text the text
	 * @return a new builder
	 */
	default S endsWith(String column, String text) {
		return where(LiteralText.end(column, text));
	}

	/**
	 * The column contains a text, case-sensitively and character by character: nothing in
	 * the text is taken for a pattern.
	 * @param column the column
	 * @param text the text
	 * @return a new builder
	 */
	default S containsText(String column, String text) {
		return where(LiteralText.anywhere(column, text));
	}

	/**
	 * The column matches a regular expression, case-sensitively.
	 * @param column the column
	 * @param regex a regular expression of PostgreSQL
	 * @return a new builder
	 */
	default S match(String column, String regex) {
		return filter(column, "match", regex);
	}

	/**
	 * The column matches a regular expression, whatever the case.
	 * @param column the column
	 * @param regex a regular expression of PostgreSQL
	 * @return a new builder
	 */
	default S imatch(String column, String regex) {
		return filter(column, "imatch", regex);
	}

	/**
	 * Each of some columns equals its value; one whose value is null has no value.
	 * @param values columns and values
	 * @return a new builder
	 * @throws IllegalArgumentException when there is none
	 */
	@SuppressWarnings("unchecked")
	default S match(Map<String, ? extends @Nullable Object> values) {
		if (values.isEmpty()) {
			throw new IllegalArgumentException("There is no column to match");
		}
		S matching = (S) this;
		for (Map.Entry<String, ? extends @Nullable Object> entry : values.entrySet()) {
			Object value = JavaValues.plain(entry.getValue());
			matching = (value != null) ? matching.eq(entry.getKey(), value) : matching.isNull(entry.getKey());
		}
		return matching;
	}

	@Override
	default S isNull(String column) {
		return where(Condition.literal(column, "is", "null"));
	}

	@Override
	default S isNotNull(String column) {
		return where(Condition.literal(column, "is", "null").negate());
	}

	@Override
	default S isTrue(String column) {
		return where(Condition.literal(column, "is", "true"));
	}

	@Override
	default S isFalse(String column) {
		return where(Condition.literal(column, "is", "false"));
	}

	/**
	 * The boolean column is neither true nor false.
	 * @param column the column
	 * @return a new builder
	 */
	default S isUnknown(String column) {
		return where(Condition.literal(column, "is", "unknown"));
	}

	/**
	 * The column is different from a value. Rows without a value are among the results,
	 * unlike those of {@link #neq}.
	 * @param column the column
	 * @param value the value
	 * @return a new builder
	 */
	default S isDistinct(String column, Object value) {
		return filter(column, "isdistinct", value);
	}

	@Override
	default S in(String column, Collection<?> values) {
		return where(Condition.in(column, values));
	}

	/**
	 * The column equals none of some values. Rows without a value are left out, unless
	 * the list is empty, which matches every row.
	 * @param column the column
	 * @param values the values, none of them null
	 * @return a new builder
	 */
	default S notIn(String column, Collection<?> values) {
		return where(Condition.in(column, values).negate());
	}

	/**
	 * The column equals none of some values. Rows without a value are left out, unless
	 * the list is empty, which matches every row.
	 * @param column the column
	 * @param values the values, none of them null; or one array of them, such as a
	 * {@code long[]}
	 * @return a new builder
	 */
	default S notIn(String column, Object... values) {
		return notIn(column, Literals.elements(values));
	}

	/**
	 * The range is to the left of another one: each of its elements is less than each of
	 * the other.
	 * @param column a column of a range type
	 * @param range a {@link Range}, or PostgreSQL's text
	 * @return a new builder
	 */
	default S rangeLt(String column, Object range) {
		return filter(column, "sl", range);
	}

	/**
	 * The range does not extend to the right of another one.
	 * @param column a column of a range type
	 * @param range a {@link Range}, or PostgreSQL's text
	 * @return a new builder
	 */
	default S rangeLte(String column, Object range) {
		return filter(column, "nxr", range);
	}

	/**
	 * The range is to the right of another one: each of its elements is greater than each
	 * of the other.
	 * @param column a column of a range type
	 * @param range a {@link Range}, or PostgreSQL's text
	 * @return a new builder
	 */
	default S rangeGt(String column, Object range) {
		return filter(column, "sr", range);
	}

	/**
	 * The range does not extend to the left of another one.
	 * @param column a column of a range type
	 * @param range a {@link Range}, or PostgreSQL's text
	 * @return a new builder
	 */
	default S rangeGte(String column, Object range) {
		return filter(column, "nxl", range);
	}

	/**
	 * The range is adjacent to another one: they do not overlap, and nothing is between
	 * them.
	 * @param column a column of a range type
	 * @param range a {@link Range}, or PostgreSQL's text
	 * @return a new builder
	 */
	default S rangeAdjacent(String column, Object range) {
		return filter(column, "adj", range);
	}

	/**
	 * The text or {@code tsvector} column matches a query of full-text search.
	 * @param column the column
	 * @param query a query in the syntax of {@code to_tsquery}, such as
	 * {@code fat & !cat}
	 * @return a new builder
	 */
	default S textSearch(String column, String query) {
		return textSearch(column, query, TextSearch.RAW);
	}

	/**
	 * The text or {@code tsvector} column matches a query of full-text search.
	 * @param column the column
	 * @param query the query
	 * @param type how the query is written
	 * @return a new builder
	 */
	default S textSearch(String column, String query, TextSearch type) {
		return filter(column, type.operator(), query);
	}

	/**
	 * The text or {@code tsvector} column matches a query of full-text search.
	 * @param column the column
	 * @param query the query
	 * @param type how the query is written
	 * @param config the text search configuration, such as {@code english}
	 * @return a new builder
	 */
	default S textSearch(String column, String query, TextSearch type, String config) {
		return filter(column, type.operator() + "(" + config + ")", query);
	}

	/**
	 * At least one of some conditions holds:
	 * {@code or(any -> any.eq("make", "VW").isNull("make"))}.
	 * @param conditions adds the conditions; columns of embedded resources cannot be
	 * among them
	 * @return a new builder
	 * @throws IllegalArgumentException when none is added
	 */
	default S or(UnaryOperator<Conditions> conditions) {
		return where(Condition.anyOf(conditions));
	}

	/**
	 * Each of some conditions holds: for use inside {@link #or(UnaryOperator)}.
	 * @param conditions adds the conditions; columns of embedded resources cannot be
	 * among them
	 * @return a new builder
	 * @throws IllegalArgumentException when none is added
	 */
	default S and(UnaryOperator<Conditions> conditions) {
		return where(Condition.allOf(conditions));
	}

	/**
	 * It is not so that each of some conditions holds.
	 * @param conditions adds the conditions, often just one
	 * @return a new builder
	 * @throws IllegalArgumentException when none is added
	 */
	default S not(UnaryOperator<Conditions> conditions) {
		List<Condition> negated = conditions.apply(Conditions.NONE).list();
		return where((negated.size() == 1) ? negated.get(0).negate() : Condition.allOf(conditions).negate());
	}

	/**
	 * Any other operator of PostgREST, such as {@code fts(english)} or {@code like(any)}.
	 * @param column the column
	 * @param operator the operator as PostgREST writes it, without {@code not.}
	 * @param value the value; a collection for {@code in}; {@code null}, {@code true} or
	 * the like in text for {@code is}
	 * @return a new builder
	 * @throws IllegalArgumentException when this is no operator, or the value is null
	 */
	@Override
	default S filter(String column, String operator, Object value) {
		return where(FilterOperator.condition(column, operator, value));
	}

}
