package dev.dbpool.postgrest;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import dev.dbpool.postgrest.value.Row;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.codec.DecodingException;
import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link BlockingPostgrestClient}.
 */
class BlockingPostgrestClientTests {

	private final RecordingExchange exchange = new RecordingExchange("[{\"id\":1}]").with("Content-Range", "*/1");

	private final BlockingPostgrestClient client = BlockingPostgrestClient.over(this.exchange);

	@Test
	void readsValues() {
		Row one = Row.of(Map.of("id", 1));
		BlockingSelect select = this.client.from("t").select("id").eq("id", 1);
		assertThat(select.list(Row.class)).containsExactly(one);
		assertThat(select.maybeSingle(Row.class)).contains(one);
		assertThat(select.count()).isEqualTo(1);
		try (Stream<Row> rows = select.stream(Row.class)) {
			assertThat(rows).containsExactly(one);
		}
		assertThat(this.exchange.request().target()).isEqualTo("/t?select=id&id=eq.1");
	}

	@Test
	void writesAndCalls() {
		this.client.from("t").insert(Map.of("id", 1)).execute();
		assertThat(this.exchange.request().describe()).isEqualTo("POST /t");
		this.client.from("t").upsert(Map.of("id", 1)).onConflict("id").execute();
		assertThat(this.exchange.request().target()).isEqualTo("/t?on_conflict=id");
		this.client.schema("s").from("t").delete().eq("id", 1).execute();
		assertThat(this.exchange.request().headers().getFirst("Content-Profile")).isEqualTo("s");
		BlockingPostgrestClient one = BlockingPostgrestClient.over(new RecordingExchange("{\"id\":1}"));
		assertThat(one.from("t").update(Map.of()).all().single(Row.class).getInt("id")).isEqualTo(1);
		assertThat(one.rpc("f").arg("a", 1).value(Row.class)).contains(Row.of(Map.of("id", 1)));
	}

	@Test
	void aSingleRowThatIsNullIsAnError() {
		BlockingPostgrestClient none = BlockingPostgrestClient.over(new RecordingExchange("null"));
		assertThatExceptionOfType(DecodingException.class).isThrownBy(() -> none.rpc("f").single(Row.class))
			.withMessageContaining("row 1 is null");
		assertThat(none.rpc("f").value(Row.class)).isEmpty();
	}

	@Test
	void anInterruptedThreadDoesNotKnowWhatHasRun() {
		try (HttpStub stub = HttpStub.silent()) {
			BlockingTable table = stub.client().blocking().from("t");
			assertInterrupted(() -> table.select().list(Row.class));
			assertInterrupted(() -> table.insert(Map.of("id", 1)).execute());
			assertThat(Thread.interrupted()).isFalse();
		}
	}

	private static void assertInterrupted(ThrowingCallable call) {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(call)
			.withMessageContaining("unknown whether the statement has run")
			.withCauseInstanceOf(InterruptedException.class);
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void refusesThreadsThatMustNotBlockBeforeAnythingIsSent() {
		BlockingSelect select = this.client.from("t").select();
		assertRefused(() -> select.list(Row.class));
		assertRefused(() -> select.single(Row.class));
		assertRefused(() -> select.maybeSingle(Row.class));
		assertRefused(() -> select.stream(Row.class));
		assertRefused(select::count);
		assertRefused(() -> this.client.rpc("f").value(Row.class));
		assertRefused(() -> {
			this.client.from("t").insert(Map.of()).execute();
			return 1;
		});
		assertThat(this.exchange.count()).isZero();
	}

	private static void assertRefused(Callable<?> call) {
		Mono<?> onEventLoop = Mono.fromCallable(call).subscribeOn(Schedulers.parallel());
		assertThatIllegalStateException().isThrownBy(onEventLoop::block)
			.withMessageContaining("parallel-")
			.withMessageContaining("must not block");
	}

}
