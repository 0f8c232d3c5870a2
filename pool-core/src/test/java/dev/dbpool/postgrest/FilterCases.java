package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.value.PgArray;
import dev.dbpool.postgrest.value.Range;
import dev.dbpool.postgrest.value.Row;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every filter that takes a column or a value, and the SQL that says the same about the
 * same text.
 */
final class FilterCases {

	private final List<Case> cases = new ArrayList<>();

	private final String text;

	private final String list;

	private final String json;

	private final String range;

	private final String words;

	private final String truth;

	FilterCases(Map<String, String> columns) {
		this.text = Columns.quoted(columns.get("text"));
		this.list = Columns.quoted(columns.get("list"));
		this.json = Columns.quoted(columns.get("json"));
		this.range = Columns.quoted(columns.get("range"));
		this.words = Columns.quoted(columns.get("words"));
		this.truth = Columns.quoted(columns.get("truth"));
		addComparisons();
		addPatterns();
		addLists();
		addStructured();
		addTextSearch();
		addTruth();
	}

	List<Case> all() {
		return this.cases;
	}

	private void addComparisons() {
		add("eq(String, Object)", "<text> = ?", (f, v) -> f.eq(this.text, v));
		add("neq(String, Object)", "<text> <> ?", (f, v) -> f.neq(this.text, v));
		add("gt(String, Object)", "<text> > ?", (f, v) -> f.gt(this.text, v));
		add("gte(String, Object)", "<text> >= ?", (f, v) -> f.gte(this.text, v));
		add("lt(String, Object)", "<text> < ?", (f, v) -> f.lt(this.text, v));
		add("lte(String, Object)", "<text> <= ?", (f, v) -> f.lte(this.text, v));
		add("isDistinct(String, Object)", "<text> is distinct from ?", (f, v) -> f.isDistinct(this.text, v));
		add("match(Map)", "<text> = ?", (f, v) -> f.match(Map.of(this.text, v)));
		add("filter(String, String, Object)", "<text> = ?", (f, v) -> f.filter(this.text, "eq", v));
		add("startsWith(String, String)", "starts_with(<text>, ?)", (f, v) -> f.startsWith(this.text, v));
		add("endsWith(String, String)", "right(<text>, length($1)) = $1", (f, v) -> f.endsWith(this.text, v));
		add("containsText(String, String)", "position(? in <text>) > 0", (f, v) -> f.containsText(this.text, v));
	}

	/**
	 * PostgREST reads an asterisk in a pattern as a percent sign.
	 */
	private void addPatterns() {
		UnaryOperator<String> pattern = (value) -> value.replaceAll("[\\\\%_]", "\\\\$0");
		UnaryOperator<String> sql = (value) -> pattern.apply(value).replace('*', '%');
		UnaryOperator<String> regex = (value) -> "^" + value.replaceAll("\\p{Punct}", "\\\\$0") + "$";
		add("like(String, String)", "<text> like ?", sql, (f, v) -> f.like(this.text, pattern.apply(v)));
		add("ilike(String, String)", "<text> ilike ?", sql, (f, v) -> f.ilike(this.text, pattern.apply(v)));
		add("likeAllOf(String, Collection)", "<text> like ?", sql,
				(f, v) -> f.likeAllOf(this.text, List.of(pattern.apply(v), "%")));
		add("likeAnyOf(String, Collection)", "<text> like ?", sql,
				(f, v) -> f.likeAnyOf(this.text, List.of(pattern.apply(v), "nowhere")));
		add("ilikeAllOf(String, Collection)", "<text> ilike ?", sql,
				(f, v) -> f.ilikeAllOf(this.text, List.of("%", pattern.apply(v))));
		add("ilikeAnyOf(String, Collection)", "<text> ilike ?", sql,
				(f, v) -> f.ilikeAnyOf(this.text, List.of("nowhere", pattern.apply(v))));
		add("match(String, String)", "<text> ~ ?", regex, (f, v) -> f.match(this.text, regex.apply(v)));
		add("imatch(String, String)", "<text> ~* ?", regex, (f, v) -> f.imatch(this.text, regex.apply(v)));
	}

	private void addLists() {
		add("in(String, Collection)", "<text> in (?, 'nowhere')", (f, v) -> f.in(this.text, List.of(v, "nowhere")));
		add("in(String, Object[])", "<text> in (?)", (f, v) -> f.in(this.text, v));
		add("notIn(String, Collection)", "<text> not in (?)", (f, v) -> f.notIn(this.text, List.of(v)));
		add("notIn(String, Object[])", "<text> not in (?, 'nowhere')", (f, v) -> f.notIn(this.text, v, "nowhere"));
	}

