package dev.dbpool.postgrest;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.value.Row;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

import org.springframework.http.HttpMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for inserts, upserts, updates and deletes.
 */
class WriteTests {

	private final RecordingExchange exchange = new RecordingExchange("{\"id\":1}");

	private final Table orders = this.exchange.client().from("orders");

	@Test
	void insertReturnsNothingUnlessAsked() {
		this.orders.insert(Map.of("id", 1)).execute().block();
		assertRequest(HttpMethod.POST, "/orders", "return=minimal");
		assertThat(this.exchange.request().body()).isEqualTo(Map.of("id", 1));
		assertThat(this.exchange.request().isIdempotent()).isFalse();
		assertThat(this.exchange.request().isSafe()).isFalse();
	}

	@Test
	void insertReturnsTheRowWhenAsked() {
		assertThat(this.orders.insert(Map.of("id", 1)).select("id").single(Row.class).block())
			.isEqualTo(Row.of(Map.of("id", 1)));
		assertRequest(HttpMethod.POST, "/orders?select=id", "return=representation");
		assertThat(this.exchange.request().headers().getFirst("Accept")).isEqualTo("application/vnd.pgrst.object+json");
	}

	@Test
	void insertOfRowsWithDifferentColumnsNamesThem() {
		this.orders.insert(List.of(Map.of("a", 1), Map.of("b,c", 2))).missingAsDefault().execute().block();
		assertRequest(HttpMethod.POST, "/orders?columns=a,%22b,c%22", "missing=default,return=minimal");
	}

	@Test
	void insertOfRowsWithTheSameColumnsDoesNotNameThem() {
		this.orders.insert(new Object[] { Map.of("a", 1), Map.of("a", 2) }).execute().block();
		assertRequest(HttpMethod.POST, "/orders", "return=minimal");
		assertThat(this.exchange.request().body()).isEqualTo(List.of(Map.of("a", 1), Map.of("a", 2)));
	}

	@Test
	void insertOfRowsNamesTheColumnsThatTheFirstRowLacks() {
		this.orders.insert(List.of(Map.of(), Map.of("a", 1))).execute().block();
		assertRequest(HttpMethod.POST, "/orders?columns=a", "return=minimal");
	}

	@Test
	void anUpdateWhoseRowsTheServerWouldMiscountIsRefused() {
		FilteredWrite update = this.orders.update(Map.of("state", "paid"));
		FilteredWrite group = update.or((any) -> any.eq("state", "new").eq("id", 7));
		FilteredWrite negated = update.not((one) -> one.and((all) -> all.eq("state", "new").eq("id", 7)));
		FilteredWrite dotted = update.eq(Columns.quoted("a.b"), 7);
		for (FilteredWrite miscounted : List.of(group, negated, dotted)) {
			assertThatIllegalStateException().isThrownBy(() -> miscounted.single(Row.class))
				.withMessageContaining("PATCH /orders")
				.withMessageContaining("executeAndCount()");
			assertThatIllegalStateException().isThrownBy(() -> miscounted.maybeSingle(Row.class));
			assertThatIllegalStateException().isThrownBy(() -> miscounted.maxAffected(2).list(Row.class))
				.withMessageContaining("maxAffected");
			assertThatIllegalStateException().isThrownBy(() -> miscounted.maxAffected(2).stream(Row.class));
		}
		assertThat(this.exchange.count()).isZero();
		assertThat(group.list(Row.class).block()).hasSize(1);
		group.execute().block();
		this.orders.update(Map.of("a", 1)).eq("id", 7).single(Row.class).block();
		this.orders.delete().or((any) -> any.eq("a", 1).eq("b", 2)).single(Row.class).block();
		RecordingExchange confirming = new RecordingExchange().with("Preference-Applied", "max-affected=2");
		confirming.client()
			.from("orders")
			.update(Map.of("a", 1))
			.or((any) -> any.eq("a", 1).eq("b", 2))
			.maxAffected(2)
			.execute()
			.block();
		assertThat(confirming.count()).isOne();
	}

