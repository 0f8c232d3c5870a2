package dev.dbpool.postgrest;

import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import dev.dbpool.postgrest.value.PgArray;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Filters}: what each sends, and that no name or value can send more.
 */
class FiltersTests {

	private final RecordingExchange exchange = new RecordingExchange();

	@Test
	void eachFilterHasACaseForPostgrest() {
		FilterCases cases = new FilterCases(
				Map.of("text", "a", "list", "b", "json", "c", "range", "d", "words", "e", "truth", "f"));
		assertThat(cases.all().stream().map(FilterCases.Case::method).collect(Collectors.toSet()))
			.as("Filters with a case in FilterCases, which has the SQL that means the same")
			.containsExactlyInAnyOrderElementsOf(
					CallerTexts.methodsOf(Comparisons.class, Filters.class, Conditions.class, Condition.class));
	}

	@Test
	void comparesByEachOperator() {
		assertThat(query((t) -> t.eq("a", 1).neq("b", 2).gt("c", 3).gte("d", 4).lt("e", 5).lte("f", 6)))
			.isEqualTo("a=eq.1&b=neq.2&c=gt.3&d=gte.4&e=lt.5&f=lte.6");
		assertThat(query((t) -> t.like("a", "x*").ilike("b", "%y"))).isEqualTo("a=like.x*&b=ilike.%y");
		assertThat(query((t) -> t.isNull("a").isNotNull("b").isTrue("c").isFalse("d")))
			.isEqualTo("a=is.null&b=not.is.null&c=is.true&d=is.false");
		assertThat(query((t) -> t.contains("a", List.of("x", "y z")).containedBy("b", Map.of("k", 1))))
			.isEqualTo("a=cs.{x,\"y z\"}&b=cd.{\"k\":1}");
		assertThat(query((t) -> t.filter("a", "fts(english)", "cat").filter("b", "is", "unknown")))
			.isEqualTo("a=fts(english).cat&b=is.unknown");
	}

	@Test
	void textsAreTakenAsTheyAre() {
		assertThat(query((t) -> t.startsWith("a", "5%_\\").endsWith("b", "x").containsText("c", "y,z")))
			.isEqualTo("a=like.5\\%\\_\\\\%&b=like.%x&c=like.%y,z%");
		assertThat(query((t) -> t.startsWith("a", "1*").endsWith("b", "*.").containsText("c", "*a")))
			.isEqualTo("a=match.^1\\*&b=match.\\*\\.$&c=match.\\*a");
	}

	@Test
	void valuesOfEachTypeAreWritten() {
		assertThat(query((t) -> t.eq("a", new int[] { 1, 2 }).eq("b", new long[][] { { 1 }, { 2 } }).eq("c", 'x')))
			.isEqualTo("a=eq.{1,2}&b=eq.{{1},{2}}&c=eq.x");
		assertThat(query((t) -> t.eq("a", JsonMapper.shared().readTree("{\"b\":[1.5]}"))))
			.isEqualTo("a=eq.{\"b\":[1.5]}");
		assertThat(query((t) -> t.eq("a", Row.of(Map.of("b", new BigDecimal("1.10")))))).isEqualTo("a=eq.{\"b\":1.10}");
	}

