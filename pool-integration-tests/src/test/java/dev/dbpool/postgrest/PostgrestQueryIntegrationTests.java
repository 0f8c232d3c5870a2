package dev.dbpool.postgrest;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Time;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.value.Range;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;

import static dev.dbpool.postgrest.Columns.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for each step and each result of the query builder on a real PostgREST.
 */
class PostgrestQueryIntegrationTests {

	static final String SCRIPT = "dev/dbpool/postgrest/library.sql";

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(EmbeddedPostgrest.builder()
		.script(SCRIPT)
		.postgrestSetting("db-aggregates-enabled", "true")
		.postgrestSetting("db-plan-enabled", "true")
		.postgrestSetting("db-tx-end", "commit-allow-override"));

	private static final UUID CODE = UUID.fromString("11111111-2222-3333-4444-555555555555");

	private static final ParameterizedTypeReference<Map<String, Object>> MAP = new ParameterizedTypeReference<>() {
	};

	private final PostgrestServer server;

	private final BlockingPostgrestClient db;

	PostgrestQueryIntegrationTests(PostgrestServer server) {
		this.server = server;
		this.db = Stack.service(server).blocking();
	}

	@BeforeEach
	void fill() {
		this.db.from("chapters").delete().all().execute();
		this.db.from("books").delete().all().execute();
		this.db.from("authors").delete().all().execute();
		this.db.from("authors")
			.insert(List.of(Map.of("id", 1, "name", "Ada", "country", "UK"), Map.of("id", 2, "name", "Bob")))
			.execute();
		this.db.from("books")
			.insert(List.of(
					book(1, "The fat cat",
							Map.of("author_id", 1, "translator_id", 2, "genre", Genre.NOVEL, "price",
									new BigDecimal("10.50"), "pages", 100, "tags", List.of("red", "blue"), "sold", true,
									"lent", Range.closedOpen(LocalDate.of(2026, 1, 1), LocalDate.of(2026, 2, 1)),
									"chapters", Range.closed(1, 9))),
					book(2, "Rats and fat rats",
							Map.of("author_id", 1, "genre", Genre.POEM, "price", 20, "pages", 200, "tags",
									List.of("blue", "green"), "sold", false, "lent",
									Range.atLeast(LocalDate.of(2026, 3, 1)), "chapters", Range.closedOpen(10, 20),
									"data", Map.of("size", Map.of("height", 7)))),
					book(3, "cats 100% _x_ *y*", Map.of("author_id", 2, "pages", 300))))
			.missingAsDefault()
			.execute();
		this.db.from("chapters")
			.insert(List.of(Map.of("id", 1, "book_id", 1, "title", "one", "length", 5),
					Map.of("id", 2, "book_id", 1, "title", "two", "length", 15),
					Map.of("id", 3, "book_id", 1, "title", "three", "length", 25),
					Map.of("id", 4, "book_id", 2, "title", "four", "length", 35)))
			.execute();
	}

	private static Map<String, Object> book(long id, String title, Map<String, Object> more) {
		Map<String, Object> book = new HashMap<>(more);
		book.put("id", id);
		book.put("title", title);
		return book;
	}

	@Test
	void comparesWithPatterns() {
		assertThat(ids((t) -> t.likeAllOf("title", List.of("%fat%", "*cat")))).containsExactly(1L);
		assertThat(ids((t) -> t.likeAnyOf("title", List.of("The%", "Rats%")))).containsExactly(1L, 2L);
		assertThat(ids((t) -> t.ilikeAllOf("title", List.of("%FAT%", "rats%")))).containsExactly(2L);
		assertThat(ids((t) -> t.ilikeAnyOf("title", List.of("THE%", "x,\"y\"")))).containsExactly(1L);
		assertThat(ids((t) -> t.match("title", "^[TR]"))).containsExactly(1L, 2L);
		assertThat(ids((t) -> t.imatch("title", "CAT( |$)"))).containsExactly(1L);
		assertThat(ids((t) -> t.startsWith("title", "cats 100%"))).containsExactly(3L);
		assertThat(ids((t) -> t.containsText("title", "_x_"))).containsExactly(3L);
		assertThat(ids((t) -> t.containsText("title", "_a_"))).isEmpty();
		assertThat(ids((t) -> t.endsWith("title", "*y*"))).containsExactly(3L);
		assertThat(ids((t) -> t.containsText("title", "*"))).containsExactly(3L);
		assertThat(ids((t) -> t.or((any) -> any.likeAnyOf("title", List.of("The%", "a,b")).endsWith("title", "*"))))
			.containsExactly(1L, 3L);
	}

