package dev.dbpool.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.http.HttpHeaders;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The other HTTP APIs of a project, beside the one of the database.
 */
@Timeout(30)
class OtherApisTests {

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final AtomicInteger lost = new AtomicInteger();

	private final Sinks.Empty<Void> halves = Sinks.empty();

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.get("/auth/v1/admin/users/{id}", this::user);
		routes.get("/lost", this::loseOnce);
		routes.get("/halves",
				(request, response) -> response.send(
						ByteBufFlux
							.fromString(Flux.concat(Mono.just("first"), this.halves.asMono().thenReturn("second"))),
						(part) -> true));
		routes.post("/lost", this::loseOnce);
		routes.post("/job", this::refuseOldToken);
		routes.post("/rest/v1/job", this::refuseOldToken);
		routes.post("/silent", (request, response) -> Mono.never());
		routes.post("/rest/v1/rpc/**", (request, response) -> Mono.never());
	}).bindNow();

	private final PooledClient client = PooledClient
		.builder(URI.create("http://127.0.0.1:" + this.server.port()),
				ApiKeys.of("sb_publishable_made-up", "sb_secret_made-up"))
		.interceptor(new RetryingInterceptor())
		.build();

	private Mono<Void> user(HttpServerRequest request, HttpServerResponse response) {
		this.requests.add(request.requestHeaders().get("apikey") + " " + request.requestHeaders().get("Authorization"));
		return response.header(HttpHeaders.CONTENT_TYPE, "application/json")
			.sendString(Mono.just("{\"id\":\"" + request.param("id") + "\"}"))
			.then();
	}

	private Mono<Void> refuseOldToken(HttpServerRequest request, HttpServerResponse response) {
		return request.requestHeaders().contains("Authorization", "Bearer token-1", true) ? response.status(401)
			.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
			.send()
			.then() : response.status(204).send().then();
	}

	private Mono<Void> loseOnce(HttpServerRequest request, HttpServerResponse response) {
		if (this.lost.getAndIncrement() == 0) {
			request.withConnection((connection) -> connection.channel().close());
			return Mono.never();
		}
		return response.sendString(Mono.just("found")).then();
	}

	@AfterEach
	void stop() {
		for (Lane lane : Lane.values()) {
			assertThat(this.client.pool(lane).snapshot().active()).isZero();
		}
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void theServiceIdentityReachesTheUsersOfAProject() {
		String id = "4711";
		PooledClient client = this.client;
		Mono<AuthUser> user = client.asService()
			.webClient(Lane.READ)
			.get()
			.uri("/auth/v1/admin/users/{id}", id)
			.retrieve()
			.bodyToMono(AuthUser.class);
		assertThat(user.block()).isEqualTo(new AuthUser("4711"));
		assertThat(this.requests).containsExactly("sb_secret_made-up null");
	}

	@Test
	void anExchangeThatOnlyReadsIsRepeatedWhenItsConnectionIsLost() {
		assertThat(this.client.webClient().get().uri("/lost").retrieve().bodyToMono(String.class).block())
			.isEqualTo("found");
		assertThat(this.lost).hasValue(2);
	}

	@Test
	void anExchangeThatMayHaveChangedSomethingIsNeverRepeated() {
		WebClient web = this.client.webClient();
		assertThatExceptionOfType(WebClientRequestException.class)
			.isThrownBy(web.post().uri("/lost").bodyValue("{}").retrieve().toBodilessEntity()::block);
		assertThat(this.lost).hasValue(1);
	}

	@Test
	void theTimeOfAViewBoundsTheExchangeAndItsBody() {
		this.lost.set(1);
		WebClient web = this.client.within(Duration.ofSeconds(20)).webClient();
		assertThat(web.get().uri("/lost").retrieve().bodyToMono(String.class).block()).isEqualTo("found");
	}

	@Test
	void aKeptTokenThatWasRefusedForAWriteIsReplacedForTheNext() {
		WebClient web = this.client.asUser(TokenSource.keeping(signIns())).webClient();
		assertThatExceptionOfType(WebClientResponseException.Unauthorized.class)
			.isThrownBy(web.post().uri("/job").retrieve().toBodilessEntity()::block);
		assertThat(web.post().uri("/job").retrieve().toBodilessEntity().block()).isNotNull();
	}

	@Test
	void aKeptTokenThatWasRefusedOnALeaseIsReplacedForTheNext() {
		PooledClient job = this.client.asUser(TokenSource.keeping(signIns()));
		try (ClientLease lease = job.blocking().lease(Lane.WRITE, "POST /job")) {
			assertThatExceptionOfType(WebClientResponseException.Unauthorized.class)
				.isThrownBy(lease.webClient().post().uri("/job").retrieve().toBodilessEntity()::block);
		}
		try (ClientLease lease = job.blocking().lease(Lane.WRITE, "POST /job")) {
			assertThat(lease.webClient().post().uri("/job").retrieve().toBodilessEntity().block()).isNotNull();
		}
	}

	@Test
	void aQueryActsAsItsClientOnly() {
		for (String name : List.of("apikey", "authorization")) {
			assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
				.isThrownBy(this.client.from("users").select().header(name, "Bearer other").list(Row.class)::block)
				.withMessageContaining("asUser(");
			assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
				.isThrownBy(this.client.from("users").select().header(name, "x").stream(Row.class)::blockLast);
		}
		try (ClientLease lease = this.client.blocking().lease(Lane.READ, "GET /users")) {
			lease.webClient()
				.get()
				.uri("http://127.0.0.1:" + this.server.port() + "/auth/v1/admin/users/1")
				.header("Authorization", "Bearer other")
				.header("apikey", "other")
				.retrieve()
				.toBodilessEntity()
				.block();
		}
		assertThat(this.requests).containsExactly("sb_publishable_made-up null");
	}

	@Test
	void anInterruptedThreadDoesNotKnowWhatHasRun() {
		BlockingPooledClient blocking = this.client.blocking();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> blocking.transaction((tx) -> tx.from("users").insert(Map.of("id", 1))))
			.withMessageContaining("unknown whether the transaction was committed");
		assertThat(Thread.interrupted()).isTrue();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(ResourceAccessException.class)
			.isThrownBy(() -> blocking.restClient().post().uri("/silent").retrieve().toBodilessEntity())
			.withMessageContaining("unknown whether the request was carried out");
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void codecsAreMadeOnceForAllConnections() {
		AtomicInteger made = new AtomicInteger();
		PooledClient client = PooledClient
			.builder(URI.create("http://127.0.0.1:" + this.server.port()), ApiKeys.withoutAnonKey(null))
			.webClient(WebClient.builder().codecs((codecs) -> made.incrementAndGet()))
			.lane(Lane.READ, (options) -> options.minConnections(0))
			.lane(Lane.WRITE, (options) -> options.minConnections(0))
			.build();
		int before = made.get();
		try (ClientLease first = client.blocking().lease(Lane.READ, "GET /first");
				ClientLease second = client.blocking().lease(Lane.READ, "GET /second")) {
			assertThat(first.webClient()).isNotSameAs(second.webClient());
		}
		assertThat(made).hasValue(before);
		client.close(Duration.ZERO).block();
	}

	@Test
	void aClientThatIsMadeOfAnotherHasTheSettingsThatItIsGiven() {
		String other = "http://127.0.0.1:" + this.server.port() + "/auth/v1/admin";
		assertThat(this.client.webClient()
			.mutate()
			.baseUrl(other)
			.build()
			.get()
			.uri("/users/{id}", "u")
			.retrieve()
			.bodyToMono(AuthUser.class)
			.block()).isEqualTo(new AuthUser("u"));
		assertThat(this.client.blocking()
			.restClient()
			.mutate()
			.baseUrl(other)
			.build()
			.get()
			.uri("/users/{id}", "u")
			.retrieve()
			.body(AuthUser.class)).isEqualTo(new AuthUser("u"));
		assertThat(this.client.webClient()
			.mutate()
			.codecs((codecs) -> codecs.defaultCodecs().maxInMemorySize(1))
			.build()
			.get()
			.uri("/auth/v1/admin/users/{id}", "u")
			.retrieve()
			.bodyToMono(String.class))
			.satisfies((mono) -> assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(mono::block));
	}

	@Test
	void secondReaderOfABodyFailsAndLeavesTheLeaseToTheFirst() {
		AtomicReference<Throwable> second = new AtomicReference<>();
		Flux<String> read = this.client.webClient(Lane.READ)
			.get()
			.uri("/halves")
			.exchangeToFlux((answer) -> answer.bodyToFlux(DataBuffer.class).map((part) -> {
				String text = part.toString(StandardCharsets.UTF_8);
				DataBufferUtils.release(part);
				if (text.equals("first")) {
					answer.bodyToMono(String.class).subscribe((ignored) -> {
					}, second::set);
					assertThat(this.client.pool(Lane.READ).snapshot().active()).isOne();
					this.halves.tryEmitEmpty();
				}
				return text;
			}));
		assertThat(read.collectList().block()).containsExactly("first", "second");
		assertThat(second.get()).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("The body of the answer to GET /halves allows only one subscriber");
		assertThat(this.client.pool(Lane.READ).snapshot().destroyed()).isZero();
	}

	@Test
	void readerOfABodyThatWasReadFails() {
		Mono<String> twice = this.client.webClient()
			.get()
			.uri("/auth/v1/admin/users/{id}", "u")
			.exchangeToMono((answer) -> answer.bodyToMono(String.class).then(answer.bodyToMono(String.class)));
		assertThatIllegalStateException().isThrownBy(twice::block).withMessageContaining("allows only one subscriber");
	}

	private static Mono<String> signIns() {
		AtomicInteger signIns = new AtomicInteger();
		return Mono.fromSupplier(() -> "token-" + signIns.incrementAndGet());
	}

	record AuthUser(String id) {

	}

}