	@Test
	void aGroupOfConditionsThatMustHoldNeedsNoGroup() {
		assertThat(query((t) -> t.and((all) -> all.eq("a", 1).and((more) -> more.eq("b", 2)))))
			.isEqualTo("a=eq.1&b=eq.2");
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.match(Map.of())));
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.likeAnyOf("a", List.of())))
			.withMessageContaining("'a'");
	}

	@Test
	void listsQuoteWhatMustBeQuoted() {
		assertThat(query((t) -> t.in("a", 1, 2).in("b", List.of("x,y", "(z)", "q\"u\\o", "null", ""))))
			.isEqualTo("a=in.(1,2)&b=in.(\"x,y\",\"(z)\",\"q\\\"u\\\\o\",null,\"\")");
	}

	@Test
	void emptyListsMatchNothingAndAListOfOneEmptyTextIsNotEmpty() {
		assertThat(query((t) -> t.in("a", List.of()))).isEqualTo("a=in.()");
		assertThat(query((t) -> t.in("a", new long[] { 1, 2 }))).isEqualTo("a=in.(1,2)");
		assertThat(query((t) -> t.notIn("a", new int[0]))).isEqualTo("a=not.in.()");
		assertThat(query((t) -> t.in("a", new byte[] { 1 }))).isEqualTo("a=in.(\"\\\\x01\")");
		assertThat(query((t) -> t.in("a", List.of("")))).isEqualTo("a=in.(\"\",\"\")");
	}

	@Test
	void groupsNest() {
		assertThat(query((t) -> t.or((any) -> any.eq("a", 1)
			.and((all) -> all.gt("b", 2).in("c", "x", "y,z"))
			.not((none) -> none.eq("d", 3).isNull("e"))
			.not((one) -> one.eq("f", "g,h")))))
			.isEqualTo("or=(a.eq.1,and(b.gt.2,c.in.(x,\"y,z\")),not.and(d.eq.3,e.is.null),f.not.eq.\"g,h\")");
		assertThat(query((t) -> t.not((one) -> one.eq("a", 1)))).isEqualTo("a=not.eq.1");
		assertThat(query((t) -> t.not((one) -> one.or((any) -> any.eq("a", 1).eq("b", 2)))))
			.isEqualTo("not.or=(a.eq.1,b.eq.2)");
	}

	@Test
	void conditionsCanBeKeptAndReused() {
		Condition cheap = Condition.anyOf((any) -> any.lt("price", 10).isNull("price"));
		assertThat(query((t) -> t.where(cheap).where(cheap.negate())))
			.isEqualTo("or=(price.lt.10,price.is.null)&not.or=(price.lt.10,price.is.null)");
	}

	@Test
	void emptyGroupsAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.or((any) -> any)));
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.not((any) -> any)));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
			name                  | name
			owner.name            | owner.name
			data->address->>city  | data->address->>city
			data->0->>first name  | data->0->>"first name"
			owner.data->>x        | owner.data->>x
			first name            | "first name"
			order                 | "order"
			owner.limit           | owner."limit"
			select                | "select"
			and                   | "and"
			a)b                   | "a)b"
			a=b&c                 | "a=b&c"
			a"b                   | "a\\"b"
			a\\b                  | "a\\\\b"
			"x->y"                | "x->y"
			""")
	void columnsAreQuotedWhenTheyMustBe(String column, String key) {
		assertThat(query((t) -> t.eq(column, 1))).isEqualTo(key + "=eq.1");
	}

	@Test
	void aDotInAColumnIsKeptAwayFromTheKey() {
		assertThat(query((t) -> t.eq("\"a.b\"", 1))).isEqualTo("and=(\"a.b\".eq.1)");
		assertThat(query((t) -> t.eq("a.", "1,2"))).isEqualTo("and=(\"a.\".eq.\"1,2\")");
	}

	@Test
	void embeddedColumnsCannotStandInAGroup() {
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.or((any) -> any.eq("owner.name", 1))))
			.withMessageContaining("owner.name");
	}

	@Test
	void valuesAreExact() {
		assertThat(query((t) -> t.eq("a", Long.MAX_VALUE).eq("b", new BigDecimal("1E+20")).eq("c", 0.1f)))
			.isEqualTo("a=eq.9223372036854775807&b=eq.100000000000000000000&c=eq.0.1");
		UUID id = UUID.randomUUID();
		assertThat(query((t) -> t.eq("a", id).eq("b", true).eq("c", TimeUnit.DAYS).eq("d", 'x')))
			.isEqualTo("a=eq." + id + "&b=eq.true&c=eq.DAYS&d=eq.x");
		ZonedDateTime zoned = ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneId.of("Europe/Zurich"));
		assertThat(query((t) -> t.eq("a", Instant.EPOCH)
			.eq("b", LocalDate.EPOCH)
			.eq("c", OffsetDateTime.parse("2026-01-02T03:04:05+01:00"))
			.eq("d", zoned)))
			.isEqualTo("a=eq.1970-01-01T00:00Z&b=eq.1970-01-01&c=eq.2026-01-02T03:04:05+01:00"
					+ "&d=eq.2026-01-02T03:04:05+01:00");
		assertThat(query((t) -> t.eq("a", new byte[] { 1, (byte) 0xfe }))).isEqualTo("a=eq.\\x01fe");
		assertThat(query((t) -> t.eq("a", List.of(List.of(1, 2), List.of(3, 4))))).isEqualTo("a=eq.{{1,2},{3,4}}");
		assertThat(query((t) -> t.contains("a", Arrays.asList("null", null, "", "x\"y"))))
			.isEqualTo("a=cs.{\"null\",NULL,\"\",\"x\\\"y\"}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1&or=(a.eq.1)", "a+b", "a;b=c", "%26", "é€😀", "a#b", "\"", "\n\t", "..", "a b" })
	void valuesCannotLeaveTheirParameter(String value) {
		this.exchange.client().from("t").select().eq("a", value).list(Row.class).block();
		String target = this.exchange.request().target();
		assertThat(target).matches("[A-Za-z0-9/?=&*.,:()%_~-]+");
		assertThat(target.substring(target.indexOf('&') + 1)).doesNotContain("&").startsWith("a=eq.");
		assertThat(URLDecoder.decode(target.substring(target.indexOf("eq.") + 3), StandardCharsets.UTF_8))
			.isEqualTo(value);
	}

	@Test
	void valuesThatCannotBeAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.eq("a", (Object) null)))
			.withMessageContaining("isNull");
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.in("a", Collections.singletonList(null))))
			.withMessageContaining("isNull");
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.in("a", 1, null)));
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.eq("a", new Object())))
			.withMessageContaining("java.lang.Object");
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.filter("a", "eq.1,b.eq", 1)));
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.filter("a", "in", "(1,2)")));
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.filter("a", "is", "null,b.eq.1")));
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.eq("a".repeat(5000), 1)));
	}

	@Test
	void anEmptyListIsRefusedSinceItCouldBeAnArrayOrJson() {
		for (Object empty : List.of(List.of(), new int[0], new String[0])) {
			assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.contains("a", empty)))
				.withMessageContaining("'a'")
				.withMessageContaining("PgArray.of()")
				.withMessageContaining("JsonNode");
			assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.containedBy("a", empty)));
			assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.overlaps("a", empty)));
			assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.eq("a", empty)));
			assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.or((any) -> any.neq("a", empty))));
		}
	}

	@Test
	void arraysCanBeNamedAsSuch() {
		assertThat(query((t) -> t.contains("a", PgArray.of()).contains("b", PgArray.of(List.of("x", "y z")))))
			.isEqualTo("a=cs.{}&b=cs.{x,\"y z\"}");
		assertThat(query((t) -> t.contains("a", PgArray.of(PgArray.of(1, null), PgArray.of(2, 3)))))
			.isEqualTo("a=cs.{{1,NULL},{2,3}}");
		assertThat(query((t) -> t.contains("a", JsonMapper.shared().createArrayNode()))).isEqualTo("a=cs.[]");
		assertThat(query((t) -> t.contains("a", "{}"))).isEqualTo("a=cs.{}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "data->>'key'", "data->'key'", "data->'a'->>b", "data->a->>'b'", "owner.data->>'key'",
			"data->> 'key'", "data->>'a.b'" })
	void keysInSingleQuotesAreRefused(String column) {
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.eq(column, 1)))
			.withMessageContaining("single quotes");
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.select("id, " + column + ", x")))
			.withMessageContaining("single quotes");
		assertThatIllegalArgumentException().isThrownBy(() -> query((t) -> t.order(column)));
		assertThatIllegalArgumentException().isThrownBy(() -> Field.of(column));
	}

	@Test
	void singleQuotesInNamesAreKept() {
		assertThat(query((t) -> t.eq("data->>it's", 1).eq("data->>\"'key'\"", 2).eq("\"x->>'y'\"", 3)))
			.isEqualTo("data->>\"it's\"=eq.1&data->>\"'key'\"=eq.2&\"x->>'y'\"=eq.3");
	}

	@Test
	void aListOfOneEmptyTextIsNoEmptyListWhateverItsType() {
		for (Object empty : List.of("", Optional.of(""), new StringBuilder())) {
			assertThat(query((t) -> t.in("a", List.of(empty)).notIn("b", List.of(empty))))
				.isEqualTo("a=in.(\"\",\"\")&b=not.in.(\"\",\"\")");
		}
	}

	private String query(UnaryOperator<Select> filters) {
		filters.apply(this.exchange.client().from("t").select()).list(Row.class).block();
		String target = this.exchange.request().target();
		String decoded = URLDecoder.decode(target.substring(target.indexOf('?') + 1), StandardCharsets.UTF_8);
		return decoded.substring(decoded.indexOf('&') + 1);
	}

}
