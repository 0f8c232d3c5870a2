package dev.dbpool.postgrest;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.http.HttpMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for reading rows.
 */
class SelectTests {

	private final RecordingExchange exchange = new RecordingExchange();

	private final Table cars = this.exchange.client().from("cars");

	@Test
	void selectsFiltersOrdersAndLimits() {
		this.cars.select("*, owner(name)").eq("make", "VW").order("price").limit(10).list(Row.class).block();
		assertThat(this.exchange.request().target())
			.isEqualTo("/cars?select=*,owner(name)&make=eq.VW&order=price&limit=10");
		assertThat(this.exchange.request().method()).isEqualTo(HttpMethod.GET);
		assertThat(this.exchange.request().body()).isNull();
	}

	@Test
	void describesTheRequestWithoutItsValues() {
		this.cars.select().eq("make", "VW").header("X-Key", "secret").list(Row.class).block();
		assertThat(this.exchange.request().describe()).isEqualTo("GET /cars");
		assertThat(this.exchange.request()).hasToString("GET /cars");
	}

	@Test
	void selectWithoutColumnsSelectsAll() {
		assertTarget(this.cars.select(), "/cars?select=*");
	}

	@Test
	void selectTakesColumnsOneByOne() {
		assertTarget(this.cars.select("id", "price::text", "city:address->>city"),
				"/cars?select=id,price::text,city:address-%3E%3Ecity");
	}

	@Test
	void selectDropsWhitespaceExceptInNames() {
		assertTarget(this.cars.select("""
				id,
				owner ( first name, "last , name" )
				"""), "/cars?select=id,owner(first%20name,%22last%20,%20name%22)");
	}

	@Test
	void selectTakesFieldsAndEmbeddings() {
		assertTarget(
				this.cars.select(Field.of("first name").as("name"), Field.of("data->size->>doors").cast("int"),
						Field.of("price").cast("numeric").sum().cast("text").as("sum"), Field.rowCount(),
						Embedding.of("owners").as("owner").by("owner_id").inner().select(Field.all()),
						Embedding.of("makers").left().spread().select("name, country")),
				"/cars?select=name:%22first%20name%22,data-%3Esize-%3E%3Edoors::int,"
						+ "sum:price::numeric.sum()::text,count(),owner:owners%21owner_id%21inner(*),"
						+ "...makers%21left(name,country)");
	}

