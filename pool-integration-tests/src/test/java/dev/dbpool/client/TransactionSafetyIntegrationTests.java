package dev.dbpool.client;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transaction.TransactionScope;
import dev.dbpool.transaction.TransactionSql;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What no caller and no input can do to the database by a transaction, on a real server.
 */
class TransactionSafetyIntegrationTests extends TransactionTestSupport {

	private static final String USER_B = "00000000-0000-0000-0000-00000000000b";

	private static final String USER_A = "00000000-0000-0000-0000-00000000000a";

	private static final String[] HOSTILE = { "'", "\"", "\"; drop table sales; --", "'; drop table sales; --",
			"sales\"; delete from sales where \"id\" > 0; --", "id) from sales; delete from sales; select (1", "$1",
			"%I", "%s", "\\", "\\'; --", "$function$ begin end $function$", "/*", "*/", "{and,0}",
			"pg_catalog.pg_class", "public.sales", "ctid", "xmin", "tableoid", "id::text", "id = id or true --",
			"\n; select 1", "名前", "" };

	@Test
	void rowLevelSecurityAppliesToEachOperation() {
		PooledClient client = client();
		PooledClient userA = client.asUser(server().userToken(USER_A));
		List<Note> notes = userA.inTransaction((tx) -> {
			tx.from("notes").insert(Map.of("body", "mine"));
			tx.from("notes").update().set("body", "stolen").eq("owner", USER_B).expect(0);
			tx.from("notes").delete().all().eq("owner", USER_B).expect(0);
			return tx.from("notes").select().list(Note.class);
		}).block();
		assertThat(notes).extracting(Note::owner).containsOnly(USER_A);
		assertThat(notes).extracting(Note::body).contains("mine");
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class)
			.isThrownBy(
					() -> userA.transaction((tx) -> tx.from("notes").insert(Map.of("body", "forged", "owner", USER_B)))
						.block())
			.withMessageContaining("operation 1 of 1 (insert notes)");
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class).isThrownBy(
				() -> client.transaction((tx) -> tx.from("notes").insert(Map.of("body", "anon", "owner", USER_B)))
					.block());
		assertThat(client.asService()
			.inTransaction((tx) -> tx.from("notes").select().eq("owner", USER_B).list(Note.class))
			.block()).isNotEmpty();
	}

	@Test
	void theSqlWorksWhereFunctionsAreClosedByDefault() throws SQLException {
		try (Connection connection = server().openJdbcConnection();
				Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("alter default privileges revoke execute on functions from public;"
					+ " drop schema dbpool cascade; create schema closed_by_default;"
					+ " grant usage on schema closed_by_default to anon; set dbpool.schema = 'closed_by_default'");
			statement.execute(TransactionSql.read());
			statement.execute("create table closed_by_default.t (a integer);"
					+ " grant all on closed_by_default.t to anon; set local role anon");
			String call = "select closed_by_default.dbpool_transaction("
					+ "'[{\"op\": \"insert\", \"table\": \"t\", \"rows\": [{\"a\": 1}]}]', '{\"key\": \"k\"}')";
			statement.execute(call);
			statement
				.execute("reset role; revoke execute on function closed_by_default.dbpool_transaction from public");
			statement.execute(TransactionSql.read());
			statement.execute("set local role anon");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> statement.execute(call))
				.withMessageContaining("permission denied for function dbpool_transaction");
			connection.rollback();
		}
	}

	@Test
	void noNameCanChangeTheStructureOfAStatement() {
		PooledClient client = client();
		long before = number("select count(*) from sales");
		long objects = number("select count(*) from pg_class");
		List<Throwable> refusals = new CopyOnWriteArrayList<>();
		int attacks = 0;
		for (String name : HOSTILE) {
			Map<String, List<Map<String, Object>>> attacksByPlace = attacks(name);
			for (Map.Entry<String, List<Map<String, Object>>> attack : attacksByPlace.entrySet()) {
				attacks++;
				Throwable refusal = catchThrowableOfType(DataAccessException.class,
						() -> client.rpc("dbpool_transaction")
							.args(Map.of("ops", attack.getValue(), "opts", Map.of()))
							.value(Row.class)
							.block());
				assertThat(refusal).as("%s = <%s>", attack.getKey(), name).isNotNull();
				assertThat(refusal.getMessage()).as("%s = <%s>", attack.getKey(), name)
					.containsAnyOf("does not exist", "is not known", "is unknown", "not open", "takes", "is empty",
							"did not return");
				refusals.add(refusal);
			}
		}
		assertThat(refusals).hasSize(attacks);
		assertThat(number("select count(*) from sales")).isEqualTo(before);
		assertThat(number("select count(*) from pg_class")).isEqualTo(objects);
		System.out.printf("injection: %d attacks on names and operators, all refused%n", attacks);
	}

	private static Map<String, List<Map<String, Object>>> attacks(String name) {
		Map<String, Object> condition = Map.of("column", "id", "operator", "eq", "value", 1);
		Map<String, List<Map<String, Object>>> attacks = new LinkedHashMap<>();
		attacks.put("op", List.of(Map.of("op", name, "table", "sales")));
		attacks.put("table", List.of(Map.of("op", "select", "table", name)));
		attacks.put("schema", List.of(Map.of("op", "select", "table", "sales", "schema", name)));
		attacks.put("inserted column", List
			.of(Map.of("op", "insert", "table", "sales", "rows", List.of(Map.of("reference", "x", name, "1")))));
		attacks.put("default column", List
			.of(Map.of("op", "insert", "table", "sales", "rows", List.of(Map.of("a", 1)), "with", Map.of(name, 1))));
		attacks.put("conflict column", List.of(Map.of("op", "upsert", "table", "articles", "rows",
				List.of(Map.of("name", "x", "stock", 1)), "on_conflict", List.of(name))));
		attacks.put("set column", List
			.of(Map.of("op", "update", "table", "sales", "set", Map.of(name, "1"), "where", List.of(condition))));
		attacks.put("incremented column", List
			.of(Map.of("op", "update", "table", "sales", "increment", Map.of(name, 1), "where", List.of(condition))));
		attacks.put("returned column", List.of(Map.of("op", "select", "table", "sales", "returning", List.of(name))));
		attacks.put("ordered column",
				List.of(Map.of("op", "select", "table", "sales", "order", List.of(Map.of("column", name)))));
		attacks.put("direction", List
			.of(Map.of("op", "select", "table", "sales", "order", List.of(Map.of("column", "id", "direction", name)))));
		attacks.put("nulls", List
			.of(Map.of("op", "select", "table", "sales", "order", List.of(Map.of("column", "id", "nulls", name)))));
		attacks.put("lock", List.of(Map.of("op", "select", "table", "sales", "lock", name)));
		attacks.put("wait", List.of(Map.of("op", "select", "table", "sales", "lock", "update", "wait", name)));
		attacks.put("filtered column", List.of(Map.of("op", "select", "table", "sales", "where",
				List.of(Map.of("column", name, "operator", "eq", "value", 1)))));
		attacks.put("operator", List.of(Map.of("op", "select", "table", "sales", "where",
				List.of(Map.of("column", "id", "operator", name, "value", 1)))));
		attacks.put("is", List.of(Map.of("op", "select", "table", "sales", "where",
				List.of(Map.of("column", "id", "operator", "is", "value", name)))));
		attacks.put("function", List.of(Map.of("op", "rpc", "function", name)));
		attacks.put("argument", List.of(Map.of("op", "rpc", "function", "add_up", "args", Map.of("a", 1, name, 2))));
		attacks.put("referred column",
				List.of(Map.of("op", "select", "table", "cars", "limit", 1), Map.of(
						"op", "select", "table", "sales", "where", List.of(condition), "references",
						List.of(Map.of("path", List.of("where", "0", "value"), "op", 0, "row", 0, "column", name)))));
		return attacks;
	}

	@Test
	void hostileValuesAreValuesOnly() {
		PooledClient client = client();
		List<String> stored = client.inTransaction((tx) -> {
			var inserted = tx.from("odd name; --")
				.insert(Arrays.stream(HOSTILE)
					.map((text) -> Map.of("odd \"column\"", text, "select", text, "a.b,c", text, "ключ", text))
					.toList())
				.returning("odd \"column\"", "select");
			for (String text : HOSTILE) {
				tx.from("odd name; --")
					.select("ключ")
					.eq("odd \"column\"", text)
					.in("a.b,c", List.of(text, "other"))
					.isDistinct("select", "x" + text)
					.order("ключ")
					.expect(1);
				tx.from("odd name; --").update().set("select", text).eq("ключ", text).expect(1);
			}
			return (result) -> result.rows(inserted, Row.class).stream().map((row) -> row.getString("select")).toList();
		}).block();
		assertThat(stored).containsExactly(HOSTILE);
		client.transaction((tx) -> tx.from("odd name; --").delete().all().expect(HOSTILE.length)).block();
	}

	@ParameterizedTest
	@ValueSource(strings = { "closed", "pg_catalog", "information_schema", "dbpool", "auth", "bare", "pg_temp" })
	void onlyOpenSchemasAreWithinReach(String schema) {
		PooledClient client = client().asService();
		for (String table : List.of("secrets", "pg_authid", "tables", "kept_answer", "open_schema")) {
			assertThatExceptionOfType(PermissionDeniedDataAccessException.class)
				.isThrownBy(() -> client.transaction((tx) -> tx.schema(schema).from(table).select()).block())
				.withMessageContaining("the schema \"%s\" is not open to transactions", schema);
		}
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class).isThrownBy(
				() -> client
					.transaction((tx) -> tx.schema(schema)
						.rpc("set_config")
						.args(Map.of("setting_name", "role", "new_value", "x", "is_local", true)))
					.block());
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class)
			.isThrownBy(() -> client.transaction((tx) -> tx.rpc("dbpool_transaction").arg("ops", List.of())).block());
	}

	@Test
	void anotherExposedSchemaHasItsOwnTransactions() {
		PooledClient client = client();
		List<Row> things = client.schema("api").inTransaction((tx) -> {
			tx.from("things").upsert(Map.of("id", 1, "name", "thing"));
			tx.schema("public").from("sales").insert(Map.of("reference", "from api"));
			return tx.from("things").select("name").list(Row.class);
		}).block();
		assertThat(things).containsExactly(Row.of(Map.of("name", "thing")));
		assertThat(sales("from api")).isEqualTo(1);
		assertThat(client.schema("api").inTransaction((tx) -> {
			tx.readOnly();
			return tx.from("things").select("name").count();
		}).block()).isEqualTo(1);
	}

	@Test
	void aTransactionReturnsNoMoreRowsThanTheDatabaseAllows() {
		PooledClient client = client();
		sql("update dbpool.row_limit set max_rows = 5");
		try {
			refusesForItsRows((tx) -> tx.from("cars").select());
			refusesForItsRows((tx) -> tx.readOnly().from("cars").select().limit(6));
			refusesForItsRows((tx) -> tx.rpc("counted").arg("upto", 6));
			refusesForItsRows((tx) -> tx.from("cars").update().set("make", "none").all());
			refusesForItsRows((tx) -> {
				tx.from("cars").select().limit(3);
				tx.from("cars").select("id").limit(3);
			});
			assertThat(client.inTransaction((tx) -> {
				tx.from("cars").update().increment("price", 0).all().returningNothing();
				tx.from("cars").select().limit(2);
				return tx.from("cars").select().order("id").limit(3).list(Row.class);
			}).block()).hasSize(3);
			sql("update dbpool.row_limit set max_rows = null");
			assertThat(client.inTransaction((tx) -> tx.from("cars").select("id").count()).block())
				.isEqualTo(number("select count(*) from cars"));
		}
		finally {
			sql("update dbpool.row_limit set max_rows = default");
		}
	}

	private void refusesForItsRows(Consumer<TransactionScope> work) {
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> client().transaction(work).block())
			.withMessageContaining("the transaction returns more than the 5 rows of dbpool.row_limit")
			.satisfies((failure) -> assertThat(PostgrestException.in(failure).orElseThrow().error().code())
				.hasValue("54000"));
	}

	@Test
	void missingOrOldFunctionsAreReported() {
		assertThatExceptionOfType(InvalidDataAccessResourceUsageException.class)
			.isThrownBy(() -> client().schema("bare")
				.transaction((tx) -> tx.from("sales").insert(Map.of("reference", "x")))
				.block())
			.withMessageContaining("lacks the functions of transactions")
			.withMessageContaining("dev/dbpool/transaction/transaction.sql");
		assertThatExceptionOfType(InvalidDataAccessResourceUsageException.class)
			.isThrownBy(() -> client().schema("old")
				.transaction((tx) -> tx.from("sales").insert(Map.of("reference", "x")))
				.block())
			.withMessageContaining("the database has version 1 of dbpool's transactions, and version 99 is needed")
			.withMessageContaining("Install the transaction.sql");
		assertThat(client().rpc("dbpool_version").readOnly().value(Integer.class).block()).isEqualTo(1);
	}

}
