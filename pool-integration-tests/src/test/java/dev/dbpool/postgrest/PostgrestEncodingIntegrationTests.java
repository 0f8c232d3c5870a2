package dev.dbpool.postgrest;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Properties of generated names and values on a real PostgREST: what is written under
 * them is found by them, and nothing else is found.
 * <p>
 * {@code -Ddbpool.encoding.seed} and {@code -Ddbpool.encoding.tables} try others, and
 * more of them.
 */
@Tag("long")
class PostgrestEncodingIntegrationTests {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(EmbeddedPostgrest.builder());

	private static final long SEED = Long.getLong("dbpool.encoding.seed", 20_261_121L);

	private static final int TABLES = Integer.getInteger("dbpool.encoding.tables", 2);

	private static final int COLUMNS = 4;

	private static final int VALUES = 10;

	private final PostgrestServer server;

	private final BlockingPostgrestClient db;

	private final Generator generator = new Generator(SEED);

	private String context = "";

	PostgrestEncodingIntegrationTests(PostgrestServer server) {
		this.server = server;
		this.db = Stack.service(server).blocking();
	}

	@BeforeEach
	void nameTheSeed(TestInfo test) {
		this.context = test.getDisplayName() + " with seed " + SEED;
	}

	@Test
	void everyNameAndEveryValueIsItselfOnly() throws SQLException {
		Map<String, Set<String>> tables = new HashMap<>();
		for (String table : this.generator.names(TABLES, PostgrestEncodingIntegrationTests::canBeAPath)) {
			tables.put(table, this.generator.names(COLUMNS, (name) -> !name.equals("id") && !name.equals("list")));
		}
		create(tables);
		tables.forEach((table, columns) -> columns.forEach((column) -> tryColumn(table, column)));
	}

	private static boolean canBeAPath(String name) {
		return !name.contains("/") && !name.equals(".") && !name.equals("..");
	}

	private void create(Map<String, Set<String>> tables) throws SQLException {
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement()) {
			for (Map.Entry<String, Set<String>> table : tables.entrySet()) {
				String columns = table.getValue()
					.stream()
					.map((column) -> sqlName(column) + " text")
					.collect(Collectors.joining(","));
				statement.setEscapeProcessing(false);
				statement.execute("create table public." + sqlName(table.getKey())
						+ " (id int primary key, list text[]," + columns + ")");
			}
		}
		this.server.reloadSchemaCache();
	}

	private static String sqlName(String name) {
		return "\"" + name.replace("\"", "\"\"") + "\"";
	}

	private void tryColumn(String table, String name) {
		List<String> values = this.generator.values(VALUES);
		BlockingTable from = this.db.from(table);
		from.delete().all().execute();
		from.insert(IntStream.range(0, values.size())
			.mapToObj((id) -> Map.of("id", id, name, values.get(id), "list", List.of(values.get(id), "x")))
			.toList()).execute();
		String column = Columns.quoted(name);
		this.context = "seed " + SEED + ", table <" + table + ">, column <" + name + ">";
		for (String value : values) {
			tryValue(from, column, name, values, value);
		}
		assertFound(from, values, (value) -> true, (t) -> t.in(column, values));
		assertFound(from, values, (value) -> false, (t) -> t.notIn(column, values));
		assertThat(from.select(column).order(column).list(Row.class)).as(this.context)
			.allSatisfy((row) -> assertThat(row.columns()).containsExactly(name));
		String last = values.get(values.size() - 1);
		from.update(Map.of(name, "changed")).eq(column, last).execute();
		assertThat(from.select("id").eq(column, "changed").list(Row.class)).as(this.context)
			.extracting((row) -> row.getInt("id"))
			.containsExactly(values.size() - 1);
		assertThat(from.upsert(Map.of("id", 0, name, last)).onConflict("id").select(column).single(Row.class).get(name))
			.as(this.context)
			.isEqualTo(last);
	}

	private void tryValue(BlockingTable from, String column, String name, List<String> values, String value) {
		Predicate<String> same = value::equals;
		assertFound(from, values, same, (t) -> t.eq(column, value));
		assertFound(from, values, same, (t) -> t.in(column, value));
		assertFound(from, values, same, (t) -> t.or((any) -> any.eq(column, value).eq("id", -1)));
		assertFound(from, values, same, (t) -> t.or((any) -> any.in(column, value, "nowhere").eq("id", -1)));
		assertFound(from, values, same.negate(), (t) -> t.not((one) -> one.eq(column, value)));
		assertFound(from, values, same.negate(), (t) -> t.and((all) -> all.neq(column, value).gte("id", 0)));
		assertFound(from, values, (other) -> other.startsWith(value), (t) -> t.startsWith(column, value));
		assertFound(from, values, (other) -> other.endsWith(value),
				(t) -> t.or((any) -> any.endsWith(column, value).eq("id", -1)));
		assertFound(from, values, (other) -> other.contains(value), (t) -> t.containsText(column, value));
		assertFound(from, values, same, (t) -> t.contains("list", List.of(value)));
		assertFound(from, values, same, (t) -> t.match(Map.of(column, value)));
	}

	private void assertFound(BlockingTable from, List<String> values, Predicate<String> expected,
			UnaryOperator<BlockingSelect> filters) {
		BlockingSelect select = filters.apply(from.select("id"));
		Collection<Integer> found = new ArrayList<>();
		assertThat(catchThrowable(() -> select.list(Row.class).forEach((row) -> found.add(row.getInt("id")))))
			.as("%s, %s", this.context, select.request().target())
			.isNull();
		assertThat(found).as("%s, values %s, %s", this.context, values, select.request().target())
			.containsExactlyInAnyOrderElementsOf(
					IntStream.range(0, values.size()).filter((id) -> expected.test(values.get(id))).boxed().toList());
	}

	@Test
	void everyArgumentComesBackOrIsRefused() throws SQLException {
		Map<String, String> functions = new HashMap<>();
		for (String function : this.generator.names(TABLES, PostgrestEncodingIntegrationTests::canBeAPath)) {
			functions.put(function, this.generator.names(1, (name) -> true).iterator().next());
		}
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement()) {
			statement.setEscapeProcessing(false);
			for (Map.Entry<String, String> function : functions.entrySet()) {
				statement.execute("create function public." + sqlName(function.getKey()) + "("
						+ sqlName(function.getValue()) + " text) returns text language sql immutable as 'select $1'");
			}
		}
		this.server.reloadSchemaCache();
		functions.forEach((function, argument) -> this.generator.values(VALUES).forEach((value) -> {
			BlockingRpcCall call = this.db.rpc(function).arg(argument, value);
			assertThat(call.value(String.class)).as("%s, <%s>(<%s>)", this.context, function, argument).contains(value);
			Throwable refused = catchThrowable(() -> call.readOnly().request());
			if (refused == null) {
				assertThat(catchThrowable(() -> call.readOnly().value(String.class)))
					.as("%s, <%s>(<%s>) of <%s>", this.context, function, argument, value)
					.isNull();
				assertThat(call.readOnly().value(String.class)).as("%s, <%s>(<%s>)", this.context, function, argument)
					.contains(value);
			}
			else {
				assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("readOnly()");
			}
		}));
	}

}