	@Test
	void comparesWithValuesAndNothing() {
		assertThat(ids((t) -> t.isUnknown("sold"))).containsExactly(3L);
		assertThat(ids((t) -> t.isDistinct("price", 20))).containsExactly(1L, 3L);
		assertThat(ids((t) -> t.notIn("id", 1, 3))).containsExactly(2L);
		assertThat(ids((t) -> t.notIn("id", List.of()))).hasSize(3);
		assertThat(ids((t) -> t.not((one) -> one.in("id", 1, 3)))).containsExactly(2L);
		Map<String, Object> match = new HashMap<>();
		match.put("author_id", 2);
		match.put("price", null);
		assertThat(ids((t) -> t.match(match))).containsExactly(3L);
		assertThat(ids((t) -> t.eq("genre", Genre.POEM))).containsExactly(2L);
	}

	@Test
	void comparesArraysAndRanges() {
		assertThat(ids((t) -> t.overlaps("tags", List.of("red", "x")))).containsExactly(1L);
		assertThat(ids((t) -> t.contains("tags", new String[] { "blue" }))).containsExactly(1L, 2L);
		assertThat(ids((t) -> t.contains("lent", Range.closed(LocalDate.of(2026, 1, 5), LocalDate.of(2026, 1, 6)))))
			.containsExactly(1L);
		assertThat(ids((t) -> t.containedBy("chapters", Range.closed(1, 15)))).containsExactly(1L);
		assertThat(ids((t) -> t.overlaps("chapters", Range.open(8, 12)))).containsExactly(1L, 2L);
		assertThat(ids((t) -> t.rangeLt("chapters", Range.closed(10, 11)))).containsExactly(1L);
		assertThat(ids((t) -> t.rangeLte("chapters", Range.closedOpen(5, 10)))).containsExactly(1L);
		assertThat(ids((t) -> t.rangeGt("chapters", Range.closed(1, 9)))).containsExactly(2L);
		assertThat(ids((t) -> t.rangeGte("chapters", Range.closed(10, 11)))).containsExactly(2L);
		assertThat(ids((t) -> t.rangeAdjacent("chapters", Range.closedOpen(20, 30)))).containsExactly(2L);
		assertThat(ids((t) -> t.or((any) -> any.rangeLt("chapters", Range.closed(10, 11)).eq("id", 3))))
			.containsExactly(1L, 3L);
		assertThat(ids((t) -> t.contains("data", JsonMapper.shared().readTree("{\"size\":{\"height\":7}}"))))
			.containsExactly(2L);
	}

	@Test
	void searchesText() {
		assertThat(ids((t) -> t.textSearch("words", "fat & !cat"))).containsExactly(2L);
		assertThat(ids((t) -> t.textSearch("words", "cat fat", TextSearch.PLAIN, "english"))).containsExactly(1L);
		assertThat(ids((t) -> t.textSearch("words", "fat rats", TextSearch.PHRASE, "english"))).containsExactly(2L);
		assertThat(ids((t) -> t.textSearch("words", "\"fat rat\" or cat -fat", TextSearch.WEBSEARCH, "english")))
			.containsExactly(2L, 3L);
		assertThat(ids((t) -> t.textSearch("title", "cat", TextSearch.PLAIN))).isNotNull();
	}

	@Test
	void selectsWithEverythingThatASelectKnows() {
		Row row = this.db.from("books")
			.select("id", "cost:price::text", "size:data->size->>height", "...authors!author_id(author:name)",
					"chapters(title)", "translator:authors!translator_id(name)")
			.eq("id", 2)
			.single(Row.class);
		assertThat(row.asMap()).containsEntry("cost", "20")
			.containsEntry("size", "7")
			.containsEntry("author", "Ada")
			.containsEntry("chapters", List.of(Map.of("title", "four")))
			.containsEntry("translator", null);
		Row typed = this.db.from("books")
			.select(Field.of("id"), Field.of("price").cast("text").as("cost"),
					Field.of("data->size->>height").as("size"),
					Embedding.of("authors").by("author_id").spread().select(Field.of("name").as("author")),
					Embedding.of("chapters").select("title"),
					Embedding.of("authors").as("translator").by("translator_id").left().select("name"))
			.eq("id", 2)
			.single(Row.class);
		assertThat(typed).isEqualTo(row);
	}

	@Test
	void aggregates() {
		List<Row> rows = this.db.from("books")
			.select(Field.of("author_id"), Field.of("pages").sum().as("sum"), Field.of("pages").max().as("max"),
					Field.of("pages").min().as("min"), Field.of("pages").avg().cast("int").as("avg"),
					Field.of("price").count().as("priced"), Field.rowCount().as("books"))
			.order("author_id")
			.list(Row.class);
		assertThat(rows).extracting(Row::asMap)
			.containsExactly(
					Map.of("author_id", 1, "sum", 300, "max", 200, "min", 100, "avg", 150, "priced", 2, "books", 2),
					Map.of("author_id", 2, "sum", 300, "max", 300, "min", 300, "avg", 300, "priced", 0, "books", 1));
	}

