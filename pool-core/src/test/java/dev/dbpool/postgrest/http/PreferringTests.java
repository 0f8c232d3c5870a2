package dev.dbpool.postgrest.http;

import java.util.List;
import java.util.Map;

import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.RecordingExchange;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for the preferences of a client and of a request.
 */
class PreferringTests {

	private final RecordingExchange exchange = new RecordingExchange().with("Content-Range", "*/1");

	private final PostgrestClient client = this.exchange.client();

	@Test
	void aPreferenceOfTheClientGoesWithEachRequest() {
		PostgrestClient here = this.client.prefer("timezone=Europe/Berlin").schema("shop");
		here.from("cars").select().list(Row.class).block();
		assertThat(preferences()).isEqualTo("timezone=Europe/Berlin");
		here.from("cars").select().stream(Row.class).blockLast();
		assertThat(preferences()).isEqualTo("timezone=Europe/Berlin");
		here.from("cars").insert(Map.of()).execute().block();
		assertThat(preferences()).isEqualTo("return=minimal,timezone=Europe/Berlin");
		here.blocking().rpc("f").execute();
		assertThat(preferences()).isEqualTo("return=minimal,timezone=Europe/Berlin");
		this.client.from("cars").select().list(Row.class).block();
		assertThat(preferences()).isNull();
	}

	@Test
	void theRequestHasTheLastWord() {
		PostgrestClient here = this.client.prefer("timezone=Europe/Berlin, handling=lenient")
			.prefer("timezone=Asia/Tokyo");
		here.from("cars").select().list(Row.class).block();
		assertThat(preferences()).isEqualTo("timezone=Asia/Tokyo,handling=lenient");
		here.from("cars").select().prefer("timezone=UTC").prefer("timezone=GMT").list(Row.class).block();
		assertThat(preferences()).isEqualTo("timezone=GMT,handling=lenient");
		here.blocking().prefer("handling=strict").from("cars").delete().all().prefer("timezone=UTC").execute();
		assertThat(preferences()).isEqualTo("timezone=UTC,return=minimal,handling=strict");
		here.prefer("return=minimal").from("cars").insert(Map.of()).list(Row.class).block();
		assertThat(preferences()).isEqualTo("return=representation,timezone=Asia/Tokyo,handling=lenient");
	}

	@Test
	void whatAServerMayIgnoreMustBeConfirmed() {
		PostgrestClient trial = this.client.prefer("tx=rollback");
		StepVerifier.create(trial.from("cars").insert(Map.of()).execute())
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("tx=rollback"));
		StepVerifier.create(trial.from("cars").delete().all().stream(Row.class))
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("tx=rollback"));
		StepVerifier.create(trial.from("cars").select().list(Row.class)).expectNext(List.of()).verifyComplete();
		RecordingExchange confirming = new RecordingExchange().with("Preference-Applied", "tx=rollback");
		StepVerifier.create(confirming.client().prefer("tx=rollback").from("cars").delete().all().list(Row.class))
			.expectNext(List.of())
			.verifyComplete();
	}

	@Test
	void aLimitOfAffectedRowsMustBeConfirmedOnlyWhereAllVersionsHaveIt() {
		PostgrestClient limited = this.client.prefer("max-affected=3").prefer("timezone=UTC");
		limited.from("cars").insert(Map.of()).execute().block();
		assertThat(preferences()).isEqualTo("return=minimal,timezone=UTC,max-affected=3");
		limited.rpc("f").execute().block();
		StepVerifier.create(limited.from("cars").delete().all().execute())
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("max-affected=3"));
		StepVerifier.create(this.client.from("cars").insert(Map.of()).prefer("max-affected=3").execute())
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("max-affected=3"));
	}

	@Test
	void whatIsNoPreferenceIsRefused() {
		for (String bad : List.of("", " ", "timezone", "timezone=", "timezone=Europe Berlin", "a=b\r\nX: y", "=b")) {
			assertThatIllegalArgumentException().as(bad).isThrownBy(() -> this.client.prefer(bad));
			assertThatIllegalArgumentException().as(bad)
				.isThrownBy(() -> this.client.from("cars").select().prefer(bad));
		}
	}

	@Test
	void theDescriptionOfTheDatabaseIsThatOfTheSchema() {
		assertThat(this.client.schema("shop").openApi().block()).isEmpty();
		assertThat(this.exchange.request().target()).isEqualTo("/");
		assertThat(this.exchange.request().headers().getFirst("Accept")).isEqualTo("application/openapi+json");
		assertThat(this.exchange.request().headers().getFirst("Accept-Profile")).isEqualTo("shop");
	}

	private String preferences() {
		return this.exchange.request().headers().getFirst("Prefer");
	}

}
