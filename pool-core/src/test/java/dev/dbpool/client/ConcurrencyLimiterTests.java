package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.postgrest.http.AnswerBytes;
import dev.dbpool.transport.HttpConnector;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for an adaptive limit on the pools of a client.
 */
@Timeout(30)
class ConcurrencyLimiterTests {

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.route((request) -> true, this::answer);
	}).bindNow();

	private final URI url = URI.create("http://127.0.0.1:" + this.server.port());

	private final PooledClient client = PooledClient
		.builder(this.url, ApiKeys.of("sb_publishable_made-up", "sb_secret_made-up"))
		.concurrencyLimit(ConcurrencyLimit.ADAPTIVE)
		.lane(Lane.READ,
				(options) -> options.minConnections(1).maxConnections(8).releaseTimeout(Duration.ofMillis(100)))
		.lane(Lane.WRITE, (options) -> options.minConnections(1).maxConnections(8))
		.build();

	private volatile int status = 200;

	private volatile String body = "[]";

	private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
		if (this.status == 0) {
			return Mono.never();
		}
		return response.status(this.status).header("Content-Type", "application/json").sendString(Mono.just(this.body));
	}

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void limitIsTheMaximumUntilTheServerIsOverloaded() {
		assertThat(max(Lane.READ)).isEqualTo(8);
		read();
		assertThat(max(Lane.READ)).isEqualTo(8);
	}

	@Test
	void limitIsHalvedWhenTheServerIsUnavailable() {
		this.status = 503;
		read();
		assertThat(max(Lane.READ)).isEqualTo(4);
		assertThat(max(Lane.WRITE)).isEqualTo(8);
	}

	@Test
	void limitIsHalvedWhenPostgrestHasNoConnectionFree() {
		this.status = 504;
		this.body = "{\"code\":\"PGRST003\",\"message\":\"Timed out acquiring connection from connection pool.\"}";
		read();
		assertThat(max(Lane.READ)).isEqualTo(4);
	}

	@Test
	void otherFailuresLeaveTheLimit() {
		this.status = 404;
		this.body = "{\"code\":\"42P01\",\"message\":\"no such table\"}";
		read();
		this.status = 502;
		read();
		assertThat(max(Lane.READ)).isEqualTo(8);
	}

	@Test
	void resizedPoolHasOtherBounds() {
		this.client.pool(Lane.READ).resize(2, 3);
		this.status = 503;
		for (int i = 0; i < 5; i++) {
			read();
		}
		assertThat(max(Lane.READ)).isEqualTo(2);
	}

	@Test
	void asManyCallersMayWaitAsAtTheMaximum() {
		assertThat(this.client.pool(Lane.READ).options().maxPending(1)).isEqualTo(8 * 100);
	}

	@Test
	void statementsOfAnyEndAreInFlightNoMore() {
		Lanes lanes = new Lanes(Map.of(Lane.READ, pool()), LaneSharing.NONE, 1, List.of(), ConcurrencyLimit.ADAPTIVE,
				() -> false);
		ConcurrencyLimiter limiter = Objects.requireNonNull(lanes.limiter(lanes.pool(Lane.READ)));
		DefaultPooledClient client = client(lanes);
		read(client);
		this.status = 503;
		read(client);
		this.status = 200;
		client.from("cars").select("*").stream(String.class).onErrorResume((failure) -> Flux.empty()).blockLast();
		client.webClient().get().uri("/cars").retrieve().toBodilessEntity().block();
		this.status = 0;
		client.from("cars").select("*").list(String.class).subscribe().dispose();
		client.within(Duration.ofMillis(50)).from("cars").select("*").list(String.class).onErrorComplete().block();
		await().until(() -> limiter.inFlight() == 0);
		client.close(Duration.ZERO).block();
	}

	private ConnectionPool<ClientConnection> pool() {
		return ConnectionPool.create(
				PoolOptions.builder("read").maxConnections(8).releaseTimeout(Duration.ofMillis(100)).build(),
				new ClientConnection.Opener(HttpConnector.builder(this.url).build(), WebClient.builder(), this.url,
						AnswerBytes.Limit.DEFAULT, ExchangeMode.DIRECT, ObservationRegistry.NOOP));
	}

	private DefaultPooledClient client(Lanes lanes) {
		return new DefaultPooledClient(new ClientCore(
				new ClientCore.Server(this.url, this.url, WebClient.builder(), true, new SettingNames(null)), lanes,
				pool(), Credentials.of(ApiKeys.withoutAnonKey(null), Identity.ANON),
				new ClientCore.Instrumentation("default", List.of(), List.of(), ClientCore.NO_TRACE,
						ObservationRegistry.NOOP, false),
				Batching.DISABLED), null, Duration.ZERO, false);
	}

	private void read() {
		read(this.client);
	}

	private static void read(PooledClient client) {
		client.from("cars").select("*").list(String.class).onErrorComplete().block();
	}

	private int max(Lane lane) {
		return this.client.pool(lane).snapshot().max();
	}

}
