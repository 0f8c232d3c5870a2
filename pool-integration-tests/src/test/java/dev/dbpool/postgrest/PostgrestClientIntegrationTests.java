package dev.dbpool.postgrest;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.test.StepVerifier;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the builders against a real PostgREST.
 */
class PostgrestClientIntegrationTests {

	static final String SCRIPT = "dev/dbpool/postgrest/cars.sql";

	/**
	 * Of the pairs of a name and a value, one in so many is tried.
	 */
	private static final int ONE_PAIR_IN = Integer.getInteger("dbpool.encoding.one-pair-in", 12);

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension
		.of(EmbeddedPostgrest.builder().schemas("public", "shop").script(SCRIPT));

	private static final UUID CODE = UUID.fromString("11111111-2222-3333-4444-555555555555");

	private final PostgrestClient db;

	private final BlockingPostgrestClient blocking;

	PostgrestClientIntegrationTests(PostgrestServer server) {
		this.db = Stack.service(server);
		this.blocking = this.db.blocking();
	}

	@BeforeEach
	void insertCars() {
		this.blocking.from("cars").delete().all().execute();
		this.blocking.from("owners").delete().all().execute();
		this.blocking.from("owners")
			.insert(List.of(Map.of("id", 1, "name", "Ada"), Map.of("id", 2, "name", "Bob")))
			.execute();
		this.blocking.from("cars")
			.insert(List.of(
					new NewCar(1, "VW", new BigDecimal("100.10"), List.of("red", "old, \"rusty\""),
							Map.of("size", Map.of("doors", 4)), true, LocalDate.of(1970, 1, 1), CODE, 1L),
					new NewCar(2, "VW", new BigDecimal("12345678901234567890.123456789"), List.of("blue"),
							Map.of("size", Map.of("doors", 2)), false, LocalDate.of(2000, 1, 1), null, 2L),
					new NewCar(Long.MAX_VALUE, "Fiat, \"Uno\" (new)", null, List.of(), null, null, null, null, null)))
			.execute();
	}

	@Test
	void readsTypedRowsInOrder() {
		List<Car> cars = this.db.from("cars")
			.select("id, make, price, owner:owners!owner_id(name)")
			.eq("make", "VW")
			.order("price", Direction.DESC)
			.limit(10)
			.list(Car.class)
			.block();
		assertThat(cars).containsExactly(
				new Car(2, "VW", new BigDecimal("12345678901234567890.123456789"), new Owner("Bob")),
				new Car(1, "VW", new BigDecimal("100.10"), new Owner("Ada")));
	}

	@Test
	void filtersAsPostgresDoes() {
		assertThat(ids((t) -> t.neq("id", 1))).containsExactly(2L, Long.MAX_VALUE);
		assertThat(ids((t) -> t.gt("price", new BigDecimal("100.1")).lte("id", 5))).containsExactly(2L);
		assertThat(ids((t) -> t.gte("id", Long.MAX_VALUE))).containsExactly(Long.MAX_VALUE);
		assertThat(ids((t) -> t.lt("built", LocalDate.of(1999, 12, 31)))).containsExactly(1L);
		assertThat(ids((t) -> t.lte("created", Instant.now().plusSeconds(3600)))).hasSize(3);
		assertThat(ids((t) -> t.eq("code", CODE))).containsExactly(1L);
		assertThat(ids((t) -> t.like("make", "Fiat*"))).containsExactly(Long.MAX_VALUE);
		assertThat(ids((t) -> t.ilike("make", "v_"))).containsExactly(1L, 2L);
		assertThat(ids((t) -> t.isNull("price"))).containsExactly(Long.MAX_VALUE);
		assertThat(ids((t) -> t.isNotNull("price").isTrue("sold"))).containsExactly(1L);
		assertThat(ids((t) -> t.isFalse("sold"))).containsExactly(2L);
		assertThat(ids((t) -> t.in("make", "Fiat, \"Uno\" (new)", "x"))).containsExactly(Long.MAX_VALUE);
		assertThat(ids((t) -> t.in("id", List.of()))).isEmpty();
		assertThat(ids((t) -> t.contains("tags", List.of("old, \"rusty\"")))).containsExactly(1L);
		assertThat(ids((t) -> t.containedBy("tags", List.of("blue", "green")))).containsExactly(2L, Long.MAX_VALUE);
		assertThat(ids((t) -> t.contains("data", Map.of("size", Map.of("doors", 4))))).containsExactly(1L);
		assertThat(ids((t) -> t.eq("data->size->>doors", 2))).containsExactly(2L);
		assertThat(ids((t) -> t.filter("make", "match", "^V"))).containsExactly(1L, 2L);
		assertThat(ids((t) -> t.filter("make", "plfts(simple)", "vw"))).containsExactly(1L, 2L);
	}