	@Test
	void embeddedResourcesHaveFiltersAndOrderOfTheirOwn() {
		BlockingSelect books = this.db.from("books").select("id", "chapters(title)").order("id");
		assertThat(titles(books.embedded("chapters", (c) -> c.order("length", Direction.DESC).limit(2))))
			.containsExactly(List.of("three", "two"), List.of("four"), List.of());
		assertThat(titles(books.embedded("chapters", (c) -> c.order("title").range(1, 1))))
			.containsExactly(List.of("three"), List.of(), List.of());
		assertThat(titles(books.embedded("chapters",
				(c) -> c.or((any) -> any.gt("length", 20).eq("title", "one")).order("id").offset(1))))
			.containsExactly(List.of("three"), List.of(), List.of());
		assertThat(titles(books.embedded("chapters", (c) -> c.not((n) -> n.or((any) -> any.gt("length", 10))))))
			.containsExactly(List.of("one"), List.of(), List.of());
		assertThat(ids((t) -> t.select("id", "chapters!inner(id)").embedded("chapters", (c) -> c.gt("length", 30))))
			.containsExactly(2L);
		assertThat(ids((t) -> t.select("id", "chapters()").isNull("chapters"))).containsExactly(3L);
		assertThat(this.db.from("authors")
			.select("id", "books!author_id(id,chapters(id))")
			.embedded("books", (b) -> b.eq("id", 1).embedded("chapters", (c) -> c.eq("id", 2)))
			.eq("id", 1)
			.single(Row.class)
			.get("books")).isEqualTo(List.of(Map.of("id", 1, "chapters", List.of(Map.of("id", 2)))));
	}

	private static List<List<String>> titles(BlockingSelect books) {
		return books.list(BookWithChapters.class)
			.stream()
			.map((book) -> book.chapters().stream().map(Chapter::title).toList())
			.toList();
	}

	@Test
	void pagesReportTheTotalAndTheNext() {
		BlockingSelect books = this.db.from("books").select("id").order("id").limit(2);
		Page<Row> first = books.page(Row.class);
		assertThat(first.rows()).hasSize(2);
		assertThat(first.total()).isEqualTo(3);
		assertThat(first.hasNext()).isTrue();
		Page<Row> second = books.offset(first.nextOffset()).page(Row.class, Count.EXACT);
		assertThat(second.rows()).extracting((row) -> row.getLong("id")).containsExactly(3L);
		assertThat(second.hasNext()).isFalse();
		Page<Row> beyond = books.offset(50).page(Row.class);
		assertThat(beyond).isEqualTo(new Page<>(List.of(), 50, 3));
		assertThat(this.db.rpc("books_of").arg("author", 1).order("id").limit(1).page(Row.class).total()).isEqualTo(2);
	}

	@Test
	void aPageByAnEstimateThatIsTooLowHasItsRows() {
		long estimate = this.db.from("books").select().eq("title", "more").count(Count.PLANNED);
		List<Map<String, Object>> more = LongStream.rangeClosed(100, 100 + 2 * estimate)
			.mapToObj((id) -> book(id, "more", Map.of()))
			.toList();
		this.db.from("books").insert(more).execute();
		BlockingSelect books = this.db.from("books").select("id").eq("title", "more").order("id").limit(2);
		Page<Row> last = books.offset(2 * estimate).page(Row.class, Count.PLANNED);
		assertThat(last.rows()).hasSize(1);
		assertThat(last.total()).isGreaterThanOrEqualTo(last.nextOffset());
		assertThat(books.offset(10 * estimate).page(Row.class, Count.PLANNED).rows()).isEmpty();
	}

	@Test
	void countsOfEachKind() {
		BlockingSelect select = this.db.from("books").select().gt("pages", 100);
		assertThat(select.count()).isEqualTo(2);
		assertThat(select.count(Count.ESTIMATED)).isPositive();
		assertThat(select.count(Count.PLANNED)).isPositive();
		assertThat(select.header("Prefer", "count=exact").head().getFirst("Content-Range")).isEqualTo("0-1/2");
		assertThat(this.db.rpc("books_of").arg("author", 1).count()).isEqualTo(2);
		assertThat(this.db.rpc("books_of").arg("author", 1).readOnly().eq("id", 2).count()).isEqualTo(1);
		assertThat(this.db.rpc("books_of").arg("author", 1).header("Prefer", "count=exact").head())
			.satisfies((headers) -> assertThat(headers.getFirst("Content-Range")).isEqualTo("0-1/2"));
	}

