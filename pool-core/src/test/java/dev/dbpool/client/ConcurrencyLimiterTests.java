package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;

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

	private final DefaultPooledClient client = (DefaultPooledClient) PooledClient
		.builder(URI.create("http://127.0.0.1:" + this.server.port()),
				ApiKeys.of("sb_publishable_made-up", "sb_secret_made-up"))
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
		assertThat(this.client.pool(Lane.READ).options().maxPending(1)).isEqualTo(8 * 50);
	}

	@Test
	void statementsOfAnyEndAreInFlightNoMore() {
		read();
		this.status = 503;
		read();
		this.status = 200;
		this.client.from("cars").select("*").stream(String.class).onErrorResume((failure) -> Flux.empty()).blockLast();
		this.client.webClient().get().uri("/cars").retrieve().toBodilessEntity().block();
		this.status = 0;
		this.client.from("cars").select("*").list(String.class).subscribe().dispose();
		this.client.within(Duration.ofMillis(50)).from("cars").select("*").list(String.class).onErrorComplete().block();
		Lanes lanes = this.client.core().lanes();
		ConcurrencyLimiter limiter = Objects.requireNonNull(lanes.limiter(lanes.pool(Lane.READ)));
		await().until(() -> limiter.inFlight() == 0);
	}

	private void read() {
		this.client.from("cars").select("*").list(String.class).onErrorComplete().block();
	}

	private int max(Lane lane) {
		return this.client.pool(lane).snapshot().max();
	}

}
