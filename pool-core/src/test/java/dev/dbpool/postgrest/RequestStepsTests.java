package dev.dbpool.postgrest;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for the types that all requests have in common, and for results with a count.
 */
class RequestStepsTests {

	private final RecordingExchange exchange = new RecordingExchange().with("Content-Range", "*/7");

	private final PostgrestClient client = this.exchange.client();

	private final BlockingPostgrestClient blocking = this.client.blocking();

	private static <R extends FilteredRequest<R>> R ofTenant(R request) {
		return request.eq("tenant", 7).header("X-Tenant", "7");
	}

	private static <R extends Request<R>> R traced(R request) {
		return request.header("X-Trace", "t");
	}

	private static <Q extends Query<Q>> Q firstPage(Q query) {
		return query.order("id", Direction.DESC).limit(10);
	}

	private static <A extends Arrangement<A>> A newest(A rows) {
		return rows.order("created", Direction.DESC).limit(1);
	}

	private static <W extends Write<W>> W repeatable(W write) {
		return write.idempotent();
	}

	@Test
	void aHelperTakesAnyRequestThatCanBeFiltered() {
		Table cars = this.client.from("cars");
		BlockingTable blockingCars = this.blocking.from("cars");
		assertThat(target(ofTenant(cars.select()).list(Row.class).then())).isEqualTo("/cars?select=*&tenant=eq.7");
		assertThat(target(ofTenant(cars.delete()).execute())).isEqualTo("/cars?tenant=eq.7");
		assertThat(target(ofTenant(cars.update(Map.of("a", 1))).execute())).isEqualTo("/cars?tenant=eq.7");
		assertThat(target(ofTenant(this.client.rpc("f")).execute())).isEqualTo("/rpc/f?tenant=eq.7");
		ofTenant(blockingCars.select()).list(Row.class);
		ofTenant(blockingCars.delete()).execute();
		ofTenant(this.blocking.rpc("f")).execute();
		assertThat(this.exchange.count()).isEqualTo(7);
		assertThat(this.exchange.request().headers().getFirst("X-Tenant")).isEqualTo("7");
	}

	@Test
	void aHelperTakesAnyRequestAnyQueryAndAnyWrite() {
		Table cars = this.client.from("cars");
		traced(cars.insert(Map.of())).execute().block();
		traced(this.blocking.from("cars").upsert(Map.of())).execute();
		assertThat(this.exchange.request().headers().getFirst("X-Trace")).isEqualTo("t");
		assertThat(target(firstPage(this.client.rpc("f")).list(Row.class).then()))
			.isEqualTo("/rpc/f?order=id.desc&limit=10");
		firstPage(this.blocking.from("cars").select("id")).list(Row.class);
		assertThat(this.exchange.request().target()).isEqualTo("/cars?select=id&order=id.desc&limit=10");
		assertThat(
				target(newest(cars.select("*,offers(*)").embedded("offers", (offers) -> newest(offers))).list(Row.class)
					.then()))
			.isEqualTo("/cars?select=*,offers(*)&order=created.desc&limit=1&offers.order=created.desc&offers.limit=1");
		repeatable(cars.insert(Map.of())).execute().block();
		assertThat(this.exchange.request().isIdempotent()).isTrue();
		repeatable(this.client.rpc("f")).execute().block();
		assertThat(this.exchange.request().isIdempotent()).isTrue();
	}

	@Test
	void anOrderPutsRowsWithoutAValueFirstOrLast() {
		assertThat(target(this.client.from("cars")
			.select("*,offers(*)")
			.order("price", Nulls.LAST)
			.embedded("offers", (offers) -> offers.order("price", Nulls.FIRST))
			.list(Row.class)
			.then())).isEqualTo("/cars?select=*,offers(*)&order=price.nullslast&offers.order=price.nullsfirst");
	}

	@Test
	void aWriteReturnsItsRowsAndTheirNumberInOneRequest() {
		RecordingExchange rows = new RecordingExchange("[{\"id\":1},{\"id\":2}]").with("Content-Range", "*/2");
		Table cars = rows.client().from("cars");
		Counted<List<Row>> inserted = cars.insert(List.of(Map.of(), Map.of())).counted().list(Row.class).block();
		assertThat(inserted.value()).extracting((row) -> row.getInt("id")).containsExactly(1, 2);
		assertThat(inserted.count()).isEqualTo(2);
		assertThat(rows.count()).isEqualTo(1);
		assertThat(rows.request().headers().getFirst("Prefer")).isEqualTo("count=exact,return=representation");
		assertThat(rows.client()
			.blocking()
			.from("cars")
			.delete()
			.eq("id", 1)
			.counted(Count.ESTIMATED)
			.list(Row.class)
			.count()).isEqualTo(2);
		assertThat(rows.request().headers().getFirst("Prefer")).isEqualTo("count=estimated,return=representation");
	}

