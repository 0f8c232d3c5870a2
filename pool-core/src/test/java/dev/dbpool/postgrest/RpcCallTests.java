package dev.dbpool.postgrest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.value.PgArray;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.http.HttpMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for calls of functions.
 */
class RpcCallTests {

	private final RecordingExchange exchange = new RecordingExchange("42");

	private final RpcCall call = this.exchange.client().rpc("add");

	@Test
	void callsByPostWithNamedArguments() {
		assertThat(this.call.args(Map.of("a", 1)).arg("b", null).value(Integer.class).block()).isEqualTo(42);
		Map<String, Object> arguments = new HashMap<>();
		arguments.put("a", 1);
		arguments.put("b", null);
		assertThat(this.exchange.request().body()).isEqualTo(arguments);
		assertThat(this.exchange.request().method()).isEqualTo(HttpMethod.POST);
		assertThat(this.exchange.request().describe()).isEqualTo("POST /rpc/add");
	}

	@Test
	void callsWithoutArgumentsSendAnEmptyObject() {
		this.call.execute().block();
		assertThat(this.exchange.request().body()).isEqualTo(Map.of());
	}

	@Test
	void callsWithAnObjectSendItsProperties() {
		Numbers numbers = new Numbers(1, 2);
		this.call.args(numbers).execute().block();
		assertThat(this.exchange.request().body()).isEqualTo(numbers);
		assertThatIllegalStateException().isThrownBy(() -> this.call.args(numbers).arg("c", 3));
		assertThatIllegalStateException().isThrownBy(() -> this.call.args(numbers).readOnly().value(Integer.class));
	}

	@Test
	void readOnlyCallsByGet() {
		this.call.args(Map.of("a", List.of(1, 2))).readOnly().eq("id", 3).limit(1).value(Integer.class).block();
		assertThat(this.exchange.request().method()).isEqualTo(HttpMethod.GET);
		assertThat(this.exchange.request().target()).isEqualTo("/rpc/add?a=%7B1,2%7D&id=eq.3&limit=1");
		assertThat(this.exchange.request().body()).isNull();
		assertThat(this.exchange.request().isSafe()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "eq.5", "not.eq.5", "in.(1)", "is.null", "fts(english).x", "like(any).{a}", "is", "gte" })
	void argumentsThatLookLikeFiltersAreNotSentInAUrl(String value) {
		RpcCall readOnly = this.call.arg("a", value).readOnly();
		assertThatIllegalArgumentException().isThrownBy(() -> readOnly.value(Integer.class))
			.withMessageContaining("readOnly()");
	}

	@ParameterizedTest
	@ValueSource(strings = { "select", "order", "and", "x.limit", "x.y" })
	void argumentNamesThatMeanSomethingElseAreNotSentInAUrl(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.call.arg(name, 1).readOnly().value(Integer.class))
			.withMessageContaining(name);
	}

	@Test
	void jsonIsNotSentInAUrl() {
		JsonNode tree = JsonMapper.shared().readTree("[1]");
		for (Object json : List.of(Map.of("a", "hello"), Row.of(Map.of("a", 1)), tree, List.of(Map.of("a", 1)),
				new Object[] { Row.of(Map.of()) }, List.of(List.of(tree)), PgArray.of(Map.of()))) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> this.call.arg("x", json).readOnly().value(Integer.class))
				.withMessageContaining("'x'")
				.withMessageContaining("JSON")
				.withMessageContaining("Call without readOnly()");
		}
		assertThat(this.exchange.count()).isZero();
		this.call.arg("x", List.of()).arg("y", PgArray.of(1)).readOnly().execute().block();
		assertThat(this.exchange.request().target()).isEqualTo("/rpc/add?x=%7B%7D&y=%7B1%7D");
	}

	@Test
	void nullIsNotSentInAUrl() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.call.arg("a", null).readOnly().execute())
			.withMessageContaining("null");
	}

	@Test
	void rowsOfACallAreCountedByTheClientSoThatNothingIsUndone() {
		RecordingExchange two = new RecordingExchange("[{\"id\":1},{\"id\":2}]");
		StepVerifier.create(two.client().rpc("f").maybeSingle(Row.class)).verifyErrorSatisfies((error) -> {
			assertThat(error).isInstanceOf(IncorrectResultSizeDataAccessException.class)
				.hasMessageContaining("The write was made");
			assertThat(Failure.of(error).execution()).isEqualTo(Failure.Execution.COMPLETED);
		});
		assertThat(two.request().headers().getFirst("Accept")).isEqualTo("application/json");
		assertThat(two.request().target()).isEqualTo("/rpc/f");
		StepVerifier.create(new RecordingExchange("[]").client().rpc("f").maybeSingle(Row.class)).verifyComplete();
		StepVerifier.create(new RecordingExchange("null").client().rpc("f").maybeSingle(Row.class))
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("The one row is null"));
		assertThat(this.call.maybeSingle(Integer.class).block()).isEqualTo(42);
	}

	record Numbers(int a, int b) {
	}

}
