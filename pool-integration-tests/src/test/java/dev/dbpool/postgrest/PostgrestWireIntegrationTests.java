package dev.dbpool.postgrest;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * For generated names and values, through each method of the builders that takes one: the
 * database receives the bytes that the caller wrote. What it receives is looked at by
 * JDBC and by {@code convert_to(x, 'UTF8')}.
 */
@Tag("long")
class PostgrestWireIntegrationTests {

	static final String SCHEMA = "sch'ema %(x);=";

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension
		.of(EmbeddedPostgrest.builder().schemas("public", SCHEMA));

	private static final long SEED = Long.getLong("dbpool.encoding.seed", 20_261_128L);

	private static final int VALUES = Integer.getInteger("dbpool.encoding.values", 3);

	private static final String HEX = "encode(convert_to(%s,'UTF8'),'hex')";

	private final PostgrestServer server;

	private final PostgrestClient reactive;

	private final BlockingPostgrestClient db;

	private final Generator generator = new Generator(SEED);

	private final Set<String> covered = new TreeSet<>();

	private final Map<String, String> columns = new LinkedHashMap<>();

	private List<String> values = List.of();

	private String table = "";

	private String child = "";

	private String function = "";

	private String argument = "";

	private Connection connection;

	PostgrestWireIntegrationTests(PostgrestServer server) {
		this.server = server;
		this.reactive = Stack.service(server);
		this.db = this.reactive.blocking();
	}

	private void create() throws SQLException {
		List<String> names = new ArrayList<>(
				this.generator.names(6, (name) -> !List.of("id", "parent").contains(name)));
		names.addAll(this.generator.names(4, (name) -> !name.contains("/") && !name.contains(".")));
		List<String> kinds = List.of("text", "list", "json", "range", "words", "truth");
		kinds.forEach((kind) -> this.columns.put(kind, names.get(kinds.indexOf(kind))));
		this.table = names.get(6);
		this.child = names.get(7);
		this.function = names.get(8);
		this.argument = names.get(9);
		this.values = this.generator.values(VALUES);
		try (Statement statement = this.connection.createStatement()) {
			statement.setEscapeProcessing(false);
			for (String before : List.of("public." + sql(this.child), "public." + sql(this.table),
					sql(SCHEMA) + "." + sql(this.table))) {
				statement.execute("drop table if exists " + before);
			}
			statement.execute("drop type if exists public.textrange cascade;"
					+ "create type public.textrange as range (subtype = text, collation = \"C\")");
			statement.execute("create table public." + sql(this.table) + " (id int primary key, " + column("text")
					+ " text collate \"C\" unique, " + column("list") + " text[] default '{d}', " + column("json")
					+ " jsonb, " + column("range") + " public.textrange, " + column("words") + " tsvector, "
					+ column("truth") + " boolean)");
			statement.execute("create table public." + sql(this.child) + " (id int primary key, parent int references "
					+ "public." + sql(this.table) + " on delete cascade, " + column("text") + " text collate \"C\")");
			statement.execute(
					"create table " + sql(SCHEMA) + "." + sql(this.table) + " (id int, " + column("text") + " text)");
			statement.execute("create or replace function public." + sql(this.function) + "(" + sql(this.argument)
					+ " text) returns text language sql immutable as $f$ select " + HEX.formatted("$1") + " $f$");
			statement.execute("create or replace function public.header_bytes(name text) returns text language sql"
					+ " stable as $f$ select " + HEX.formatted("current_setting('request.headers')::json->>$1")
					+ " $f$");
		}
		fill();
		this.server.reloadSchemaCache();
	}

	private void fill() throws SQLException {
		String insert = "insert into public." + sql(this.table) + " values (%d, ?::text, array[?::text, 'x'],"
				+ " jsonb_build_object('k', array[?::text], 'k v', ?::text), public.textrange(?::text, ?::text, '[]'),"
				+ " to_tsvector('simple', ?::text) || to_tsvector('simple', 'x'), %s)";
		for (int id = 0; id < this.values.size(); id++) {
			run(insert.replace("%d", "" + id).replace("%s", List.of("true", "false", "null").get(id % 3)),
					this.values.get(id));
		}
		run("insert into public." + sql(this.table) + " (id) values (" + this.values.size() + ")", "");
	}

