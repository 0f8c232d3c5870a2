package dev.dbpool.client;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import dev.dbpool.postgrest.Direction;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.error.UncategorizedPostgrestException;
import dev.dbpool.postgrest.value.PgArray;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transaction.FailedOperation;
import dev.dbpool.transaction.RowLock;
import dev.dbpool.transaction.SelectStatement;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import dev.dbpool.transaction.TransactionStatement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.http.HttpStatusCode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What transactions promise, on a real server.
 */
class TransactionIntegrationTests extends TransactionTestSupport {

	private static final String USER_A = "00000000-0000-0000-0000-00000000000a";

	@Test
	void laterOperationsUseWhatEarlierOnesReturned() {
		record Placed(Sale sale, List<SaleItem> items) {
		}
		Placed placed = client().inTransaction((tx) -> {
			var sale = tx.from("sales").insert(new Draft("refs", new BigDecimal("10.10")));
			var items = tx.from("sale_items")
				.insert(List.of(Map.of("article", "a", "sale_id", sale.ref("id")),
						Map.of("article", "b", "amount", 3, "sale_id", sale.ref("id"))));
			tx.from("sale_items").update().increment("amount", 10).in("id", items.refs("id")).expect(2);
			var changed = tx.from("sale_items").select().eq("sale_id", sale.ref("id")).order("id", Direction.DESC);
			return sale.single(Sale.class).and(changed.list(SaleItem.class), Placed::new);
		}).block();
		assertThat(placed.sale().reference()).isEqualTo("refs");
		assertThat(placed.sale().note()).isEqualTo("none");
		assertThat(placed.sale().total_with_tax()).isEqualByComparingTo("12.12");
		assertThat(placed.items()).extracting(SaleItem::article).containsExactly("b", "a");
		assertThat(placed.items()).extracting(SaleItem::amount).containsExactly(13, 11);
		assertThat(placed.items()).extracting(SaleItem::sale_id).containsOnly(placed.sale().id());
	}

	@Test
	void resultsAreReadByOperation() {
		AtomicStatements statements = new AtomicStatements();
		TransactionResult result = client().named("POST /api/sales").transaction((tx) -> {
			statements.add(tx.from("sales").insert(List.of(Map.of("reference", "x1"), Map.of("reference", "x2"))));
			statements.add(tx.from("sales").delete().like("reference", "x_").returningNothing());
			statements.add(tx.rpc("add_up").arg("a", 4));
		}).block();
		assertThat(result.rows(statements.get(0), Sale.class)).extracting(Sale::reference).containsExactly("x1", "x2");
		assertThat(result.count(statements.get(1))).isEqualTo(2);
		assertThat(result.rows(statements.get(1), Row.class)).isEmpty();
		assertThat(result.row(statements.get(2), Integer.class)).isEqualTo(9);
		assertThat(result.rows(2, String.class)).containsExactly("9");
		assertThat(result.replayed()).isFalse();
		assertThat(this.outcomes).last().satisfies((outcome) -> {
			assertThat(outcome.operation().name()).isEqualTo("POST /api/sales");
			assertThat(outcome.operation().lane()).isEqualTo(Lane.WRITE);
		});
	}