	private void addStructured() {
		add("contains(String, Object)", "<list> @> array[?]", (f, v) -> f.contains(this.list, List.of(v)));
		add("contains(String, Object)", "<list> @> array[?]", (f, v) -> f.contains(this.list, PgArray.of(v)));
		add("contains(String, Object)", "<list> @> array[?]", (f, v) -> f.contains(this.list, new String[] { v }));
		String object = "<json> @> jsonb_build_object('k', array[?])";
		add("contains(String, Object)", object, (f, v) -> f.contains(this.json, Map.of("k", List.of(v))));
		add("contains(String, Object)", object, (f, v) -> f.contains(this.json, Row.of(Map.of("k", List.of(v)))));
		add("contains(String, Object)", object,
				(f, v) -> f.contains(this.json, JsonMapper.shared().valueToTree(Map.of("k", List.of(v)))));
		add("containedBy(String, Object)", "<list> <@ array[?, 'x']",
				(f, v) -> f.containedBy(this.list, List.of(v, "x")));
		add("overlaps(String, Object)", "<list> && array[?]", (f, v) -> f.overlaps(this.list, List.of(v)));
		String range = " public.textrange($1, $1, '[]')";
		add("rangeLt(String, Object)", "<range> <<" + range, (f, v) -> f.rangeLt(this.range, Range.closed(v, v)));
		add("rangeLte(String, Object)", "<range> &<" + range, (f, v) -> f.rangeLte(this.range, Range.closed(v, v)));
		add("rangeGt(String, Object)", "<range> >>" + range, (f, v) -> f.rangeGt(this.range, Range.closed(v, v)));
		add("rangeGte(String, Object)", "<range> &>" + range, (f, v) -> f.rangeGte(this.range, Range.closed(v, v)));
		add("rangeAdjacent(String, Object)", "<range> -|- public.textrange($1, null, '()')",
				(f, v) -> f.rangeAdjacent(this.range, Range.greaterThan(v)));
		add("eq(String, Object)", "<json>->>'k v' = ?", (f, v) -> f.eq(this.json + "->>k v", v));
	}

	private void addTextSearch() {
		UnaryOperator<String> word = (value) -> "'" + value.replace("\\", "\\\\").replace("'", "''") + "x'";
		add("textSearch(String, String)", "<words> @@ to_tsquery(?)", word,
				(f, v) -> f.textSearch(this.words, word.apply(v)));
		add("textSearch(String, String, TextSearch)", "<words> @@ plainto_tsquery(?)",
				(f, v) -> f.textSearch(this.words, v, TextSearch.PLAIN));
		add("textSearch(String, String, TextSearch)", "<words> @@ websearch_to_tsquery(?)",
				(f, v) -> f.textSearch(this.words, v, TextSearch.WEBSEARCH));
		add("textSearch(String, String, TextSearch, String)", "<words> @@ phraseto_tsquery('simple', ?)",
				(f, v) -> f.textSearch(this.words, v, TextSearch.PHRASE, "simple"));
	}

	private void addTruth() {
		add("isNull(String)", "<text> is null and ? is not null", (f, v) -> f.isNull(this.text));
		add("isNotNull(String)", "<text> is not null and ? is not null", (f, v) -> f.isNotNull(this.text));
		add("isTrue(String)", "<truth> is true and ? is not null", (f, v) -> f.isTrue(this.truth));
		add("isFalse(String)", "<truth> is false and ? is not null", (f, v) -> f.isFalse(this.truth));
		add("isUnknown(String)", "<truth> is unknown and ? is not null", (f, v) -> f.isUnknown(this.truth));
	}

	private void add(String method, String sql, Use use) {
		add(method, sql, UnaryOperator.identity(), use);
	}

	private void add(String method, String sql, UnaryOperator<String> parameter, Use use) {
		this.cases.add(new Case("Filters." + method, sql.replace("?", "$1"), parameter, use));
	}

	/**
	 * One filter.
	 *
	 * @param method the method that it is a case of
	 * @param sql what it means: a condition on columns in angle brackets, and {@code $1}
	 * @param parameter what the SQL takes for the value
	 * @param use adds the filter
	 */
	record Case(String method, String sql, UnaryOperator<String> parameter, Use use) {
	}

	interface Use {

		Filters<?> apply(Filters<?> filters, String value);

	}

}
