package dev.dbpool.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A request with the keys of a client goes to the server of the client and to no other.
 */
@Timeout(60)
@Tag("slow")
class HostHeaderTests {

	private static final String OTHER = "other.example";

	private final List<String> received = new CopyOnWriteArrayList<>();

	private final DisposableServer server = HttpServer.create().host("localhost").handle((request, response) -> {
		if (!request.uri().equals("/rest/v1/")) {
			this.received.add(request.method() + " host=" + request.requestHeaders().get("Host") + " forwarded="
					+ request.requestHeaders().get("X-Forwarded-Host"));
		}
		return response.header("Content-Type", "application/json").sendString(Mono.just("[]"));
	}).bindNow();

	private final String authority = "localhost:" + this.server.port();

	private final List<OperationOutcome> outcomes = new CopyOnWriteArrayList<>();

	private final PooledClient client = PooledClient
		.builder(URI.create("http://" + this.authority), ApiKeys.of("anon-key", null))
		.listener(this.outcomes::add)
		.build();

	@AfterEach
	void stop() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void webClientRefusesTheHostOfAnotherServer() {
		assertRefused(() -> this.client.webClient()
			.post()
			.uri("/orders")
			.header(HttpHeaders.HOST, OTHER)
			.bodyValue("{}")
			.retrieve()
			.toBodilessEntity()
			.block());
	}

	@Test
	void webClientRefusesTheHostOfAnotherServerBeforeThereIsABody() {
		assertRefused(() -> sendToOther(BodyInserters.fromPublisher(Mono.never(), String.class)));
		assertRefused(() -> sendToOther(BodyInserters.fromDataBuffers(Mono.never())));
	}

	@Test
	void webClientAcceptsTheHostThatIsCorrectedBeforeTheRequestIsSent() {
		sendToOther((request, context) -> request.writeWith(Mono.fromSupplier(() -> {
			request.getHeaders().set(HttpHeaders.HOST, this.authority);
			return request.bufferFactory().wrap("{}".getBytes(StandardCharsets.UTF_8));
		})));
		sendToOther((request, context) -> {
			request.beforeCommit(() -> Mono.delay(Duration.ofMillis(10))
				.doOnNext((passed) -> request.getHeaders().set(HttpHeaders.HOST, this.authority))
				.then());
			return request.setComplete();
		});
		assertThat(this.received).hasSize(2).containsOnly("POST host=" + this.authority + " forwarded=null");
	}

	private void sendToOther(BodyInserter<?, ? super ClientHttpRequest> body) {
		this.client.webClient()
			.post()
			.uri("/orders")
			.header(HttpHeaders.HOST, OTHER)
			.body(body)
			.retrieve()
			.toBodilessEntity()
			.block(Duration.ofSeconds(30));
	}

	@Test
	void webClientRefusesTheHostThatTheBodyAdds() {
		assertRefused(() -> this.client.webClient().post().uri("/orders").body((request, context) -> {
			HttpHeaders headers = request.getHeaders();
			return request.writeWith(Mono.fromSupplier(() -> {
				headers.set(HttpHeaders.HOST, OTHER);
				return request.bufferFactory().wrap("{}".getBytes(StandardCharsets.UTF_8));
			}));
		}).retrieve().toBodilessEntity().block());
	}

	@Test
	void webClientRefusesTheHostThatALaterFilterAdds() {
		assertRefused(() -> this.client.webClient()
			.mutate()
			.filter((request, next) -> next
				.exchange(ClientRequest.from(request).header(HttpHeaders.HOST, OTHER).build()))
			.build()
			.get()
			.uri("/cars")
			.retrieve()
			.toBodilessEntity()
			.block());
	}

	@Test
	void restClientRefusesTheHostOfAnotherServer() {
		assertRefused(() -> this.client.blocking()
			.restClient()
			.get()
			.uri("/cars")
			.header(HttpHeaders.HOST, OTHER)
			.retrieve()
			.toBodilessEntity());
	}

	@Test
	void leaseRefusesTheHostOfAnotherServer() {
		try (ClientLease lease = this.client.blocking().lease(Lane.READ, "GET /export")) {
			assertRefused(() -> lease.webClient()
				.get()
				.uri("/cars")
				.header(HttpHeaders.HOST, OTHER)
				.retrieve()
				.toBodilessEntity()
				.block());
		}
	}

	@Test
	void statementRefusesAHostHeader() {
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(
					() -> this.client.from("cars").select("*").header(HttpHeaders.HOST, OTHER).list(Row.class).block())
			.withMessageContaining(
					"GET /cars has a header 'Host', but goes to the server of its client. Leave the header out");
		assertThat(this.received).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "http://other.example/cars", "//other.example/cars", "http://localhost:1@other.example/cars" })
	void absoluteUriOfAnotherServerIsRefused(String uri) {
		assertRefused(() -> this.client.webClient().get().uri(URI.create(uri)).retrieve().toBodilessEntity().block());
		assertRefused(
				() -> this.client.blocking().restClient().get().uri(URI.create(uri)).retrieve().toBodilessEntity());
	}

	@Test
	void ownHostIsAccepted() {
		this.client.webClient()
			.get()
			.uri("/cars")
			.header(HttpHeaders.HOST, this.authority)
			.retrieve()
			.toBodilessEntity()
			.block();
		assertThat(this.received).containsExactly("GET host=" + this.authority + " forwarded=null");
	}

	@Test
	void hostThatAProxyReportsIsPassedOn() {
		this.client.webClient()
			.get()
			.uri("/cars")
			.header("X-Forwarded-Host", "shop.example")
			.retrieve()
			.toBodilessEntity()
			.block();
		assertThat(this.received).containsExactly("GET host=" + this.authority + " forwarded=shop.example");
	}

	@Test
	void readLaneTakesWhatItsMessageSays() {
		for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS)) {
			this.client.webClient(Lane.READ).method(method).uri("/cars").retrieve().toBodilessEntity().block();
		}
		assertThat(this.received).extracting((request) -> request.substring(0, request.indexOf(' ')))
			.containsExactly("GET", "HEAD", "OPTIONS");
		for (HttpMethod method : List.of(HttpMethod.POST, HttpMethod.PATCH, HttpMethod.PUT, HttpMethod.DELETE)) {
			assertThatException()
				.isThrownBy(() -> this.client.webClient(Lane.READ)
					.method(method)
					.uri("/cars")
					.retrieve()
					.toBodilessEntity()
					.block())
				.withMessageContaining(method
						+ " cannot run on the read lane, which takes GET, HEAD and OPTIONS only. Use the write lane");
		}
		assertThat(this.received).hasSize(3);
	}

	@Test
	void leaseCanBeRenewed() {
		try (ClientLease lease = this.client.blocking().lease(Lane.READ, "GET /export")) {
			lease.renew();
			assertThat(lease.isActive()).isTrue();
		}
	}

	private void assertRefused(Runnable request) {
		assertThatException().isThrownBy(request::run).satisfies((Consumer<Throwable>) (failure) -> {
			assertThat(failure).hasStackTraceContaining("This connection leads to http://" + this.authority);
			assertThat(failure).hasStackTraceContaining(OTHER);
		});
		assertThat(this.received).isEmpty();
		assertThat(this.outcomes).allSatisfy((outcome) -> {
			assertThat(outcome.attempts()).isLessThanOrEqualTo(1);
			assertThat(OperationFailure.in(outcome.failure()).map(OperationFailure::mayHaveRun).orElse(false))
				.isFalse();
		});
	}

}
