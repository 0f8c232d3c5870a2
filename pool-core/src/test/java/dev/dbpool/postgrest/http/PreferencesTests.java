package dev.dbpool.postgrest.http;

import java.util.List;
import java.util.Map;

import dev.dbpool.postgrest.FilteredWrite;
import dev.dbpool.postgrest.HttpStub;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.RecordingExchange;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Preferences}: those of the client and those of a request.
 */
class PreferencesTests {

	private static final String JSON = "Content-Type: application/json\r\n";

	private static final String APPLIED = "Preference-Applied: tx=rollback, max-affected=5\r\n";

	@Test
	void preferencesOfTheClientAreSentBesideThoseOfTheRequest() {
		try (HttpStub stub = HttpStub.answering(201, APPLIED, "")) {
			PostgrestClient db = PostgrestClient.create(stub.builder()
				.defaultHeader("Prefer", "tx=rollback, timezone=Asia/Tokyo", "handling=strict")
				.build());
			db.from("t").insert(Map.of("a", 1)).execute().block();
			db.from("t").update(Map.of("a", 1)).all().maxAffected(5).execute().block();
			db.from("t").select().head().block();
			assertThat(stub.requests()).map(PreferencesTests::preferences)
				.containsExactly(List.of("return=minimal,tx=rollback,timezone=Asia/Tokyo,handling=strict"),
						List.of("handling=strict,max-affected=5,return=minimal,tx=rollback,timezone=Asia/Tokyo"),
						List.of("tx=rollback,timezone=Asia/Tokyo,handling=strict"));
		}
	}

	@Test
	void preferencesOfTheRequestWin() {
		try (HttpStub stub = HttpStub.answering(201, APPLIED, "")) {
			PostgrestClient db = PostgrestClient.create(
					stub.builder().defaultHeader("Prefer", "TX=rollback,return=representation,max-affected=1").build());
			db.from("t").delete().eq("a", 1).maxAffected(5).header("Prefer", "tx=commit").execute().block();
			assertThat(stub.requests()).map(PreferencesTests::preferences)
				.containsExactly(List.of("handling=strict,max-affected=5,return=minimal,tx=commit"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "tx=rollback", "max-affected=3" })
	void aPreferenceOfTheClientThatAWriteWasMadeWithoutIsAnError(String preference) {
		try (HttpStub stub = HttpStub.answering(200, JSON + "Content-Range: 0-0/1\r\n", "[]")) {
			PostgrestClient db = PostgrestClient.create(stub.builder().defaultHeader("Prefer", preference).build());
			FilteredWrite delete = db.from("t").delete().eq("a", 1);
			for (var write : List.of(delete.execute(), delete.list(Row.class), delete.stream(Row.class))) {
				StepVerifier.create(write).verifyErrorSatisfies((error) -> {
					assertThat(error).hasMessageContaining("ignored the preference " + preference)
						.hasMessageContaining("The write was made");
					assertThat(Failure.of(error).execution()).isEqualTo(Failure.Execution.COMPLETED);
				});
			}
			db.from("t").select().list(Row.class).block();
			assertThat(db.from("t").select().count().block()).isOne();
		}
	}

	@Test
	void aLimitOfTheClientIsForUpdatesAndDeletes() {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			PostgrestClient db = PostgrestClient
				.create(stub.builder().defaultHeader("Prefer", "max-affected=3").build());
			db.from("t").insert(Map.of("a", 1)).execute().block();
			db.rpc("f").execute().block();
			assertThat(stub.requests()).hasSize(2);
		}
	}

	@Test
	void aPreferenceThatIsGivenAsAHeaderMustBeConfirmedAsWell() {
		RecordingExchange exchange = new RecordingExchange();
		StepVerifier
			.create(exchange.client().from("t").insert(Map.of("a", 1)).header("Prefer", "tx=rollback").execute())
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("tx=rollback"));
	}

	private static List<String> preferences(String request) {
		return request.lines()
			.filter((line) -> line.startsWith("Prefer: "))
			.map((line) -> line.substring("Prefer: ".length()))
			.toList();
	}

}
