package dev.dbpool.postgrest;

import java.lang.reflect.Method;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import dev.dbpool.postgrest.http.PostgrestRequest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the table of {@code docs/postgrest-js.md} against the requests that are really
 * built.
 */
@Tag("slow")
class DocumentationTests {

	private static final List<String> METHODS = List.of("from", "schema", "setHeader", "select", "insert", "upsert",
			"update", "delete", "rpc", "eq", "neq", "gt", "gte", "lt", "lte", "like", "likeAllOf", "likeAnyOf", "ilike",
			"ilikeAllOf", "ilikeAnyOf", "regexMatch", "regexIMatch", "is", "isDistinct", "in", "notIn", "contains",
			"containedBy", "overlaps", "rangeGt", "rangeGte", "rangeLt", "rangeLte", "rangeAdjacent", "textSearch",
			"match", "not", "or", "filter", "order", "limit", "range", "single", "maybeSingle", "csv", "geojson",
			"stripNulls", "explain", "rollback", "maxAffected", "getOpenApiSpec");

	private static final JsonMapper MAPPER = JsonMapper.builder()
		.enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
		.build();

	@Test
	void eachRowOfTheTableSendsWhatItSays(@TempDir Path directory) throws ReflectiveOperationException {
		List<Documentation.TableRow> table = Documentation.table();
		Class<?> compiled = Documentation.compile(directory, "Table",
				table.stream().map((row) -> "return " + row.ours() + ";").toList(), "Object",
				"PostgrestClient db, Table books");
		List<String> built = new ArrayList<>();
		for (int i = 0; i < table.size(); i++) {
			RecordingExchange exchange = new RecordingExchange("[]");
			PostgrestClient db = exchange.client();
			Method run = compiled.getMethod("run" + i, PostgrestClient.class, Table.class);
			Object result = run.invoke(null, db, db.from("books"));
			built.add(row(table.get(i), sent(exchange, result)));
		}
		assertThat(String.join("\n", built))
			.isEqualTo(table.stream().map((row) -> row(row, row.sends())).collect(Collectors.joining("\n")));
	}

	private static String row(Documentation.TableRow row, String sends) {
		return "| " + row.theirs() + " | `" + row.ours() + "` | " + sends + " |";
	}

	private static String sent(RecordingExchange exchange, Object result) {
		if (result instanceof Request<?> request) {
			return describe(request.request());
		}
		((Mono<?>) result).onErrorComplete().block();
		return describe(exchange.request());
	}

	private static String describe(PostgrestRequest request) {
		StringBuilder text = new StringBuilder("`").append(request.method())
			.append(' ')
			.append(URLDecoder.decode(request.target().replace("+", "%2B"), StandardCharsets.UTF_8))
			.append('`');
		request.headers().forEach((name, values) -> {
			String header = name + ": " + String.join(", ", values);
			if (!header.equals("Accept: application/json")) {
				text.append("<br>`").append(header.replace("|", "\\|")).append('`');
			}
		});
		if (request.body() != null) {
			text.append("<br>`").append(MAPPER.writeValueAsString(request.body())).append('`');
		}
		return text.toString();
	}

	@Test
	void theTableKnowsEachMethod() {
		List<String> theirs = Documentation.table().stream().map(Documentation.TableRow::theirs).toList();
		assertThat(METHODS).allSatisfy((method) -> assertThat(theirs)
			.anyMatch((cell) -> Pattern.compile("[`.]" + method + "\\(").matcher(cell).find()));
	}

}