	@Test
	void groupsAsPostgresDoes() {
		assertThat(ids((t) -> t.or((any) -> any.eq("make", "Fiat, \"Uno\" (new)").eq("id", 1)))).containsExactly(1L,
				Long.MAX_VALUE);
		assertThat(ids((t) -> t
			.or((any) -> any.and((all) -> all.eq("make", "VW").isTrue("sold")).contains("tags", List.of("blue")))))
			.containsExactly(1L, 2L);
		assertThat(ids((t) -> t.not((one) -> one.in("id", 1, 2)))).containsExactly(Long.MAX_VALUE);
		assertThat(ids((t) -> t.not((both) -> both.eq("make", "VW").eq("id", 1)))).containsExactly(2L, Long.MAX_VALUE);
		assertThat(ids((t) -> t.or((any) -> any.not((none) -> none.or((x) -> x.eq("id", 1).eq("id", 2))))))
			.containsExactly(Long.MAX_VALUE);
	}

	@Test
	void filtersAndOrdersByEmbeddedResources() {
		assertThat(this.blocking.from("cars")
			.select("id", "owners!owner_id!inner(name)")
			.eq("owners.name", "Bob")
			.list(Row.class)).extracting((row) -> row.getLong("id")).containsExactly(2L);
		assertThat(this.blocking.from("cars")
			.select("id, owner:owners!owner_id(name)")
			.isNotNull("owner_id")
			.order("owner(name)", Direction.DESC)
			.list(Row.class)).extracting((row) -> row.getLong("id")).containsExactly(2L, 1L);
	}

	@Test
	void ranksNullsWhereAsked() {
		BlockingSelect select = this.blocking.from("cars").select("id");
		assertThat(select.order("price", Direction.ASC, Nulls.FIRST).limit(1).single(Row.class).getLong("id"))
			.isEqualTo(Long.MAX_VALUE);
		assertThat(select.order("id").range(1, 1).single(Row.class).getLong("id")).isEqualTo(2);
	}

	@Test
	void countsWhateverTheLimit() {
		assertThat(this.blocking.from("cars").select().eq("make", "VW").limit(1).count()).isEqualTo(2);
		assertThat(this.blocking.from("cars").select().in("id", List.of()).count()).isZero();
	}

	@Test
	void oneRowIsOneRow() {
		BlockingSelect select = this.blocking.from("cars").select("id");
		assertThat(select.eq("id", 1).single(Row.class).getInt("id")).isEqualTo(1);
		assertThatExceptionOfType(EmptyResultDataAccessException.class)
			.isThrownBy(() -> select.eq("id", 3).single(Row.class));
		assertThatExceptionOfType(IncorrectResultSizeDataAccessException.class)
			.isThrownBy(() -> select.single(Row.class))
			.satisfies((error) -> assertThat(error.getActualSize()).isEqualTo(3));
		assertThat(select.eq("id", 1).maybeSingle(Row.class)).isPresent();
		assertThat(select.eq("id", 3).maybeSingle(Row.class)).isEmpty();
		assertThatExceptionOfType(IncorrectResultSizeDataAccessException.class)
			.isThrownBy(() -> select.maybeSingle(Row.class));
	}

	@Test
	void writesReturnWhatTheyWrote() {
		assertThat(this.blocking.from("owners").insert(Map.of("id", 3, "name", "Eve")).single(Row.class).asMap())
			.containsEntry("name", "Eve");
		assertThat(this.blocking.from("owners").update(Map.of("name", "X")).gte("id", 2).select("id").list(Row.class))
			.hasSize(2);
		assertThat(this.blocking.from("owners").delete().eq("id", 3).maybeSingle(Row.class)).isPresent();
		assertThat(this.blocking.from("owners").delete().eq("id", 3).maybeSingle(Row.class)).isEmpty();
	}