	@Test
	void resultsInOtherForms() {
		BlockingSelect select = this.db.from("books").select("id", "price").order("id").limit(2);
		assertThat(select.csv()).isEqualTo("id,price\n1,10.50\n2,20");
		assertThat(select.rawJson())
			.isEqualToIgnoringWhitespace("[{\"id\":1,\"price\":10.50},{\"id\":2,\"price\":20}]");
		assertThat(select.json().get(0).get("price").decimalValue()).isEqualTo(new BigDecimal("10.50"));
		assertThat(select.list(MAP).get(0)).containsEntry("price", new BigDecimal("10.50"));
		assertThat(this.db.from("books").select("id", "price").stripNulls().eq("id", 3).single(MAP))
			.isEqualTo(Map.of("id", 3));
		assertThat(this.db.from("books").select("id", "price").stripNulls().eq("id", 3).list(MAP))
			.containsExactly(Map.of("id", 3));
		assertThat(this.db.from("books").insert(book(7, "x", Map.of())).select("id").csv()).isEqualTo("id\n7");
	}

	@Test
	void plansAreTextOrJson() {
		BlockingSelect select = this.db.from("books").select("id").eq("id", 1);
		assertThat(select.explain()).contains("cost=").doesNotContain("actual");
		assertThat(select.explain(ExplainOption.ANALYZE, ExplainOption.VERBOSE, ExplainOption.SETTINGS,
				ExplainOption.BUFFERS, ExplainOption.WAL))
			.contains("actual");
		JsonNode plan = select.explainJson(ExplainOption.ANALYZE);
		assertThat(plan.get(0).get("Plan").has("Actual Rows")).isTrue();
		assertThat(this.db.from("books").delete().eq("id", 3).explain()).contains("Delete");
		BlockingFilteredWrite undone = this.db.from("books").delete().eq("id", 3).rollback();
		assertThat(undone.explain(ExplainOption.ANALYZE)).contains("actual");
		assertThat(undone.explainJson(ExplainOption.ANALYZE).toString()).contains("Actual");
		assertThat(this.db.from("books").select().count()).isEqualTo(3);
	}

	@Test
	void writesCountWhatTheyAffected() {
		assertThat(this.db.from("books").update(Map.of("pages", 1)).eq("author_id", 1).executeAndCount()).isEqualTo(2);
		assertThat(
				this.db.from("books").insert(List.of(book(8, "x", Map.of()), book(9, "y", Map.of()))).executeAndCount())
			.isEqualTo(2);
		assertThat(this.db.from("books")
			.upsert(List.of(book(8, "z", Map.of()), book(10, "y", Map.of())))
			.executeAndCount()).isEqualTo(2);
		assertThat(this.db.from("books").delete().gte("id", 8).executeAndCount()).isEqualTo(3);
		assertThat(this.db.from("books").delete().gte("id", 8).executeAndCount()).isZero();
	}

	@Test
	void writesReturnRowsAndTheirNumber() {
		BlockingInsert insert = this.db.from("books")
			.insert(List.of(book(8, "x", Map.of()), book(9, "y", Map.of())))
			.select("id");
		Counted<List<Row>> inserted = insert.counted().list(Row.class);
		assertThat(inserted.value()).extracting((row) -> row.getLong("id")).containsExactly(8L, 9L);
		assertThat(inserted.count()).isEqualTo(2);
		BlockingFilteredWrite update = this.db.from("books").update(Map.of("pages", 1)).gte("id", 8);
		for (Count count : Count.values()) {
			assertThat(update.counted(count).list(Row.class)).satisfies((updated) -> {
				assertThat(updated.value()).hasSize(2);
				assertThat(updated.count()).isEqualTo(2);
			});
		}
		assertThat(update.executeAndCount(Count.ESTIMATED)).isEqualTo(2);
		assertThat(this.db.from("books").upsert(book(9, "z", Map.of())).counted().single(Row.class))
			.satisfies((upserted) -> {
				assertThat(upserted.value().getString("title")).isEqualTo("z");
				assertThat(upserted.count()).isEqualTo(1);
			});
		BlockingFilteredWrite delete = this.db.from("books").delete().eq("id", 9);
		assertThat(delete.counted().maybeSingle(Row.class).count()).isEqualTo(1);
		assertThat(delete.counted().maybeSingle(Row.class)).isEqualTo(new Counted<>(Optional.empty(), 0));
		assertThat(delete.counted(Count.PLANNED).list(Row.class)).isEqualTo(new Counted<>(List.of(), 0));
	}