	@Test
	void upsertMergesOrIgnoresDuplicates() {
		this.orders.upsert(Map.of("id", 1)).execute().block();
		assertRequest(HttpMethod.POST, "/orders", "resolution=merge-duplicates,return=minimal");
		this.orders.upsert(Map.of("id", 1))
			.onConflict("x")
			.onConflict("id", "a b")
			.ignoreDuplicates()
			.execute()
			.block();
		assertRequest(HttpMethod.POST, "/orders?on_conflict=id,%22a%20b%22",
				"resolution=ignore-duplicates,return=minimal");
	}

	@Test
	void severalColumnsInOneNameAreRefused() {
		Upsert upsert = this.orders.upsert(Map.of("id", 1));
		assertThatIllegalArgumentException().isThrownBy(() -> upsert.onConflict("a,b"))
			.withMessageContaining("onConflict(\"a\", \"b\")");
		assertThatIllegalArgumentException().isThrownBy(() -> upsert.onConflict("a", "b, c"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.orders.select().order("a,b"))
			.withMessageContaining("order(\"a\").order(\"b\")");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.orders.select().embedded("x", (rows) -> rows.order("a,b")));
		assertThatIllegalArgumentException().isThrownBy(() -> Field.of("a,b"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.orders.insert(Map.of("a", 1)).columns("a,b"))
			.withMessageContaining("columns(\"a\", \"b\")");
		upsert.onConflict("\"a,b\"", "c").execute().block();
		assertRequest(HttpMethod.POST, "/orders?on_conflict=%22a,b%22,c", "resolution=merge-duplicates,return=minimal");
	}

	@Test
	void updateAndDeleteSendTheirFilters() {
		this.orders.update(Map.of("state", "paid")).eq("id", 7).execute().block();
		assertRequest(HttpMethod.PATCH, "/orders?id=eq.7", "return=minimal");
		this.orders.delete().in("id", 1, 2).list(Row.class).block();
		assertRequest(HttpMethod.DELETE, "/orders?id=in.(1,2)", "return=representation");
	}

	@Test
	void aDeleteOfAllButOneEmptyTextIsNoDeleteOfAll() {
		for (Object empty : List.of("", Optional.of(""), new StringBuilder())) {
			this.orders.delete().notIn("a", List.of(empty)).execute().block();
			assertThat(URLDecoder.decode(this.exchange.request().target(), StandardCharsets.UTF_8))
				.isEqualTo("/orders?a=not.in.(\"\",\"\")");
		}
	}

	@Test
	void updateAndDeleteWithoutFilterAreRefused() {
		assertThatIllegalStateException().isThrownBy(() -> this.orders.delete().execute())
			.withMessageContaining("DELETE /orders")
			.withMessageContaining("all()");
		assertThatIllegalStateException().isThrownBy(() -> this.orders.update(Map.of("a", 1)).list(Row.class));
		assertThatIllegalStateException()
			.isThrownBy(() -> this.orders.delete().eq("customer.name", "x").single(Row.class));
		assertThat(this.exchange.count()).isZero();
		this.orders.delete().all().execute().block();
		assertRequest(HttpMethod.DELETE, "/orders", "return=minimal");
	}

	@Test
	void whatAServerMayIgnoreMustBeConfirmed() {
		FilteredWrite delete = this.orders.delete().eq("id", 7).maxAffected(3).maxAffected(2).rollback();
		StepVerifier.create(delete.execute()).verifyErrorSatisfies((error) -> {
			assertThat(error).hasMessageContaining("ignored the preference max-affected=2, tx=rollback")
				.hasMessageContaining("The write was made");
			assertThat(Failure.of(error).mayHaveRun()).isTrue();
		});
		assertRequest(HttpMethod.DELETE, "/orders?id=eq.7",
				"handling=strict,max-affected=2,tx=rollback,return=minimal");
		StepVerifier.create(delete.stream(Row.class))
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("ignored"));
		RecordingExchange confirming = new RecordingExchange().with("Preference-Applied",
				"handling=strict, max-affected=2, tx=rollback");
		StepVerifier.create(confirming.client().from("orders").delete().all().maxAffected(2).rollback().list(Row.class))
			.expectNext(List.of())
			.verifyComplete();
		assertThatIllegalArgumentException().isThrownBy(() -> this.orders.delete().maxAffected(-1))
			.withMessageContaining("-1");
	}