	@Test
	void aWriteOfTooManyRowsIsUndone() {
		assertThatExceptionOfType(IncorrectResultSizeDataAccessException.class).isThrownBy(
				() -> this.blocking.from("cars").update(Map.of("make", "X")).eq("make", "VW").single(Row.class));
		assertThatExceptionOfType(IncorrectResultSizeDataAccessException.class)
			.isThrownBy(() -> this.blocking.from("cars").delete().eq("make", "VW").maybeSingle(Row.class));
		assertThat(ids((t) -> t.eq("make", "VW"))).hasSize(2);
	}

	@Test
	void upsertsMergeOrIgnore() {
		this.blocking.from("owners")
			.upsert(List.of(Map.of("id", 1, "name", "Ann"), Map.of("id", 3, "name", "Eve")))
			.execute();
		assertThat(this.blocking.from("owners")
			.upsert(List.of(Map.of("id", 1, "name", "No"), Map.of("id", 4, "name", "Kim")))
			.onConflict("id")
			.ignoreDuplicates()
			.list(Row.class)).hasSize(1);
		assertThat(this.blocking.from("owners").select("name").order("id").list(Row.class))
			.extracting((row) -> row.getString("name"))
			.containsExactly("Ann", "Bob", "Eve", "Kim");
	}

	@Test
	void rowsOfOneInsertMayDiffer() {
		List<Row> rows = this.blocking.from("cars")
			.insert(List.of(Map.of("id", 10, "make", "A", "tags", List.of("x")), Map.of("id", 11, "make", "B")))
			.missingAsDefault()
			.select("tags")
			.list(Row.class);
		assertThat(rows).extracting((row) -> row.get("tags")).containsExactly(List.of("x"), List.of());
	}

	@Test
	void callsFunctions() {
		BlockingRpcCall add = this.blocking.rpc("add").args(Map.of("a", Long.MAX_VALUE - 1)).arg("b", 1);
		assertThat(add.value(Long.class)).contains(Long.MAX_VALUE);
		assertThat(add.readOnly().value(Long.class)).contains(Long.MAX_VALUE);
		assertThat(this.blocking.rpc("add").args(new Sum(1, 2)).value(int.class)).contains(3);
		assertThat(this.blocking.rpc("words").readOnly().list(String.class)).containsExactly("a", "b, \"c\"");
		assertThat(this.blocking.rpc("echo").arg("value", "a \"b\"").value(String.class)).contains("a \"b\"");
		assertThat(this.blocking.rpc("echo").arg("value", null).value(String.class)).isEmpty();
		assertThat(this.blocking.rpc("cars_made")
			.arg("since", LocalDate.of(1999, 1, 1))
			.readOnly()
			.select("id", "make")
			.eq("make", "VW")
			.single(Row.class)
			.getLong("id")).isEqualTo(2);
		this.blocking.rpc("nothing").execute();
	}

	@Test
	void anotherSchemaCanBeAsked() {
		assertThat(this.blocking.schema("shop").from("offers").select().list(Row.class)).hasSize(1);
		this.blocking.schema("shop").from("offers").insert(Map.of("id", 8)).execute();
		assertThat(this.blocking.schema("shop").from("offers").delete().eq("id", 8).list(Row.class)).hasSize(1);
	}

	@Test
	void largeAnswersAreRead() {
		assertThat(this.blocking.rpc("numbers").arg("upto", 30_000).list(Row.class)).hasSize(30_000);
		StepVerifier.create(this.db.rpc("numbers")
			.arg("upto", 200_000)
			.readOnly()
			.stream(new ParameterizedTypeReference<Map<String, Integer>>() {
			})
			.map((row) -> row.getOrDefault("n", 0).longValue())
			.reduce(Long::sum)).expectNext(20_000_100_000L).verifyComplete();
		try (Stream<Row> rows = this.blocking.rpc("numbers").arg("upto", 200_000).stream(Row.class)) {
			assertThat(rows.limit(3)).hasSize(3);
		}
	}