	@Test
	void oneRowComesWithTheNumberOfAll() {
		BlockingSelect first = this.db.from("books").select("id").order("id").limit(1);
		assertThat(first.counted().single(Row.class)).isEqualTo(new Counted<>(Row.of(Map.of("id", 1)), 3));
		assertThat(first.counted().maybeSingle(Row.class))
			.isEqualTo(new Counted<>(Optional.of(Row.of(Map.of("id", 1))), 3));
		assertThat(first.counted(Count.PLANNED).single(Row.class).count()).isPositive();
		assertThat(first.offset(50).counted().maybeSingle(Row.class)).isEqualTo(new Counted<>(Optional.empty(), 3));
		assertThat(first.eq("id", -1).counted().maybeSingle(Row.class)).isEqualTo(new Counted<>(Optional.empty(), 0));
		assertThat(this.db.rpc("books_of").arg("author", 1).select("id").order("id").counted().list(Row.class).count())
			.isEqualTo(2);
		assertThat(this.db.rpc("books_of")
			.arg("author", 1)
			.select("id")
			.order("id")
			.limit(1)
			.counted()
			.single(Row.class)
			.count()).isEqualTo(2);
	}

	@Test
	void rowsWithoutAValueComeFirstOrLast() {
		BlockingSelect books = this.db.from("books").select("id");
		assertThat(books.order("price", Nulls.FIRST).list(Row.class)).extracting((row) -> row.getLong("id"))
			.containsExactly(3L, 1L, 2L);
		assertThat(books.order("price", Nulls.LAST).list(Row.class)).extracting((row) -> row.getLong("id"))
			.containsExactly(1L, 2L, 3L);
	}

	@Test
	void thePlanOfASingleRowIsThatOfItsRequest() {
		BlockingSelect book = this.db.from("books").select("id").eq("id", 1);
		assertThat(book.explainSingle()).contains("cost=");
		assertThat(book.explainSingleJson(ExplainOption.ANALYZE).get(0).get("Plan").has("Actual Rows")).isTrue();
		assertThat(this.db.from("books").delete().eq("id", 1).explainSingle()).contains("Delete");
	}

	@Test
	void aGroupOnAnUpdateIsAppliedToTheReturnedRowsToo() {
		BlockingFilteredWrite update = this.db.from("books").update(Map.of("pages", 7));
		assertThat(update.or((any) -> any.eq("pages", 100).eq("pages", 200)).list(Row.class)).isEmpty();
		assertThat(ids((t) -> t.eq("pages", 7))).containsExactly(1L, 2L);
		assertThat(update.and((all) -> all.gt("pages", 200).lt("pages", 400)).list(Row.class)).hasSize(1);
	}

	@Test
	void recordsThatLeaveOutDifferentColumnsAreInsertedTogether() {
		List<Draft> drafts = List.of(new Draft(20, "a", null, null), new Draft(21, "b", 5, null),
				new Draft(22, "c", null, List.of("x")));
		assertThat(this.db.from("books").insert(drafts).missingAsDefault().list(Draft.class))
			.containsExactly(new Draft(20, "a", null, List.of()), new Draft(21, "b", 5, List.of()), drafts.get(2));
		assertThat(this.db.from("books")
			.upsert(new Draft[] { new Draft(20, "z", null, null), new Draft(21, "y", 6, null) })
			.select("id", "title", "pages")
			.list(Draft.class)).extracting(Draft::pages).containsExactly(null, 6);
		assertThat(this.db.from("authors")
			.insert(List.of(Row.of(Map.of("id", 5, "name", "Eve")),
					Row.of(Map.of("id", 6, "name", "Fay", "country", "FR"))))
			.executeAndCount()).isEqualTo(2);
	}

	@Test
	void aNullInARowIsTheDefaultOfItsColumnIfThatIsAskedFor() {
		Book without = new Book(20L, "a", null, null);
		BlockingTable books = this.db.from("books");
		assertThatExceptionOfType(DataIntegrityViolationException.class)
			.isThrownBy(() -> books.insert(without).execute())
			.withMessageContaining("tags");
		assertThat(books.insert(without).nullsAsDefault("tags").single(Book.class))
			.isEqualTo(new Book(20L, "a", null, List.of()));
		assertThat(books.insert(List.of(new Book(21L, "b", 5, null), new Book(22L, "c", null, List.of("x"))))
			.nullsAsDefault()
			.list(Book.class))
			.containsExactly(new Book(21L, "b", 5, List.of()), new Book(22L, "c", null, List.of("x")));
		assertThat(books.upsert(new Book(21L, "z", null, List.of("y"))).nullsAsDefault().single(Book.class))
			.isEqualTo(new Book(21L, "z", 5, List.of("y")));
		assertThat(books.insert(new Book(23L, "d", 7, null)).columns("id", "title").single(Book.class))
			.isEqualTo(new Book(23L, "d", null, List.of()));
	}