	@Test
	void aPlanConfirmsNothing() {
		RecordingExchange plans = new RecordingExchange("[]").with("Content-Type", "application/vnd.pgrst.plan+json");
		FilteredWrite delete = plans.client().from("orders").delete().eq("id", 7);
		assertThat(delete.rollback().explain(ExplainOption.ANALYZE).block()).isEqualTo("[]");
		assertThat(delete.maxAffected(2).explain().block()).isEqualTo("[]");
		assertThat(delete.maxAffected(2).explainJson().block()).isEmpty();
		assertThat(plans.request().headers().get("Prefer"))
			.containsExactly("handling=strict,max-affected=2,return=representation");
		assertThatIllegalStateException().isThrownBy(() -> delete.maxAffected(2).explain(ExplainOption.ANALYZE))
			.withMessageContaining("maxAffected");
		assertThat(plans.count()).isEqualTo(3);
	}

	@Test
	void aWriteSetsTheChosenColumnsOnly() {
		this.orders.insert(Map.of("id", 1, "a", 2, "b", 3)).columns("a", "b.c").execute().block();
		assertRequest(HttpMethod.POST, "/orders?columns=a,%22b.c%22", "return=minimal");
		this.orders.upsert(List.of(Map.of("id", 1), Map.of("a", 2)))
			.onConflict("id")
			.columns("id")
			.columns("a")
			.nullsAsDefault()
			.execute()
			.block();
		assertRequest(HttpMethod.POST, "/orders?on_conflict=id&columns=a",
				"resolution=merge-duplicates,missing=default,return=minimal");
		assertThatIllegalArgumentException().isThrownBy(() -> this.orders.insert(Map.of()).columns());
	}

	@Test
	void nullsOfMapsAreLeftOutForTheDefault() {
		Map<String, Object> row = new HashMap<>();
		row.put("id", null);
		row.put("a", null);
		row.put("b", 1);
		this.orders.insert(row).nullsAsDefault().execute().block();
		assertRequest(HttpMethod.POST, "/orders", "missing=default,return=minimal");
		assertThat(this.exchange.request().body()).isEqualTo(Map.of("b", 1));
		this.orders.insert(row).nullsAsDefault("id").execute().block();
		assertThat(this.exchange.request().body()).asInstanceOf(InstanceOfAssertFactories.MAP)
			.containsOnlyKeys("a", "b");
		this.orders.upsert(List.of(row, Map.of("id", 1, "a", 1, "b", 1)))
			.onConflict("id")
			.nullsAsDefault("id")
			.execute()
			.block();
		assertThat(URLDecoder.decode(this.exchange.request().target(), StandardCharsets.UTF_8))
			.matches("/orders\\?columns=[idab,]{6}&on_conflict=id");
		this.orders.insert("{\"id\":null}").nullsAsDefault().execute().block();
		assertThat(this.exchange.request().body()).isEqualTo("{\"id\":null}");
	}

	@Test
	void aWriteCanBeDeclaredIdempotent() {
		this.orders.update(Map.of("a", 1)).eq("id", 7).idempotent().execute().block();
		assertThat(this.exchange.request().isIdempotent()).isTrue();
		assertThat(this.exchange.request().isSafe()).isFalse();
		assertThat(PostgrestRequest.of(HttpMethod.PUT, "/orders").isIdempotent()).isTrue();
	}

	@Test
	void anUpdateTakesOneSetOfValues() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.orders.update(List.of(Map.of())));
		assertThatIllegalArgumentException().isThrownBy(() -> this.orders.upsert(Map.of()).onConflict());
	}

	private void assertRequest(HttpMethod method, String target, String preferences) {
		assertThat(this.exchange.request().method()).isEqualTo(method);
		assertThat(this.exchange.request().target()).isEqualTo(target);
		assertThat(this.exchange.request().headers().getFirst("Prefer")).isEqualTo(preferences);
	}

}