	@Test
	@Tag("proof")
	void everyNameAndEveryValueComesBackAsItWas() {
		List<String> columns = List.of("first name", "\"a.b\"", "or", "order", "select", "x\"y", "\"c,d\"", "\"e(f)\"",
				"back\\slash", "100%&=+;", "größe", "\"j->>k\"");
		List<String> values = List.of("", " ", "null", "NULL", "x", "a,b", "(a)", "a)", "\"", "\"q\"", "\\", "\\\"",
				"{a}", "{", "a.b", "eq.1", "not.eq.1", "*", "%", "%25", "a&b=c", "a+b", "a;b", "#", "?", "/", "'; --",
				"é😀", "a\nb\tc", "in.(1)", "x\\,y", "true", "-1", "1.50");
		for (int n = 0; n < columns.size(); n++) {
			String column = columns.get(n);
			String name = column.startsWith("\"") ? column.substring(1, column.length() - 1) : column;
			insertOdd(name, values);
			for (int i = n % ONE_PAIR_IN; i < values.size(); i += ONE_PAIR_IN) {
				assertOneRow(column, values.get(i), i);
			}
			assertThat(odd((t) -> t.in(column, values))).as("%s in all", column).hasSize(values.size());
			assertThat(odd((t) -> t.order(column).isNotNull(column))).hasSize(values.size());
		}
	}

	private void insertOdd(String name, List<String> values) {
		this.blocking.from("odd").delete().all().execute();
		List<Map<String, Object>> rows = IntStream.range(0, values.size())
			.mapToObj((i) -> Map.<String, Object>of("id", i, name, values.get(i)))
			.toList();
		this.blocking.from("odd").insert(rows).execute();
	}

	private void assertOneRow(String column, String value, long id) {
		assertThat(odd((t) -> t.eq(column, value))).as("%s eq %s", column, value).containsExactly(id);
		assertThat(odd((t) -> t.in(column, value))).as("%s in %s", column, value).containsExactly(id);
		assertThat(odd((t) -> t.or((any) -> any.eq(column, value).eq("id", -1))))
			.as("%s eq %s in a group", column, value)
			.containsExactly(id);
		assertThat(odd((t) -> t.or((any) -> any.in(column, value).not((one) -> one.neq(column, value)))))
			.as("%s in %s in a group", column, value)
			.containsExactly(id);
	}

	@Test
	void aFilterOnAColumnWithADotRestrictsAWrite() {
		insertOdd("a.b", List.of("x", "y", "z"));
		assertThat(this.blocking.from("odd").update(Map.of("or", "1")).eq("\"a.b\"", "y").list(Row.class)).hasSize(1);
		assertThat(this.blocking.from("odd").delete().eq("\"a.b\"", "y").list(Row.class)).hasSize(1);
		assertThat(this.blocking.from("odd").select().count()).isEqualTo(2);
	}

	@Test
	void argumentsInAUrlComeBackAsTheyWere() {
		for (String value : Arrays.asList("", " ", "a&b=c", "a+b", "%", "\"", "é😀", "{1,2}", "x.y", "a;b", "(", "'")) {
			assertThat(this.blocking.rpc("echo").arg("value", value).readOnly().value(String.class)).contains(value);
		}
	}

	@Test
	void rowsCanBeSentBack() {
		Row row = this.blocking.from("cars").select("id, make, price, data, tags").eq("id", 2).single(Row.class);
		Map<String, Object> copy = new HashMap<>(row.asMap());
		copy.put("id", 3);
		this.blocking.from("cars").insert(Row.of(copy)).execute();
		Row read = this.blocking.from("cars").select("id, make, price, data, tags").eq("id", 3).single(Row.class);
		assertThat(read.getBigDecimal("price")).isEqualTo(row.getBigDecimal("price"));
		assertThat(read.get("data")).isEqualTo(row.get("data"));
	}

	private List<Long> ids(UnaryOperator<BlockingSelect> filters) {
		return filters.apply(this.blocking.from("cars").select("id"))
			.order("id")
			.list(Row.class)
			.stream()
			.map((row) -> row.getLong("id"))
			.toList();
	}

	private List<Long> odd(UnaryOperator<BlockingSelect> filters) {
		return filters.apply(this.blocking.from("odd").select("id"))
			.list(Row.class)
			.stream()
			.map((row) -> row.getLong("id"))
			.toList();
	}

	record Owner(String name) {
	}

	record Car(long id, String make, BigDecimal price, Owner owner) {
	}

	record Sum(long a, long b) {
	}

	record NewCar(long id, String make, BigDecimal price, List<String> tags, Map<String, Object> data, Boolean sold,
			LocalDate built, UUID code, @JsonProperty("owner_id") Long ownerId) {
	}

}