	@Test
	void aClientHasPreferences() {
		this.db.from("books").update(Map.of("delivered", Instant.parse("2026-01-02T03:04:05Z"))).eq("id", 2).execute();
		BlockingPostgrestClient tokyo = this.db.prefer("timezone=Asia/Tokyo");
		assertThat(tokyo.from("books").select().eq("id", 2).single(Row.class).getString("delivered"))
			.isEqualTo("2026-01-02T12:04:05+09:00");
		assertThat(tokyo.from("books")
			.select()
			.eq("id", 2)
			.prefer("timezone=UTC")
			.single(Row.class)
			.getString("delivered")).isEqualTo("2026-01-02T03:04:05+00:00");
		BlockingPostgrestClient trial = this.db.prefer("tx=rollback");
		trial.from("books").delete().eq("id", 3).execute();
		trial.rpc("add_author").args(Map.of("author", 77, "copies", 1)).execute();
		assertThat(ids((t) -> t.eq("id", 3))).containsExactly(3L);
		assertThat(this.db.from("authors").select().eq("id", 77).count()).isZero();
	}

	@Test
	void theDatabaseDescribesItself() {
		assertThat(this.db.openApi().get("paths").has("/books")).isTrue();
	}

	@Test
	void datesOfTheOlderTypesAndOptionalValuesComeBackAsTheyWere() {
		Instant instant = Instant.parse("2026-01-02T03:04:05.678Z");
		Dated dated = new Dated(2L, java.sql.Date.valueOf("1999-12-31"), Date.from(instant), Time.valueOf("07:08:09"),
				Optional.of(5), Optional.empty());
		BlockingTable books = this.db.from("books");
		assertThat(books.update(dated).eq("id", 2).single(Dated.class)).isEqualTo(dated);
		assertThat(ids((t) -> t.eq("printed", dated.printed())
			.eq("delivered", dated.delivered())
			.eq("opens", dated.opens())
			.eq("pages", dated.pages())
			.match(Map.of("price", dated.price())))).containsExactly(2L);
	}

	@Test
	void rowsReadTheTypesOfPostgres() {
		this.db.from("books")
			.update(Map.of("printed", LocalDate.of(1999, 12, 31), "delivered",
					Instant.parse("2026-01-02T03:04:05.678901Z"), "opens", LocalTime.of(7, 8, 9), "took",
					Duration.ofMinutes(90), "cover", new byte[] { 0, -1 }, "numbers", List.of(1, 2)))
			.eq("id", 2)
			.execute();
		Row row = this.db.from("books").select().eq("id", 2).single(Row.class);
		assertThat(row.getLocalDate("printed")).isEqualTo(LocalDate.of(1999, 12, 31));
		assertThat(row.getInstant("delivered")).isEqualTo(Instant.parse("2026-01-02T03:04:05.678901Z"));
		assertThat(row.getOffsetDateTime("delivered").toInstant()).isEqualTo(row.getInstant("delivered"));
		assertThat(row.getLocalTime("opens")).isEqualTo(LocalTime.of(7, 8, 9));
		assertThat(row.get("took", Duration.class)).isEqualTo(Duration.ofMinutes(90));
		assertThat(row.get("cover", byte[].class)).containsExactly(0, -1);
		assertThat(row.get("genre", Genre.class)).isEqualTo(Genre.POEM);
		assertThat(row.getList("numbers", Long.class)).containsExactly(1L, 2L);
		assertThat(row.getList("tags", String.class)).containsExactly("blue", "green");
		assertThat(row.getJson("data").at("/size/height").intValue()).isEqualTo(7);
		assertThat(row.find("code", UUID.class)).isEmpty();
	}

