package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import org.springframework.dao.QueryTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for what servers and interceptors learn of repeated attempts.
 */
@Timeout(30)
@Tag("slow")
class RetryCountTests {

	private final List<String> counts = new CopyOnWriteArrayList<>();

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.route((request) -> true, this::answer);
	}).bindNow();

	private final List<Operation> operations = new ArrayList<>();

	private final PooledClient client = builder().build();

	/**
	 * Refuses two requests of three.
	 */
	private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
		this.counts.add(String.valueOf(request.requestHeaders().get("X-Retry-Count")));
		return (this.counts.size() % 3 == 0)
				? response.header("Content-Type", "application/json").sendString(Mono.just("[]"))
				: response.status(503).send();
	}

	private PooledClientBuilder builder() {
		return PooledClient
			.builder(URI.create("http://127.0.0.1:" + this.server.port()),
					ApiKeys.of("sb_publishable_made-up", "sb_secret_made-up"))
			.interceptor(new OperationInterceptor() {

				@Override
				public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
					RetryCountTests.this.operations.add(operation);
					return attempt;
				}

			})
			.interceptor(new RetryingInterceptor());
	}

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void aRepeatedAttemptSaysHowOftenItWasRepeated() {
		this.client.from("cars").select().list(Row.class).block();
		assertThat(this.counts).containsExactly("null", "1", "2");
		this.client.from("cars").select().stream(Row.class).blockLast();
		assertThat(this.counts.subList(3, 6)).containsExactly("null", "1", "2");
		this.client.blocking().from("cars").insert(Map.of("id", 1)).idempotent().list(Row.class);
		assertThat(this.counts.subList(6, 9)).containsExactly("null", "1", "2");
		this.client.read("GET /two", (db) -> db.from("cars").select().list(Row.class)).block();
		assertThat(this.counts.subList(9, 12)).containsExactly("null", "1", "2");
	}

	@Test
	void theCountCanBeLeftOut() {
		PooledClient silent = builder().sendRetryCount(false).build();
		silent.from("cars").select().list(Row.class).block();
		assertThat(this.counts).containsExactly("null", "null", "null");
		silent.close(Duration.ZERO).block();
	}

	@Test
	void anOperationKnowsTheLimitsOfItsView() {
		PooledClient hurried = this.client.within(Duration.ofMillis(1)).retries(7).within(Duration.ofSeconds(20));
		hurried.asService().named("GET /a").from("cars").select().list(Row.class).block();
		hurried.blocking().within(Duration.ofSeconds(30)).retries(0).from("cars").select().list(Row.class);
		this.client.from("cars").select().list(Row.class).block();
		assertThat(this.operations).extracting(Operation::deadline)
			.extracting((deadline) -> deadline.map(Duration::toSeconds).orElse(0L))
			.containsExactly(20L, 30L, 60L);
		assertThat(this.operations).extracting((operation) -> operation.retries().orElse(-1)).containsExactly(7, 0, -1);
	}

	@Test
	void theSampleOfTheDocumentationRuns() {
		PooledClient client = this.client;
		List<Row> report = client.within(Duration.ofMinutes(2))
			.retries(0)
			.blocking()
			.from("report")
			.select()
			.list(Row.class);
		assertThat(report).isEmpty();
	}

	@Test
	void limitsThatMakeNoSenseAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.retries(-1)).withMessageContaining("-1");
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.within(Duration.ZERO));
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(
				() -> this.client.blocking().within(Duration.ofMillis(1)).from("cars").select().list(Row.class));
	}

}