	@Test
	void selectionsThatCannotBeAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select("id, owner(name"))
			.withMessage("The selection 'id,owner(name' has an open parenthesis");
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select("id)"))
			.withMessageContaining("without an opening one at 2");
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select("id,,price"))
			.withMessageContaining("nothing beside the comma");
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select("id", "owner(,name)"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select("id,"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select("\"id"))
			.withMessageContaining("double quote");
		assertThatIllegalArgumentException().isThrownBy(() -> Field.of("id").cast("int),x"))
			.withMessageContaining("int),x");
		assertThatIllegalArgumentException().isThrownBy(() -> Field.of("owner.name"));
		assertTarget(this.cars.select("id, owner(), \"a,(\\\"b\""), "/cars?select=id,owner(),%22a,(%5C%22b%22");
	}

	@Test
	void embeddedResourcesHaveParametersOfTheirOwn() {
		assertTarget(
				this.cars.select("*, owners(*)")
					.embedded("owners",
							(o) -> o.eq("name", "x")
								.or((any) -> any.eq("a", 1).eq("b", 2))
								.not((n) -> n.or((any) -> any.eq("c", 3)))
								.order("name", Direction.DESC, Nulls.LAST)
								.range(10, 19)
								.embedded("home town", (t) -> t.order("id").limit(1)))
					.embedded("owners", (o) -> o.eq("\"d.e\"", 4))
					.limit(5),
				"/cars?select=*,owners(*)&limit=5&owners.name=eq.x&owners.or=(a.eq.1,b.eq.2)&owners.not.or=(c.eq.3)"
						+ "&owners.and=(%22d.e%22.eq.4)&owners.order=name.desc.nullslast&owners.offset=10&owners.limit=10"
						+ "&owners.%22home%20town%22.order=id&owners.%22home%20town%22.limit=1");
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select().embedded(" ", (o) -> o));
	}

	@Test
	void pagesAreReportedByTheServer() {
		RecordingExchange part = new RecordingExchange("[{\"id\":1}]").with("Content-Range", "3-3/103");
		Page<Row> page = part.client().from("cars").select().range(3, 3).page(Row.class, Count.PLANNED).block();
		assertThat(page).isEqualTo(new Page<>(List.of(Row.of(Map.of("id", 1))), 3, 103));
		assertThat(page.nextOffset()).isEqualTo(4);
		assertThat(part.request().headers().get("Prefer")).containsExactly("count=planned");
		StepVerifier.create(this.cars.select().page(Row.class))
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("Content-Range"));
	}

	@Test
	void aTextThatIsNotTheWantedOneIsAnError() {
		RecordingExchange html = new RecordingExchange("<html>").with("Content-Type", "text/html");
		StepVerifier.create(html.client().from("cars").select().csv())
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("text/html instead of CSV"));
		StepVerifier.create(html.client().from("cars").select().json())
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("instead of JSON"));
	}

	@Test
	void aUrlThatIsTooLongNamesItsCause() {
		Select listing = this.cars.select().eq("make", "VW").in("id", Collections.nCopies(5000, 1_000_000));
		assertThatIllegalArgumentException().isThrownBy(() -> listing.list(Row.class))
			.withMessageContaining("the filter 'in' on 'id' of 5000 values, with 40")
			.withMessageContaining("servers take 30000");
		Select grouped = this.cars.select()
			.or((any) -> any.notIn("id", Collections.nCopies(5000, 1_000_000)).isNull("id"));
		assertThatIllegalArgumentException().isThrownBy(() -> grouped.count())
			.withMessageContaining("'in' on 'id' of 5000 values, (in 'or')");
		Select columns = this.cars.select("x".repeat(40_000));
		assertThatIllegalArgumentException().isThrownBy(() -> columns.list(Row.class))
			.withMessageContaining("'select'");
		assertThat(this.exchange.count()).isZero();
	}

	@Test
	void orderKnowsDirectionNullsAndRelatedColumns() {
		assertTarget(this.cars.select()
			.order("price", Direction.DESC, Nulls.LAST)
			.order("owner(name)", Direction.ASC)
			.order("data->>age"), "/cars?select=*&order=price.desc.nullslast,owner(name).asc,data-%3E%3Eage");
	}

	@Test
	void orderCannotSmuggleAnotherTerm() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select().order("price,id"));
		assertTarget(this.cars.select().order("\"price,id\""), "/cars?select=*&order=%22price,id%22");
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select().order("price.desc"))
			.withMessageContaining("Direction");
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select().order("owner.name"));
	}

	@Test
	void rangeIsInclusive() {
		assertTarget(this.cars.select().range(0, 9), "/cars?select=*&limit=10");
		assertTarget(this.cars.select().range(20, 29), "/cars?select=*&offset=20&limit=10");
		assertTarget(this.cars.select().offset(5), "/cars?select=*&offset=5");
	}

	@Test
	void rangesThatCannotBeAreRefused() {
		Select select = this.cars.select();
		assertThatIllegalArgumentException().isThrownBy(() -> select.range(5, 4));
		assertThatIllegalArgumentException().isThrownBy(() -> select.limit(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> select.offset(-1));
	}

	@Test
	void aPrefixCanBeShared() {
		Select prefix = this.cars.select("id").eq("make", "VW");
		Select cheap = prefix.lt("price", 100);
		Select expensive = prefix.gt("price", 1000).limit(1).header("X-A", "b");
		assertTarget(cheap, "/cars?select=id&make=eq.VW&price=lt.100");
		assertTarget(expensive, "/cars?select=id&make=eq.VW&price=gt.1000&limit=1");
		assertTarget(prefix, "/cars?select=id&make=eq.VW");
		assertThat(this.exchange.request().headers().headerNames()).doesNotContain("X-A");
	}

	@Test
	void aSchemaIsSentAsProfile() {
		this.exchange.client().schema("shop").from("cars").select().list(Row.class).block();
		assertThat(this.exchange.request().headers().getFirst("Accept-Profile")).isEqualTo("shop");
		this.exchange.client().schema("shop").from("cars").delete().all().execute().block();
		assertThat(this.exchange.request().headers().getFirst("Content-Profile")).isEqualTo("shop");
	}

	@Test
	void singleLetsTheServerCount() {
		RecordingExchange one = new RecordingExchange("{\"id\":1}");
		Row row = one.client().from("cars").select().single(Row.class).block();
		assertThat(row).isEqualTo(Row.of(Map.of("id", 1)));
		assertThat(one.request().headers().getFirst("Accept")).isEqualTo("application/vnd.pgrst.object+json");
	}

	@Test
	void maybeSingleReadsTwoRowsAtMost() {
		StepVerifier.create(this.cars.select().maybeSingle(Row.class)).verifyComplete();
		assertThat(this.exchange.request().target()).isEqualTo("/cars?select=*&limit=2");
		RecordingExchange two = new RecordingExchange("[{\"id\":1},{\"id\":2}]");
		StepVerifier.create(two.client().from("cars").select().maybeSingle(Row.class)).verifyErrorSatisfies((error) -> {
			assertThat(error).isInstanceOf(IncorrectResultSizeDataAccessException.class);
			assertThat(Failure.of(error).kind()).isEqualTo(Failure.Kind.RESULT);
		});
	}

	@Test
	void countAsksForNoRows() {
		RecordingExchange counting = new RecordingExchange("[]").with("Content-Range", "*/103");
		Select select = counting.client().from("cars").select("id").eq("make", "VW").order("id").range(3, 5);
		StepVerifier.create(select.count()).expectNext(103L).verifyComplete();
		assertThat(counting.request().target()).isEqualTo("/cars?select=id&make=eq.VW&limit=0");
		assertThat(counting.request().headers().get("Prefer")).containsExactly("count=exact");
	}

	@Test
	void countWithoutTotalIsAnError() {
		StepVerifier.create(this.cars.select().count())
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("Content-Range")
				.hasMessageContaining("GET /cars"));
	}

	@Test
	void readsRecordsGenericsAndScalars() {
		RecordingExchange rows = new RecordingExchange("[{\"id\":9007199254740993,\"price\":0.10000000000000000001}]");
		assertThat(rows.client().from("cars").select().list(Car.class).block())
			.containsExactly(new Car(9007199254740993L, new BigDecimal("0.10000000000000000001")));
		assertThat(
				rows.client().from("cars").select().stream(new ParameterizedTypeReference<Map<String, BigDecimal>>() {
				}).collectList().block())
			.first()
			.extracting((row) -> row.get("price"))
			.hasToString("0.10000000000000000001");
		RecordingExchange words = new RecordingExchange("[\"a\",\"b \\\" c\"]");
		assertThat(words.client().rpc("words").list(String.class).block()).isEqualTo(List.of("a", "b \" c"));
		assertThat(new RecordingExchange("\"word\"").client().rpc("word").value(String.class).block())
			.isEqualTo("word");
		StepVerifier.create(new RecordingExchange("null").client().rpc("word").value(String.class)).verifyComplete();
	}

	@Test
	void namesThatCannotBeAreRefused() {
		PostgrestClient client = this.exchange.client();
		assertThatIllegalArgumentException().isThrownBy(() -> client.from(" ")).withMessageContaining("table");
		assertThatIllegalArgumentException().isThrownBy(() -> client.from(".."));
		assertThatIllegalArgumentException().isThrownBy(() -> client.from("a/../b"));
		assertThatIllegalArgumentException().isThrownBy(() -> client.rpc("")).withMessageContaining("function");
		assertThatIllegalArgumentException().isThrownBy(() -> client.schema("a\r\nb"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select(" "));
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.select().eq("", 1));
	}

	@Test
	void headersReplaceTheDefaultsAndAddPreferences() {
		this.exchange.with("Preference-Applied", "tx=rollback");
		this.cars.insert(Map.of())
			.header("accept", "text/csv")
			.header("Prefer", "tx=rollback")
			.header("X-A", "b")
			.execute()
			.block();
		assertThat(this.exchange.request().headers().get("Accept")).containsExactly("text/csv");
		assertThat(this.exchange.request().headers().get("Prefer")).containsExactly("return=minimal", "tx=rollback");
		assertThat(this.exchange.request().headers().get("X-A")).containsExactly("b");
	}

	@Test
	void headersCannotBeSplit() {
		Select select = this.cars.select();
		assertThatIllegalArgumentException().isThrownBy(() -> select.header("X-A", "secret\r\nX-B: c"))
			.withMessageNotContaining("secret");
		assertThatIllegalArgumentException().isThrownBy(() -> select.header("X A", "b"));
	}

	@Test
	void namesAreEncodedInThePath() {
		assertTarget(this.exchange.client().from("a b?c=d&e").select(), "/a%20b%3Fc%3Dd%26e?select=*");
	}

	private void assertTarget(Select select, String target) {
		select.list(Row.class).block();
		assertThat(this.exchange.request().target()).isEqualTo(target);
	}

	record Car(long id, BigDecimal price) {
	}

}