	@Test
	void aFunctionThatReturnsNoRowOrSeveralHasDoneItsWork() {
		BlockingRpcCall none = this.db.rpc("add_author").args(Map.of("author", 31, "copies", 0));
		assertThat(none.maybeSingle(Row.class)).isEmpty();
		BlockingRpcCall two = this.db.rpc("add_author").args(Map.of("author", 32, "copies", 2));
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> two.maybeSingle(Row.class))
			.satisfies((failure) -> assertThat(Failure.of(failure).mayHaveRun()).isTrue());
		BlockingRpcCall undone = this.db.rpc("add_author").args(Map.of("author", 33, "copies", 0));
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> undone.single(Row.class))
			.satisfies((failure) -> assertThat(Failure.of(failure).mayHaveRun()).isFalse());
		assertThat(this.db.from("authors").select().gt("id", 30).order("id").list(Row.class))
			.extracting((row) -> row.getLong("id"))
			.containsExactly(31L, 32L);
	}

	@Test
	void aRollbackLeavesEverythingAsItWas() {
		assertThat(this.db.from("books").delete().eq("author_id", 2).rollback().list(Row.class)).hasSize(1);
		assertThat(this.db.from("books").insert(book(8, "x", Map.of())).rollback().single(Row.class).getLong("id"))
			.isEqualTo(8);
		assertThat(this.db.from("books").select().count()).isEqualTo(3);
	}

	@Test
	void aLimitOfAffectedRowsHoldsOrNothingIsWritten() {
		BlockingFilteredWrite update = this.db.from("books").update(Map.of("pages", 7)).eq("author_id", 1);
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> update.maxAffected(1).execute())
			.satisfies((failure) -> assertThat(Failure.of(failure).mayHaveRun()).isFalse());
		assertThat(ids((t) -> t.eq("pages", 7))).isEmpty();
	}

	@Test
	void valuesComeBackAsTheyWere() {
		Values values = new Values(50, "t", Genre.PLAY, new BigDecimal("12345678901234567890.12345678901234567890"),
				List.of("a,b", "{", "\"", "null", ""), true,
				Range.closedOpen(LocalDate.of(2026, 1, 1), LocalDate.of(2026, 2, 1)), Range.closedOpen(1, 5),
				Range.closedOpen(OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 600_000_000, ZoneOffset.UTC),
						OffsetDateTime.of(2027, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC)),
				CODE, LocalDate.of(1999, 12, 31), Instant.parse("2026-01-02T03:04:05.678901Z"), LocalTime.of(7, 8, 9),
				Duration.ofHours(30).plusMillis(1500), new byte[] { 0, 1, -1, 92 },
				List.of(Long.MIN_VALUE, Long.MAX_VALUE), Map.of("a", List.of(1, Map.of("b", "c"))));
		Values read = this.db.from("books").insert(values).single(Values.class);
		assertThat(read).usingRecursiveComparison().isEqualTo(values);
		assertThat(this.db.from("books").select().eq("id", 50).single(Values.class)).usingRecursiveComparison()
			.isEqualTo(values);
		assertThat(ids((t) -> t.eq(column(Values::price), values.price())
			.eq(column(Values::code), values.code())
			.eq(column(Values::delivered), values.delivered())
			.eq(column(Values::printed), values.printed())
			.eq(column(Values::opens), values.opens())
			.eq(column(Values::took), values.took())
			.eq(column(Values::cover), values.cover())
			.eq(column(Values::numbers), values.numbers())
			.eq(column(Values::open), values.open())
			.eq(column(Values::lent), values.lent())
			.eq(column(Values::tags), values.tags())
			.eq(column(Values::genreName), values.genreName()))).containsExactly(50L);
	}

	@Test
	void datesAndTimesComeBackAsTheyWere() {
		OffsetDateTime there = OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 600_000_000, ZoneOffset.UTC);
		LocalDateTime local = there.toLocalDateTime();
		assertComesBack(new Moments(1, local.toLocalDate(), LocalTime.of(7, 8, 9),
				OffsetTime.of(12, 0, 0, 0, ZoneOffset.UTC), local, there, Period.of(1, 2, 3), Duration.ofSeconds(-90),
				Range.closedOpen(local.toLocalDate(), LocalDate.MAX), Range.closedOpen(local, local.plusDays(1)),
				Range.closedOpen(there, there.plusDays(1))));
		assertComesBack(new Moments(2, LocalDate.MAX, LocalTime.MAX,
				OffsetTime.of(LocalTime.MAX, ZoneOffset.ofHoursMinutes(5, 30)), LocalDateTime.MAX, OffsetDateTime.MAX,
				Period.of(0, 0, -1), Duration.ofDays(40), Range.atLeast(LocalDate.of(12026, 1, 1)),
				Range.closedOpen(LocalDateTime.MIN, local), Range.closedOpen(OffsetDateTime.MIN, OffsetDateTime.MAX)));
		LocalDateTime beforeChrist = LocalDateTime.of(-43, 3, 15, 12, 0, 1);
		LocalDateTime far = LocalDateTime.of(12026, 3, 15, 12, 0, 1);
		assertComesBack(new Moments(3, beforeChrist.toLocalDate(), LocalTime.MIDNIGHT,
				OffsetTime.of(0, 0, 0, 0, ZoneOffset.ofHours(-12)), beforeChrist, beforeChrist.atOffset(ZoneOffset.UTC),
				Period.ZERO, Duration.ZERO, Range.closedOpen(beforeChrist.toLocalDate(), far.toLocalDate()),
				Range.closedOpen(beforeChrist, far),
				Range.closedOpen(beforeChrist.atOffset(ZoneOffset.UTC), far.atOffset(ZoneOffset.UTC))));
		assertComesBack(new Moments(4, LocalDate.MIN, null, null, LocalDateTime.MIN, OffsetDateTime.MIN, null, null,
				null, null, null));
	}

	private void assertComesBack(Moments moments) {
		assertThat(this.db.from("moments").insert(moments).single(Moments.class)).isEqualTo(moments);
		BlockingSelect same = this.db.from("moments")
			.select("instant")
			.eq("day", moments.day())
			.eq("local", moments.local())
			.eq("instant", moments.instant())
			.in("day", List.of(moments.day()));
		if (moments.took() != null) {
			same = same.eq("clock", moments.clock())
				.eq("clock_there", moments.clockThere())
				.eq("days", moments.days())
				.eq("took", moments.took())
				.eq("days_between", moments.daysBetween())
				.eq("locals_between", moments.localsBetween())
				.eq("instants_between", moments.instantsBetween());
		}
		Instant instant = switch ((int) moments.id()) {
			case 2 -> Instant.MAX;
			case 4 -> Instant.MIN;
			default -> moments.instant().toInstant();
		};
		assertThat(same.list(Instant.class)).containsExactly(instant);
		assertThat(same.eq("instant", instant).count()).isEqualTo(1);
	}

	@Test
	void nullsOfASetOfScalarsAreRows() {
		assertThat(this.db.rpc("words_and_null").readOnly().list(String.class)).containsExactly("a", null, "b");
		assertThat(this.db.rpc("words_and_null").list(String.class)).hasSize(3);
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> this.db.rpc("words_and_null").readOnly().stream(String.class).toList())
			.withMessageContaining("row 2 is null");
	}

	@Test
	void aSelectOfOneColumnIsAListOfItsValues() {
		assertThat(this.db.from("books").select("id").order("id").list(Long.class)).containsExactly(1L, 2L, 3L);
		assertThat(this.db.from("books").select("genre").order("id").list(Genre.class)).hasSize(3);
	}

	@Test
	void aLongListGoesIntoTheBodyOfACall() {
		long[] ids = LongStream.rangeClosed(1, 20_000).toArray();
		assertThat(this.db.rpc("books_by_id").arg("ids", ids).list(Row.class)).hasSize(3);
	}

	/**
	 * The rows take more memory than there is. A million of them:
	 * {@code -Ddbpool.stream.rows=1000000}.
	 */
	@Test
	@Tag("long")
	void aStreamTakesConstantMemory() throws IOException {
		int rows = Integer.getInteger("dbpool.stream.rows", 50_000);
		assertThat(StreamedRows.read(this.server, "32m", rows, 1_000)).isEqualTo(rows + " " + (rows * (rows + 1L) / 2));
	}

	@Test
	void callsTakeEveryStepOfAQuery() {
		BlockingRpcCall call = this.db.rpc("books_of").arg("author", 1);
		assertThat(call.select("id").order("id", Direction.DESC).limit(1).list(Row.class))
			.extracting((row) -> row.getLong("id"))
			.containsExactly(2L);
		assertThat(call.select("id", "chapters(id)")
			.gt("id", 1)
			.embedded("chapters", (c) -> c.gt("id", 3))
			.readOnly()
			.single(Row.class)
			.get("chapters")).isEqualTo(List.of(Map.of("id", 4)));
		assertThat(call.select("id").order("id").csv()).isEqualTo("id\n1\n2");
		assertThat(this.db.rpc("twice").arg("value", "a").readOnly().rawJson()).isEqualTo("\"aa\"");
	}

	@Test
	void theSamplesOfTheDocumentationRun(@TempDir Path directory) throws ReflectiveOperationException {
		List<String> samples = Documentation.samples();
		Class<?> compiled = Documentation.compile(directory, "Samples", samples, "void", "BlockingPostgrestClient db");
		for (int i = 0; i < samples.size(); i++) {
			compiled.getMethod("run" + i, BlockingPostgrestClient.class).invoke(null, this.db);
		}
	}

	private List<Long> ids(UnaryOperator<BlockingSelect> filters) {
		return filters.apply(this.db.from("books").select("id"))
			.order("id")
			.list(Row.class)
			.stream()
			.map((row) -> row.getLong("id"))
			.toList();
	}

	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record Moments(long id, LocalDate day, LocalTime clock, OffsetTime clockThere, LocalDateTime local,
			OffsetDateTime instant, Period days, Duration took, Range<LocalDate> daysBetween,
			Range<LocalDateTime> localsBetween, Range<OffsetDateTime> instantsBetween) {
	}

	enum Genre {

		NOVEL, POEM, PLAY

	}

	@JsonInclude(JsonInclude.Include.NON_NULL)
	record Draft(long id, String title, Integer pages, List<String> tags) {
	}

	record Book(Long id, String title, Integer pages, List<String> tags) {
	}

	record Dated(Long id, java.sql.Date printed, Date delivered, Time opens, Optional<Integer> pages,
			Optional<BigDecimal> price) {
	}

	record Chapter(String title) {
	}

	record BookWithChapters(long id, List<Chapter> chapters) {
	}

	record Values(long id, String title, @JsonProperty("genre") Genre genreName, BigDecimal price, List<String> tags,
			Boolean sold, Range<LocalDate> lent, Range<Integer> chapters, Range<OffsetDateTime> open, UUID code,
			LocalDate printed, Instant delivered, LocalTime opens, Duration took, byte[] cover, List<Long> numbers,
			Map<String, Object> data) {
	}

}
