package dev.dbpool.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.value.Row;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;

import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The bounds that a client sets for all of its operations, and the names of columns.
 */
@Timeout(30)
@Tag("slow")
class AnswerLimitsTests {

	private final List<String> bodies = new CopyOnWriteArrayList<>();

	private final DisposableServer server = HttpServer.create()
		.host("127.0.0.1")
		.port(0)
		.handle((request, response) -> "OPTIONS".equals(request.method().name()) ? response.send()
				: request.receive()
					.aggregate()
					.asString()
					.doOnNext(this.bodies::add)
					.thenMany(response.header("Content-Type", "application/json")
						.sendString(body(request), StandardCharsets.UTF_8)
						.then()))
		.bindNow();

	private PooledClient client = client((builder) -> builder);

	private static Publisher<String> body(HttpServerRequest request) {
		return switch (request.uri().replaceFirst("\\?.*", "").replace("/rest/v1", "")) {
			case "/dripping" -> Flux.interval(Duration.ofMillis(50)).map((n) -> (n == 0) ? "[" : " ");
			case "/long" -> Mono.just("[" + "{\"id\":1},".repeat(200) + "{\"id\":2}]");
			default -> Mono.just("[{\"id\":1,\"model_name\":\"Golf\"}]");
		};
	}

	private PooledClient client(UnaryOperator<PooledClientBuilder> options) {
		return options
			.apply(PooledClient.builder(URI.create("http://127.0.0.1:" + this.server.port()),
					ApiKeys.withoutAnonKey(null)))
			.build();
	}

	private void use(UnaryOperator<PooledClientBuilder> options) {
		this.client.close(Duration.ZERO).block();
		this.client = client(options);
	}

	@AfterEach
	void close() {
		Awaitility.await().until(() -> this.client.pool(Lane.READ).snapshot().active() == 0);
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void anAnswerThatNeverEndsIsBoundedByTheOperationTimeout() {
		use((builder) -> builder.operationTimeout(Duration.ofMillis(300)));
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> this.client.from("dripping").select("*").list(Row.class).block())
			.withMessageContaining("did not end within its deadline of 300 ms")
			.withMessageContaining("or operationTimeout for all operations");
	}

	@Test
	void messagesNameThePropertiesOfAClientThatIsConfiguredByThem() {
		use((builder) -> builder.propertyPrefix("db.pools.orders")
			.operationTimeout(Duration.ofSeconds(3))
			.maxAnswerSize(DataSize.ofBytes(1000)));
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> this.client.from("dripping").select("*").list(Row.class).block())
			.withMessageContaining("or db.pools.orders.operation-timeout for all operations");
		assertThatExceptionOfType(DataRetrievalFailureException.class)
			.isThrownBy(() -> this.client.from("long").select("*").list(Row.class).block())
			.withMessageContaining("or increase db.pools.orders.max-answer-size");
		assertThatIllegalStateException().isThrownBy(this.client::asService)
			.withMessage(
					"There is no service role key. Set db.pools.orders.service-role-key, or do not use asService()");
	}

	@Test
	void withinOverridesTheOperationTimeoutDownward() {
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(
				() -> this.client.within(Duration.ofMillis(200)).from("dripping").select("*").list(Row.class).block())
			.withMessageContaining("deadline of 200 ms");
	}

	@Test
	void withinOverridesTheOperationTimeoutUpward() {
		use((builder) -> builder.operationTimeout(Duration.ofNanos(1)));
		assertThat(this.client.within(Duration.ofSeconds(20)).from("cars").select("*").list(Row.class).block())
			.hasSize(1);
	}

	@Test
	void streamsHaveNoOperationTimeout() {
		use((builder) -> builder.operationTimeout(Duration.ofNanos(1)));
		assertThat(this.client.from("cars").select("*").stream(Row.class).collectList().block()).hasSize(1);
	}

	@Test
	void anAnswerThatIsTooLongFailsAndClosesItsConnection() {
		use((builder) -> builder.maxAnswerSize(DataSize.ofBytes(1000)));
		assertThatExceptionOfType(DataRetrievalFailureException.class)
			.isThrownBy(() -> this.client.from("long").select("*").list(Row.class).block())
			.withMessageContaining("or increase maxAnswerSize");
		Awaitility.await().until(() -> this.client.pool(Lane.READ).snapshot().destroyed() == 1);
	}

	@Test
	void streamsHaveNoLimit() {
		use((builder) -> builder.maxAnswerSize(DataSize.ofBytes(1000)));
		assertThat(this.client.from("long").select("*").stream(Row.class).count().block()).isEqualTo(201);
	}

	@Test
	void snakeCaseNamesTheColumnsOfRecordsBothWays() {
		use((builder) -> builder.columnNaming(ColumnNaming.SNAKE_CASE));
		assertThat(this.client.from("cars").select("*").list(Car.class).block()).containsExactly(new Car(1, "Golf"));
		this.client.from("cars").insert(new Car(2, "Polo")).list(Car.class).block();
		assertThat(this.bodies).contains("{\"id\":2,\"model_name\":\"Polo\"}");
		assertThat(this.client.table("cars", Car.class).findLike(Map.of("id", 1)).block()).hasSize(1);
	}

	@Test
	void limitsThatMakeNoSenseAreRefused() {
		PooledClientBuilder builder = PooledClient.builder(URI.create("http://127.0.0.1:9"),
				ApiKeys.withoutAnonKey(null));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.operationTimeout(Duration.ofSeconds(-1)))
			.withMessageContaining("operationTimeout");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.maxAnswerSize(DataSize.ofBytes(0)))
			.withMessageContaining("maxAnswerSize");
	}

	record Car(long id, String modelName) {

	}

}