	@Test
	void aWriteThatTheServerDoesNotCountByPlanIsCountedByItsRows() {
		RecordingExchange rows = new RecordingExchange("[{\"id\":1},{\"id\":2}]").with("Content-Range", "*/*");
		Table cars = rows.client().from("cars");
		assertThat(cars.update(Map.of("a", 1)).all().counted(Count.PLANNED).list(Row.class).block().count())
			.isEqualTo(2);
		assertThat(rows.request().headers().getFirst("Prefer")).isEqualTo("count=planned,return=representation");
		StepVerifier.create(cars.update(Map.of("a", 1)).all().counted().list(Row.class))
			.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("Content-Range"));
		assertThatIllegalArgumentException().isThrownBy(() -> cars.insert(Map.of()).executeAndCount(Count.PLANNED))
			.withMessageContaining("POST /cars")
			.withMessageContaining("EXACT");
		assertThat(rows.count()).isEqualTo(2);
	}

	@Test
	void aCountOfAWriteCanBeChosen() {
		this.client.from("cars").insert(Map.of()).executeAndCount(Count.ESTIMATED).block();
		assertThat(this.exchange.request().headers().getFirst("Prefer")).isEqualTo("return=minimal,count=estimated");
		assertThat(this.blocking.from("cars").delete().all().executeAndCount(Count.EXACT)).isEqualTo(7);
	}

	@Test
	void oneRowComesWithTheNumberOfAll() {
		RecordingExchange one = new RecordingExchange("{\"id\":1}").with("Content-Range", "0-0/103");
		Select first = one.client().from("cars").select().order("id").limit(1);
		assertThat(first.counted().single(Row.class).block()).isEqualTo(new Counted<>(Row.of(Map.of("id", 1)), 103));
		assertThat(one.request().headers().getFirst("Accept")).isEqualTo("application/vnd.pgrst.object+json");
		assertThat(one.request().headers().getFirst("Prefer")).isEqualTo("count=exact");
		RecordingExchange list = new RecordingExchange("[{\"id\":1}]").with("Content-Range", "0-0/103");
		assertThat(list.client().from("cars").select().limit(1).counted(Count.PLANNED).maybeSingle(Row.class).block())
			.isEqualTo(new Counted<>(Optional.of(Row.of(Map.of("id", 1))), 103));
		assertThat(this.blocking.from("cars").select().counted().maybeSingle(Row.class))
			.isEqualTo(new Counted<>(Optional.empty(), 7));
		assertThat(this.exchange.request().target()).isEqualTo("/cars?select=*&limit=2");
		RecordingExchange two = new RecordingExchange("[{\"id\":1},{\"id\":2}]").with("Content-Range", "0-1/103");
		StepVerifier.create(two.client().from("cars").select().counted().maybeSingle(Row.class))
			.verifyErrorSatisfies((error) -> assertThat(Failure.of(error).kind()).isEqualTo(Failure.Kind.RESULT));
	}

	@Test
	void whatTheServerWouldCountWronglyIsRefused() {
		FilteredWrite grouped = this.client.from("cars").update(Map.of("a", 1)).or((any) -> any.eq("a", 1).eq("b", 2));
		assertThatIllegalStateException().isThrownBy(() -> grouped.counted().list(Row.class))
			.withMessageContaining("counted");
		assertThatIllegalStateException().isThrownBy(() -> grouped.counted().single(Row.class));
		assertThat(this.exchange.count()).isZero();
	}

	@Test
	void thePlanOfASingleRowIsThatOfItsRequest() {
		RecordingExchange plans = new RecordingExchange("[]").with("Content-Type", "application/vnd.pgrst.plan+json");
		plans.client().from("cars").select().eq("id", 1).explainSingle(ExplainOption.ANALYZE).block();
		assertThat(plans.request().headers().getFirst("Accept"))
			.isEqualTo("application/vnd.pgrst.plan+text; for=\"application/vnd.pgrst.object+json\"; options=analyze;");
		plans.client().blocking().from("cars").select().eq("id", 1).explainSingleJson();
		assertThat(plans.request().headers().getFirst("Accept"))
			.isEqualTo("application/vnd.pgrst.plan+json; for=\"application/vnd.pgrst.object+json\"; options=;");
	}

	private String target(Mono<Void> result) {
		result.block();
		return this.exchange.request().target();
	}

}