	private void run(String sql, String value) throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
			setAll(statement, value);
			statement.execute();
		}
	}

	@BeforeEach
	void connect() throws SQLException {
		this.connection = this.server.openJdbcConnection();
	}

	@AfterEach
	void disconnect() throws SQLException {
		this.connection.close();
	}

	@Test
	void everyFilterMeansTheTextThatTheCallerWrote() throws SQLException {
		create();
		FilterCases filters = new FilterCases(this.columns);
		for (String value : this.values) {
			for (FilterCases.Case one : filters.all()) {
				List<Integer> expected = expected(one, value, "");
				assertFound(one, value, expected, (select) -> (BlockingSelect) one.use().apply(select, value));
				assertFound(one, value, expected,
						(select) -> select.or((any) -> ((Conditions) one.use().apply(any, value)).eq("id", -1)));
				assertFound(one, value, expected(one, value, "not "),
						(select) -> select.not((any) -> (Conditions) one.use().apply(any, value)));
			}
		}
	}

	private List<Integer> expected(FilterCases.Case one, String value, String negation) throws SQLException {
		String condition = one.sql().replace("$1", "?::text");
		for (String kind : this.columns.keySet()) {
			condition = condition.replace("<" + kind + ">", column(kind));
		}
		List<Integer> ids = new ArrayList<>();
		try (PreparedStatement statement = this.connection.prepareStatement("select id from public." + sql(this.table)
				+ " where " + negation + "(" + condition + ") order by id")) {
			setAll(statement, one.parameter().apply(value));
			ResultSet rows = statement.executeQuery();
			while (rows.next()) {
				ids.add(rows.getInt(1));
			}
		}
		return ids;
	}

	private void assertFound(FilterCases.Case one, String value, List<Integer> expected,
			UnaryOperator<BlockingSelect> filter) {
		BlockingSelect select = filter.apply(this.db.from(this.table).select("id").order("id"));
		List<Integer> found = new ArrayList<>();
		assertThat(catchThrowable(() -> select.list(Row.class).forEach((row) -> found.add(row.getInt("id")))))
			.as("%s of <%s>, seed %s", one.method(), value, SEED)
			.isNull();
		assertThat(found).as("%s of <%s>, seed %s, %s", one.method(), value, SEED, select.request().target())
			.isEqualTo(expected);
	}

	@Test
	void everyBodyNameAndHeaderIsReceivedAsItWasWritten() throws SQLException {
		create();
		BlockingTable from = this.db.from(this.table);
		Table reactiveFrom = this.reactive.from(this.table);
		covers("BlockingPostgrestOperations.from(String)", "PostgrestOperations.from(String)");
		String text = this.columns.get("text");
		for (String value : this.values) {
			Map<String, BiConsumer<BlockingTable, Object>> writes = new LinkedHashMap<>();
			writes.put("BlockingTable.insert(Object)", (t, row) -> t.insert(row).execute());
			writes.put("BlockingTable.upsert(Object)", (t, row) -> t.upsert(row).execute());
			writes.put("Table.insert(Object)", (t, row) -> reactiveFrom.insert(row).execute().block());
			writes.put("Table.upsert(Object)", (t, row) -> reactiveFrom.upsert(row).execute().block());
			writes.forEach((method, write) -> bodies(text, value).forEach((row) -> {
				from.delete().all().execute();
				write.accept(from, row);
				covers(method);
				assertStored(value);
			}));
			for (Object row : rows(text, value)) {
				from.update(Map.of(text, "before")).eq("id", 0).execute();
				from.update(row).eq("id", 0).execute();
				assertStored(value);
				from.update(Map.of(text, "before")).eq("id", 0).execute();
				reactiveFrom.update(row).eq("id", 0).execute().block();
				assertStored(value);
			}
			assertThat(from.upsert(Map.of("id", 0, text, value))
				.onConflict(Columns.quoted(text))
				.single(Row.class)
				.get(text)).isEqualTo(value);
			assertThat(from.upsert(Map.of("id", 7, text, value))
				.onConflict(Columns.quoted(text))
				.ignoreDuplicates()
				.list(Row.class)).isEmpty();
			assertArgument(value);
			assertHeader(value);
		}
		covers("BlockingTable.update(Object)", "Table.update(Object)", "UpsertBuilder.onConflict(String[])");
		assertSelections(text);
		assertOrders(text);
		assertColumns(text);
		assertPreferences();
		assertThat(this.db.schema(SCHEMA).from(this.table).select().list(Row.class)).isEmpty();
		this.reactive.schema(SCHEMA).from(this.table).insert(Map.of("id", 1, text, "x")).execute().block();
		assertThat(this.db.schema(SCHEMA)
			.from(this.table)
			.select()
			.eq(Columns.quoted(text), "x")
			.single(Row.class)
			.getInt("id")).isOne();
		covers("BlockingPostgrestOperations.schema(String)", "PostgrestOperations.schema(String)");
		assertThat(this.covered).as("Methods that take a text, each of which this test calls with generated texts")
			.containsExactlyInAnyOrderElementsOf(CallerTexts.methodsOf(PostgrestOperations.class,
					BlockingPostgrestOperations.class, Table.class, BlockingTable.class, RequestBuilder.class,
					QueryBuilder.class, InsertBuilder.class, UpsertBuilder.class, FilteredWriteBuilder.class,
					RpcBuilder.class, Embedded.class, Field.class, Embedding.class, Columns.class));
	}

	private List<Object> rows(String column, String value) {
		Map<String, Object> row = Map.of("id", 0, column, value);
		String json = JsonMapper.shared().writeValueAsString(row);
		return List.of(row, Row.of(row), new Properties(row), JsonMapper.shared().readTree(json), json);
	}

	private List<Object> bodies(String column, String value) {
		List<Object> bodies = new ArrayList<>(rows(column, value));
		for (Object row : rows(column, value).subList(0, 4)) {
			bodies.add(List.of(row, Map.of("id", 1)));
			bodies.add(new Object[] { Map.of("id", 1), row });
		}
		return bodies;
	}

	private void assertStored(String value) {
		try (PreparedStatement statement = this.connection.prepareStatement(
				"select " + HEX.formatted(column("text")) + " from public." + sql(this.table) + " where id = 0")) {
			ResultSet rows = statement.executeQuery();
			assertThat(rows.next()).isTrue();
			assertThat(rows.getString(1)).as("<%s>, seed %s", value, SEED).isEqualTo(hex(value));
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void assertArgument(String value) {
		BlockingRpcCall call = this.db.rpc(this.function);
		assertThat(call.arg(this.argument, value).value(String.class)).contains(hex(value));
		assertThat(call.args(Map.of(this.argument, value)).value(String.class)).contains(hex(value));
		assertThat(call.args(new Properties(Map.of(this.argument, value))).value(String.class)).contains(hex(value));
		BlockingRpcCall read = this.reactive.blocking().rpc(this.function).arg(this.argument, value).readOnly();
		Throwable refused = catchThrowable(() -> read.request());
		if (refused == null) {
			assertThat(read.value(String.class)).contains(hex(value));
		}
		else {
			assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("readOnly()");
		}
		assertThat(this.reactive.rpc(this.function).arg(this.argument, value).value(String.class).block())
			.isEqualTo(hex(value));
		covers("PostgrestOperations.rpc(String)", "BlockingPostgrestOperations.rpc(String)",
				"RpcBuilder.arg(String, Object)", "RpcBuilder.args(Map)", "RpcBuilder.args(Object)");
	}

	private void assertHeader(String value) {
		BlockingRpcCall call = this.db.rpc("header_bytes").arg("name", "x-a").readOnly();
		Throwable refused = catchThrowable(() -> call.header("X-A", value));
		if (refused == null) {
			assertThat(call.header("X-A", value).value(String.class)).as("<%s>, seed %s", value, SEED)
				.contains(hex(value));
		}
		else {
			assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("X-A");
		}
		covers("RequestBuilder.header(String, String)");
	}

	private void assertPreferences() {
		String preference = "timezone=Asia/Tokyo";
		for (BlockingPostgrestOperations client : List.of(this.db.prefer(preference),
				this.reactive.prefer(preference).blocking())) {
			assertThat(client.rpc("header_bytes").arg("name", "prefer").readOnly().value(String.class))
				.contains(hex(preference));
		}
		assertThat(this.db.rpc("header_bytes").arg("name", "prefer").readOnly().prefer(preference).value(String.class))
			.contains(hex(preference));
		covers("PostgrestOperations.prefer(String)", "BlockingPostgrestOperations.prefer(String)",
				"RequestBuilder.prefer(String)");
	}

	private void assertSelections(String text) {
		String quoted = Columns.quoted(text);
		BlockingTable from = this.db.from(this.table);
		for (BlockingSelect select : List.of(from.select(quoted), from.select("id").select(quoted),
				from.select(Field.of(quoted)), from.select(Field.of("id").as(text)),
				from.select(Field.of("id").cast("text").as(text)), from.select(quoted + ":id"))) {
			assertThat(select.list(Row.class)).isNotEmpty()
				.allSatisfy((row) -> assertThat(row.columns()).containsExactly(text));
		}
		assertThat(this.reactive.from(this.table).select(quoted).list(Row.class).block())
			.allSatisfy((row) -> assertThat(row.columns()).containsExactly(text));
		this.db.from(this.child).insert(Map.of("id", 0, "parent", 0, text, "x")).execute();
		Embedding children = Embedding.of(this.child).as(this.function).by("parent").select("id", quoted);
		Row row = from.select(Field.of("id"), children)
			.embedded(this.function,
					(rows) -> rows.eq(quoted, "x")
						.order(quoted)
						.order(quoted, Nulls.FIRST)
						.order(quoted, Direction.DESC)
						.order(quoted, Direction.ASC, Nulls.LAST)
						.limit(3))
			.eq("id", 0)
			.single(Row.class);
		assertThat(row.columns()).containsExactly("id", this.function);
		assertThat(row.get(this.function)).isEqualTo(List.of(Map.of("id", 0, text, "x")));
		Row nested = this.db.from(this.child)
			.select(Field.of("id"),
					Embedding.of(this.table).select(Field.of("id"), Embedding.of(this.child).select(quoted)))
			.embedded(this.table, (rows) -> rows.embedded(this.child, (inner) -> inner.eq(quoted, "y")))
			.single(Row.class);
		assertThat(nested.get(this.table)).isEqualTo(Map.of("id", 0, this.child, List.of()));
		covers("Table.select(String[])", "BlockingTable.select(String[])", "RequestBuilder.select(String[])",
				"Field.of(String)", "Field.as(String)", "Field.cast(String)", "Embedding.of(String)",
				"Embedding.as(String)", "Embedding.by(String)", "Embedding.select(String[])",
				"QueryBuilder.embedded(String, UnaryOperator)", "Embedded.embedded(String, UnaryOperator)",
				"Embedded.order(String)", "Embedded.order(String, Direction)",
				"Embedded.order(String, Direction, Nulls)", "Embedded.order(String, Nulls)", "Columns.quoted(String)");
	}

	private void assertOrders(String text) {
		String quoted = Columns.quoted(text);
		BlockingTable from = this.db.from(this.table);
		from.delete().all().execute();
		from.insert(List.of(Map.of("id", 1, text, "b"), Map.of("id", 2, text, "a"), Map.of("id", 3))).execute();
		assertThat(ids(from.select("id").order(quoted))).containsExactly(2, 1, 3);
		assertThat(ids(from.select("id").order(quoted, Direction.DESC))).containsExactly(3, 1, 2);
		assertThat(ids(from.select("id").order(quoted, Direction.DESC, Nulls.LAST))).containsExactly(1, 2, 3);
		assertThat(ids(from.select("id").order(quoted, Nulls.FIRST))).containsExactly(3, 2, 1);
		covers("QueryBuilder.order(String)", "QueryBuilder.order(String, Nulls)",
				"QueryBuilder.order(String, Direction)", "QueryBuilder.order(String, Direction, Nulls)");
	}

	private void assertColumns(String text) {
		String list = this.columns.get("list");
		Map<String, Object> row = new LinkedHashMap<>(Map.of("id", 0, text, "x"));
		row.put(list, null);
		BlockingTable from = this.db.from(this.table);
		from.delete().all().execute();
		from.insert(row).columns("id", Columns.quoted(text)).execute();
		assertStored("x");
		from.delete().all().execute();
		assertThat(from.insert(row).nullsAsDefault(list).single(Row.class).get(list)).isEqualTo(List.of("d"));
		covers("InsertBuilder.columns(String[])", "InsertBuilder.nullsAsDefault(String[])");
	}

	private static List<Integer> ids(BlockingSelect select) {
		return select.list(Row.class).stream().map((row) -> row.getInt("id")).toList();
	}

	private void covers(String... methods) {
		this.covered.addAll(List.of(methods));
	}

	private String column(String kind) {
		return sql(this.columns.get(kind));
	}

	private static String sql(String name) {
		return "\"" + name.replace("\"", "\"\"") + "\"";
	}

	private static String hex(String text) {
		return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
	}

	private static void setAll(PreparedStatement statement, String value) throws SQLException {
		for (int i = 1; i <= statement.getParameterMetaData().getParameterCount(); i++) {
			statement.setString(i, value);
		}
	}

	/**
	 * An object that is no map, with any names.
	 */
	static final class Properties {

		private final Map<String, Object> values;

		Properties(Map<String, Object> values) {
			this.values = values;
		}

		@JsonAnyGetter
		public Map<String, Object> values() {
			return this.values;
		}

	}

}