	@Test
	void functionsTakeArgumentsAndReferencesAndReturnWhatTheyReturn() {
		List<Object> values = client().<List<Object>>inTransaction((tx) -> {
			var sum = tx.rpc("add_up").arg("a", 1).arg("b", 2);
			var next = tx.rpc("add_up").arg("a", sum.ref());
			var rows = tx.rpc("counted").arg("upto", 2);
			var words = tx.rpc("count_words").arg("words", List.of("a", "b,c", "d\"e"));
			var text = tx.rpc("text_of").arg("doc", Map.of("text", "inner"));
			tx.rpc("note_sale").arg("reference", "void");
			return (result) -> List.of(result.row(next, Integer.class), result.rows(rows, Row.class),
					result.row(words, Integer.class), result.row(text, String.class));
		}).block();
		assertThat(values).containsExactly(8, List.of(Row.of(Map.of("n", 1)), Row.of(Map.of("n", 2))), 3, "inner");
		assertThat(sales("void")).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 4, 9 })
	void anErrorNamesItsOperationAndNothingOfTheTransactionRemains(int failing) {
		String reference = "undone" + failing;
		Mono<TransactionResult> transaction = client().transaction((tx) -> {
			for (int i = 0; i < 10; i++) {
				tx.from("sales").insert(Map.of("reference", reference, "total", (i == failing) ? "no number" : "1"));
			}
		});
		assertThatExceptionOfType(DataIntegrityViolationException.class).isThrownBy(transaction::block)
			.withMessageContaining("operation %d of 10 (insert sales): invalid input syntax", failing + 1)
			.satisfies((failure) -> {
				FailedOperation failed = FailedOperation.in(failure).orElseThrow();
				assertThat(failed.index()).isEqualTo(failing);
				assertThat(failed.kind()).isEqualTo("insert");
				assertThat(failed.target()).hasValue("sales");
				assertThat(PostgrestException.in(failure).orElseThrow().failure().execution())
					.isEqualTo(Execution.ROLLED_BACK);
			});
		assertThat(sales(reference)).isZero();
	}

	@Test
	void constraintsKeepTheirExceptionsAndTheirNames() {
		PooledClient client = client();
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> client.transaction((tx) -> {
			tx.from("articles").insert(Map.of("name", "twice", "stock", 1));
			tx.from("articles").insert(Map.of("name", "twice", "stock", 1));
		}).block())
			.satisfies((failure) -> assertThat(FailedOperation.in(failure).orElseThrow().constraint())
				.hasValue("articles_pkey"));
		assertThatExceptionOfType(DataIntegrityViolationException.class).isThrownBy(() -> client.transaction((tx) -> {
			tx.from("sales").insert(Map.of("reference", "late"));
			tx.from("late_checks").insert(Map.of("id", 1, "sale_id", -1));
		}).block()).withMessageContaining("at the end of the transaction").satisfies((failure) -> {
			FailedOperation failed = FailedOperation.in(failure).orElseThrow();
			assertThat(failed.kind()).isEqualTo("commit");
			assertThat(failed.index()).isEqualTo(2);
			assertThat(failed.constraint()).hasValue("late_checks_sale_id_fkey");
		});
		assertThat(sales("late")).isZero();
	}

	@Test
	void anUnexpectedNumberOfRowsUndoesTheTransaction() {
		PooledClient client = client();
		client.transaction((tx) -> tx.from("articles").upsert(Map.of("name", "locked", "stock", 5))).block();
		Mono<TransactionResult> sell = client.transaction((tx) -> {
			tx.from("sales").insert(Map.of("reference", "optimistic"));
			tx.from("articles")
				.update()
				.increment("stock", -1)
				.increment("version", 1)
				.eq("name", "locked")
				.eq("version", 1)
				.expect(1);
		});
		sell.block();
		assertThatExceptionOfType(OptimisticLockingFailureException.class).isThrownBy(sell::block)
			.withMessageContaining("operation 2 of 2 (update articles): it was to affect 1 row(s) and affected 0");
		assertThat(sales("optimistic")).isEqualTo(1);
		assertThat(number("select stock from articles where name = 'locked'")).isEqualTo(4);
		assertThatExceptionOfType(IncorrectResultSizeDataAccessException.class).isThrownBy(() -> client
			.inTransaction((tx) -> tx.from("sales").select().eq("reference", "nowhere").single(Sale.class))
			.block());
		client
			.transaction(
					(tx) -> tx.from("sales").insert(List.of(Map.of("reference", "two"), Map.of("reference", "two"))))
			.block();
		assertThatExceptionOfType(OptimisticLockingFailureException.class).isThrownBy(() -> client
			.inTransaction((tx) -> tx.from("sales").delete().eq("reference", "two").maybeSingle(Sale.class))
			.block());
		assertThat(sales("two")).isEqualTo(2);
	}

	@Test
	void manyRowsMayHaveAReferenceEach() {
		int rows = 2_000;
		long items = client().<Long>inTransaction((tx) -> {
			var sales = tx.from("sales")
				.insert(IntStream.range(0, rows).mapToObj((i) -> Map.of("reference", "many")).toList())
				.returning("id");
			return tx.from("sale_items")
				.insert(IntStream.range(0, rows)
					.mapToObj((i) -> Map.of("article", "many", "sale_id", sales.ref(i, "id"), "amount", i + 1))
					.toList())
				.returningNothing()
				.count();
		}).block();
		assertThat(items).isEqualTo(rows);
		assertThat(number("select count(distinct sale_id) from sale_items where article = 'many'")).isEqualTo(rows);
		assertThat(number("select count(*) from sale_items i where article = 'many' and sale_id - amount <>"
				+ " (select min(sale_id) - 1 from sale_items where article = 'many')"))
			.isZero();
	}

	@Test
	void aReferenceCannotAddRows() {
		for (String place : List.of("1", "-1", "2147483000")) {
			Map<String, Object> reference = Map.of("path", List.of("rows", place, "reference"), "op", 0, "row", 0,
					"column", "n");
			assertThatExceptionOfType(DataIntegrityViolationException.class)
				.isThrownBy(() -> client().rpc("dbpool_transaction")
					.args(Map.of("ops",
							List.of(Map.of("op", "rpc", "function", "counted", "args", Map.of("upto", 1)),
									Map.of("op", "insert", "table", "sales", "rows", List.of(Map.of("reference", "x")),
											"references", List.of(reference)))))
					.value(Row.class)
					.block())
				.withMessageContaining("there is no row");
		}
	}

	@Test
	void whatAFunctionRaisesOnPurposeIsLeftAsItIs() {
		PooledClient client = client();
		assertThatExceptionOfType(UncategorizedPostgrestException.class)
			.isThrownBy(() -> client.transaction((tx) -> tx.rpc("conflict").expect(0)).block())
			.withMessageContaining("operation 1 of 1 (rpc conflict): taken");
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> client.transaction((tx) -> tx.rpc("answer_itself")).block())
			.satisfies((failure) -> {
				PostgrestError error = PostgrestException.in(failure).orElseThrow().error();
				assertThat(error.code()).hasValue("SHOP1");
				assertThat(error.status().map(HttpStatusCode::value)).hasValue(422);
			});
	}

	@Test
	void aNullThatAFunctionReturnsIsNoRowToRead() {
		PooledClient client = client();
		assertThat(client.inTransaction((tx) -> tx.rpc("nothing").maybeSingle(String.class)).block()).isEmpty();
		assertThatExceptionOfType(EmptyResultDataAccessException.class)
			.isThrownBy(() -> client.inTransaction((tx) -> tx.rpc("nothing").single(String.class)).block())
			.withMessageContaining("returned one row, which is null");
	}

	@Test
	void aTimeoutNamesTheOperationThatTookTooLong() {
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> sql("set statement_timeout = '2s'; select dbpool_transaction('["
					+ "{\"op\": \"select\", \"table\": \"sales\"},"
					+ "{\"op\": \"rpc\", \"function\": \"slow\", \"args\": {\"seconds\": 30}}]')"))
			.withMessageContaining("operation 2 of 2 (rpc slow): canceling statement due to statement timeout");
	}

	@Test
	void aReadOnlyTransactionRunsOnTheReadLaneAndSeesOneSnapshot() {
		PooledClient client = client();
		String isolation = client.inTransaction((tx) -> {
			tx.readOnly();
			tx.from("sales")
				.select("id", "reference")
				.or((any) -> any.eq("reference", "a&b=c").isNull("note"))
				.limit(3);
			return tx.rpc("isolation").single(String.class);
		}).block();
		assertThat(isolation).isEqualTo("repeatable read");
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isZero();
		Long found = client.inTransaction((tx) -> {
			tx.readOnly();
			return tx.from("cars").select("id").in("id", IntStream.rangeClosed(1, 3_000).boxed().toList()).count();
		}).block();
		assertThat(found).isEqualTo(3_000);
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isEqualTo(1);
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(() -> client.transaction((tx) -> {
				tx.readOnly();
				tx.rpc("note_sale").arg("reference", "read-only");
			}).block())
			.withMessageContaining("read-only transaction");
	}

	@Test
	void aSerializableTransactionIsOneToTheDatabase() {
		PooledClient client = client((builder) -> connections(builder, 6));
		assertThat(client.inTransaction((tx) -> {
			tx.serializable();
			return tx.rpc("isolation").single(String.class);
		}).block()).isEqualTo("serializable");
		sql("insert into articles (name, stock) values ('serial', 40)");
		Flux.range(0, 40).flatMap((i) -> client.transaction((tx) -> {
			tx.serializable();
			tx.from("articles").select().gt("stock", 0);
			tx.from("articles").update().increment("stock", -1).eq("name", "serial").expect(1);
		}), 6).blockLast(Duration.ofSeconds(30));
		assertThat(number("select stock from articles where name = 'serial'")).isZero();
	}

	@Test
	void rowsAreLockedAndLockedRowsAreLeftOut() throws SQLException {
		PooledClient client = client();
		sql("insert into articles (name, stock) values ('queue-1', 1), ('queue-2', 1)");
		try (Connection other = server().openJdbcConnection(); Statement statement = other.createStatement()) {
			other.setAutoCommit(false);
			statement.execute("select * from articles where name = 'queue-1' for update");
			assertThat(client
				.inTransaction((tx) -> tx.from("articles")
					.select("name")
					.like("name", "queue-_")
					.lock(RowLock.UPDATE)
					.skipLocked()
					.list(Row.class))
				.block()).containsExactly(Row.of(Map.of("name", "queue-2")));
			assertThatExceptionOfType(CannotAcquireLockException.class).isThrownBy(() -> client.transaction(
					(tx) -> tx.from("articles").select().like("name", "queue-_").lock(RowLock.NO_KEY_UPDATE).noWait())
				.block());
			other.rollback();
		}
	}

	@Test
	void noTypeLosesAnything() {
		Map<String, Object> values = new LinkedHashMap<>();
		values.put("id", Long.MAX_VALUE);
		values.put("exact", new BigDecimal("12345678901234567890.123456789012345678900"));
		values.put("huge", Long.MIN_VALUE);
		values.put("at", Instant.parse("2026-02-03T04:05:06.123456Z"));
		values.put("local_at", "2026-02-03T04:05:06.123456");
		values.put("day", LocalDate.parse("2026-02-03"));
		values.put("doc", Map.of("$ref", "0.0.id", "n", new BigDecimal("1.10"), "list", List.of(1, "two", Map.of())));
		values.put("numbers", List.of(Long.MAX_VALUE, 1L));
		values.put("words", List.of("a,b", "\"q\"", "{}", "NULL", "\\", ""));
		values.put("feeling", "very happy");
		values.put("raw", new byte[] { 0, 1, (byte) 0xff, '\\' });
		values.put("ident", UUID.fromString("00000000-0000-0000-0000-0000000000ff"));
		values.put("yes", true);
		values.put("span", "[1,5)");
		values.put("real8", 0.1);
		values.put("fixed", "ab");
		values.put("short", "abcd");
		Row written = client().inTransaction((tx) -> tx.from("kinds").insert(values).single(Row.class)).block();
		Row read = client().from("kinds").select("*").eq("id", Long.MAX_VALUE).single(Row.class).block();
		assertThat(written.getLong("id")).isEqualTo(Long.MAX_VALUE);
		assertThat(written.getBigDecimal("exact")).isEqualTo(values.get("exact"));
		assertThat(written.getLong("huge")).isEqualTo(Long.MIN_VALUE);
		assertThat(Instant.parse(written.getString("at").replace("+00:00", "Z"))).isEqualTo(values.get("at"));
		assertThat(written.get("doc"))
			.isEqualTo(Map.of("$ref", "0.0.id", "n", new BigDecimal("1.10"), "list", List.of(1, "two", Map.of())));
		assertThat(written.get("words")).isEqualTo(values.get("words"));
		assertThat(written.getString("raw")).isEqualTo("\\x0001ff5c");
		assertThat(written.asMap()).isEqualTo(read.asMap());
		List<String> filtered = client().inTransaction((tx) -> {
			Set<TransactionStatement<?>> selects = new HashSet<>();
			values.forEach((column, value) -> {
				if (!column.equals("doc")) {
					selects.add(tx.from("kinds").select("id").eq(column, value).expect(1));
				}
			});
			selects.add(tx.from("kinds").select("id").contains("doc", Map.of("$ref", "0.0.id")).expect(1));
			selects.add(tx.from("kinds").select("id").overlaps("words", List.of("{}", "z")).expect(1));
			selects.add(tx.from("kinds").select("id").containedBy("span", "[0,9)").expect(1));
			selects.add(tx.from("kinds")
				.select("id")
				.gt("exact", new BigDecimal("12345678901234567890.1234567890123456788"))
				.expect(1));
			selects.add(tx.from("kinds").select("id").neq("short", "longer than the column").isTrue("yes").expect(1));
			selects.add(tx.from("kinds").select("id").isDistinct("feeling", null).isNotNull("at").expect(1));
			selects.add(tx.from("kinds").select("id").in("feeling", "sad", "very happy").expect(1));
			selects.add(tx.from("kinds").select("id").not((none) -> none.eq("huge", 1).isFalse("yes")).expect(1));
			return (result) -> selects.stream().map((select) -> result.rows(select, Row.class).toString()).toList();
		}).block();
		assertThat(filtered).hasSize(values.size() + 7);
	}

	@Test
	void aMissingColumnGetsItsDefaultInEachRow() {
		List<Sale> sales = client()
			.inTransaction((tx) -> tx.from("sales")
				.insert(List.of(Map.of("reference", "d1"), Map.of("reference", "d2", "note", "given"),
						Map.of("reference", "d3", "total", 5), Map.of("reference", "d4")))
				.list(Sale.class))
			.block();
		assertThat(sales).extracting(Sale::reference).containsExactly("d1", "d2", "d3", "d4");
		assertThat(sales).extracting(Sale::note).containsExactly("none", "given", "none", "none");
		Sale sparse = client()
			.inTransaction((tx) -> tx.from("sales")
				.insert(new Sale(7, "sparse", null, null, null))
				.columns("reference")
				.with("total", 3)
				.single(Sale.class))
			.block();
		assertThat(sparse.id()).isNotEqualTo(7);
		assertThat(sparse.note()).isEqualTo("none");
		assertThat(sparse.total()).isEqualByComparingTo("3");
	}

	@Test
	void aDomainThatForbidsNullIsNoConcernOfOtherColumns() {
		PooledClient client = client();
		client.transaction((tx) -> {
			tx.from("labels").insert(List.of(Map.of("id", 1, "note", "a"), Map.of("id", 2, "label", "given")));
			tx.from("labels").upsert(Map.of("id", 1, "note", "b"));
			tx.from("labels").update(Map.of("note", "c")).eq("id", 2).expect(1);
		}).block();
		assertThat(
				number("select count(*) from labels where (id, label, note) in ((1, 'none', 'b'), (2, 'given', 'c'))"))
			.isEqualTo(2);
		assertThatExceptionOfType(DataIntegrityViolationException.class)
			.isThrownBy(
					() -> client.transaction((tx) -> tx.from("labels").update().set("label", null).eq("id", 2)).block())
			.withMessageContaining("domain label does not allow null values");
	}

	@Test
	void nullIsThatOfSqlForJsonToo() {
		PooledClient client = client();
		client.transaction((tx) -> {
			tx.from("shapes").insert(List.of(Map.of("id", 1), Map.of("id", 2, "doc", Map.of("a", 1))));
			tx.from("shapes").delete().isDistinct("doc", null).expect(1);
		}).block();
		assertThat(number("select sum(id) from shapes where doc is null")).isEqualTo(1);
		assertThat(client.inTransaction((tx) -> tx.rpc("is_missing").arg("doc", null).single(Boolean.class)).block())
			.isTrue();
		sql("delete from shapes");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "", "a", "\u0001", "'; --", "\"\\\"", "é漢😀", "$1 %s {}", "null", "\\u0000", "\n\t\u00a0" })
	void theDatabaseReceivesTheTextsThatTheCallerWrote(String text) {
		sql("drop table if exists texts; create table texts (id int primary key, t text, l text[], j jsonb);"
				+ "create or replace function text_bytes(x text) returns text immutable language sql as"
				+ " $f$ select encode(convert_to(x, 'UTF8'), 'hex') $f$; notify pgrst, 'reload schema'");
		String bytes = HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
		TransactionResult result = client().blocking().transaction((tx) -> {
			tx.from("texts").insert(Map.of("id", 1, "t", text, "l", List.of(text, "x"), "j", Map.of("k", text)));
			tx.from("texts").insert(List.of(Map.of("id", 2))).with("t", text);
			tx.from("texts").upsert(Map.of("id", 3, "t", "before")).onConflict("id");
			tx.from("texts").update().set("t", text).eq("id", 3);
			tx.from("texts").upsert(new Text(4, text));
			tx.from("texts").update(Row.of(Map.of("t", text))).eq("id", 4);
			for (UnaryOperator<SelectStatement> filter : List.<UnaryOperator<SelectStatement>>of((t) -> t.eq("t", text),
					(t) -> t.gte("t", text).lte("t", text), (t) -> t.in("t", List.of(text)),
					(t) -> t.in("t", text, "-"), (t) -> t.not((one) -> one.neq("t", text)),
					(t) -> t.not((one) -> one.isDistinct("t", text)),
					(t) -> t.not((one) -> one.or((any) -> any.gt("t", text).lt("t", text))),
					(t) -> t.like("t", text.replaceAll("[\\\\%_]", "\\\\$0")),
					(t) -> t.ilike("t", text.replaceAll("[\\\\%_]", "\\\\$0")))) {
				filter.apply(tx.from("texts").select("id")).expect(4);
			}
			tx.from("texts").select("id").contains("l", List.of(text)).expect(1);
			tx.from("texts").select("id").containedBy("l", List.of(text, "x")).expect(1);
			tx.from("texts").select("id").overlaps("l", PgArray.of(text)).expect(1);
			tx.from("texts").select("id").contains("j", Map.of("k", text)).expect(1);
			tx.rpc("text_bytes").arg("x", text);
			tx.rpc("text_bytes").args(Map.of("x", text));
		});
		assertThat(result.rows(19, String.class)).containsExactly(bytes);
		assertThat(result.rows(20, String.class)).containsExactly(bytes);
		assertThat(number("select count(*) from texts where text_bytes(t) = '" + bytes + "'")).isEqualTo(4);
	}

	@Test
	void anEmptyListIsAnArrayOrJsonByTheTypeOfItsColumn() {
		sql("drop table if exists texts; create table texts (id int primary key, t text, l text[], j jsonb);"
				+ "insert into texts values (1, '', '{}', '[]'), (2, '', null, '{}')");
		client().blocking().transaction((tx) -> {
			tx.from("texts").select("id").contains("l", List.of()).eq("id", 1).expect(1);
			tx.from("texts").select("id").contains("j", List.of()).expect(1);
		});
	}

	@Test
	void whatIsStructuredKeepsItsShapeInFiltersAndArguments() {
		PooledClient client = client();
		List<List<Integer>> grid = List.of(List.of(1, 2), List.of(3, 4));
		List<Map<String, String>> docs = List.of(Map.of("a", "x, y"), Map.of("b", "{}"));
		List<Object> values = client.<List<Object>>inTransaction((tx) -> {
			tx.from("shapes").insert(Map.of("id", 11, "doc", Map.of("a", 1), "docs", docs, "grid", grid));
			tx.from("shapes").select().eq("grid", grid).expect(1);
			tx.from("shapes").select().eq("grid", List.of(1, 2, 3, 4)).expect(0);
			tx.from("shapes").select().in("grid", List.of(List.of(List.of(7)), grid)).expect(1);
			tx.from("shapes").select().eq("docs", docs).contains("docs", docs.subList(0, 1)).expect(1);
			tx.from("shapes").select().in("doc", Map.of("a", 1), Map.of("a", 2)).expect(1);
			tx.from("shapes").delete().isDistinct("doc", Map.of("a", 1)).expect(0);
			var shape = tx.rpc("shape_of").arg("grid", grid);
			var sum = tx.rpc("sum_of").arg("spots", List.of(Map.of("x", 1, "y", 2), Map.of("x", 3, "y", 4)));
			var x = tx.rpc("x_of").arg("spot", Map.of("x", 5));
			tx.from("shapes").delete().eq("id", 11).expect(1);
			return (result) -> List.of(result.row(shape, String.class), result.row(sum, Long.class),
					result.row(x, Integer.class));
		}).block();
		assertThat(values).containsExactly("[1:2][1:2]", 10L, 5);
	}

	@Test
	void aColumnThatIsNotThereIsNotPassedOver() {
		PooledClient client = client();
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> client.transaction((tx) -> {
			var sale = tx.from("sales").insert(Map.of("reference", "misspelt"));
			tx.from("sales").delete().in("id", sale.refs("idd"));
		}).block()).withMessageContaining("operation 2 of 2 (delete sales)").withMessageContaining("column \"idd\"");
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> client
				.transaction((tx) -> tx.from("sales").insert(Map.of("reference", "misspelt")).columns("referense"))
				.block())
			.withMessageContaining("the column \"referense\" of public.sales does not exist");
		assertThat(client.inTransaction((tx) -> {
			var none = tx.from("sales").select("id").eq("reference", "misspelt");
			return tx.from("sales").delete().in("id", none.refs("id")).count();
		}).block()).isZero();
	}

	@Test
	void anUpsertUpdatesOrLeavesWhatIsThere() {
		PooledClient client = client();
		client.transaction((tx) -> {
			tx.from("articles").upsert(List.of(Map.of("name", "u1", "stock", 1), Map.of("name", "u2", "stock", 2)));
			tx.from("articles").upsert(Map.of("name", "u1", "stock", 10)).expect(1);
			tx.from("articles")
				.upsert(Map.of("name", "u2", "stock", 20))
				.onConflict("name")
				.ignoreDuplicates()
				.returning("name")
				.expect(0);
		}).block();
		assertThat(number("select sum(stock) from articles where name in ('u1', 'u2')")).isEqualTo(12);
	}

	@Test
	void theBlockingViewRunsTransactions() {
		PooledClient client = client();
		Sale sale = client.blocking()
			.inTransaction((tx) -> tx.from("sales").insert(Map.of("reference", "blocking")).single(Sale.class));
		assertThat(sale.reference()).isEqualTo("blocking");
		assertThat(client.blocking().transaction((tx) -> tx.from("sales").delete().eq("id", sale.id())).count(0))
			.isEqualTo(1);
		Mono<TransactionResult> onEventLoop = Mono
			.fromCallable(
					() -> client.blocking().transaction((tx) -> tx.from("sales").insert(Map.of("reference", "never"))))
			.subscribeOn(Schedulers.parallel());
		assertThatIllegalStateException().isThrownBy(onEventLoop::block).withMessageContaining("must not block");
		assertThat(sales("never")).isZero();
	}

	@Test
	void theSamplesOfTheDocumentationRun() {
		PooledClient client = client();
		String jwt = server().userToken(USER_A);
		sql("insert into articles (name, stock) values ('cup', 5), ('pot', 1), ('discontinued', 0)");
		List<TransactionSamples.Item> items = List.of(new TransactionSamples.Item("cup", 2),
				new TransactionSamples.Item("pot", 1));
		Sale sale = TransactionSamples.place(client, jwt, "4711", items).block();
		assertThat(sale.reference()).isEqualTo("4711");
		assertThat(number("select stock from articles where name = 'cup'")).isEqualTo(3);
		Throwable soldOut = catchThrowableOfType(OptimisticLockingFailureException.class,
				() -> TransactionSamples.place(client, jwt, "4711b", items).block());
		assertThat(TransactionSamples.whatFailed(soldOut)).isEqualTo("operation 3, update articles");
		assertThat(sales("4711b")).isZero();
		assertThat(number("select stock from articles where name = 'cup'")).isEqualTo(3);
		assertThat(TransactionSamples.several(client, items).block().items()).hasSize(2);
		assertThat(TransactionSamples.byIndex(client)).isEqualTo(1);
		assertThat(TransactionSamples.rename(client, "cup", "mug", 1).block()).isEqualTo(1);
		assertThatIllegalStateException().isThrownBy(() -> TransactionSamples.rename(client, "mug", "cup", 1).block());
		TransactionSamples.once(client, "4713").block();
		assertThat(
				TransactionSamples.findOut(client, TransactionSamples.once(client, "4713"), "4713").block().replayed())
			.isTrue();
		assertThat(sales("4713")).isEqualTo(1);
		assertThat(TransactionSamples.take(client).block()).extracting((row) -> row.getString("name")).contains("pot");
		assertThat(TransactionSamples.overview(client).block().sales()).isGreaterThan(2);
		assertThat(TransactionSamples.test()).isNotNull();
	}

	@Test
	void oneTransactionTakesLessTimeThanItsOperationsOneByOne() {
		PooledClient client = client((builder) -> connections(builder, 1));
		int rounds = Integer.getInteger("dbpool.transaction.rounds", 3);
		Mono<Void> oneByOne = Flux.range(0, 10)
			.concatMap((i) -> client.from("sales").insert(Map.of("reference", "timed")).execute())
			.then();
		Mono<Void> together = client.transaction(TransactionIntegrationTests::addTenSales).then();
		Mono<Void> unkept = client.transaction((tx) -> addTenSales(tx.withoutIdempotencyKey())).then();
		long[][] nanos = new long[3][rounds];
		for (int round = 0; round < rounds; round++) {
			nanos[0][round] = nanos(oneByOne);
			nanos[1][round] = nanos(together);
			nanos[2][round] = nanos(unkept);
		}
		System.out.printf(
				"ten inserts on loopback, medians of %d: ten requests %.1f ms,"
						+ " one transaction %.1f ms (%.1f x), without a key %.1f ms (%.1f x)%n",
				rounds, millis(nanos[0]), millis(nanos[1]), millis(nanos[0]) / millis(nanos[1]), millis(nanos[2]),
				millis(nanos[0]) / millis(nanos[2]));
		assertThat(sales("timed")).isEqualTo(10L * 3 * rounds);
	}

	private static void addTenSales(TransactionScope tx) {
		IntStream.range(0, 10).forEach((i) -> tx.from("sales").insert(Map.of("reference", "timed")).returningNothing());
	}

	private static long nanos(Mono<Void> work) {
		long start = System.nanoTime();
		work.block();
		return System.nanoTime() - start;
	}

	private static double millis(long[] nanos) {
		long[] sorted = nanos.clone();
		Arrays.sort(sorted);
		return sorted[sorted.length / 2] / 1e6;
	}

	record Text(int id, String t) {

	}

	private static final class AtomicStatements {

		private final List<TransactionStatement<?>> statements = new CopyOnWriteArrayList<>();

		void add(TransactionStatement<?> statement) {
			this.statements.add(statement);
		}

		TransactionStatement<?> get(int index) {
			return this.statements.get(index);
		}

	}

}
