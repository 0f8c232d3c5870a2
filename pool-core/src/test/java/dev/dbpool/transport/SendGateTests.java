package dev.dbpool.transport;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SendGateTests {

	private final TestServer server = TestServer
		.start((request, peer) -> peer.answer("200 OK", "answer to " + request.path()));

	private final TestGate gate = new TestGate();

	private final HttpConnector connector = HttpConnector.builder(this.server.url()).gate(this.gate).build();

	@AfterEach
	void stopServer() throws IOException {
		this.gate.open();
		this.server.close();
	}

	private HttpConnection open() {
		return this.connector.open(new TestEvents()).toCompletableFuture().join();
	}

	private Mono<String> get(HttpConnection connection, String path) {
		return WebClient.builder()
			.clientConnector(connection.clientConnector())
			.baseUrl(this.server.url().toString())
			.build()
			.get()
			.uri(path)
			.retrieve()
			.bodyToMono(String.class);
	}

	private long requests() {
		return this.server.requests().stream().filter((request) -> request.path().startsWith("/cars")).count();
	}

	@Test
	void requestsWaitForTheGateAndAreSentInOrder() {
		HttpConnection connection = open();
		this.gate.close();
		CompletableFuture<String> first = get(connection, "/cars/1").toFuture();
		CompletableFuture<String> second = get(connection, "/cars/2").toFuture();
		await().until(() -> this.gate.waiting > 0);
		assertThat(requests()).isZero();
		assertThat(connection.exchangesInFlight()).isEqualTo(2);
		this.gate.open();
		assertThat(first.join()).isEqualTo("answer to /cars/1");
		assertThat(second.join()).isEqualTo("answer to /cars/2");
		assertThat(this.server.requests()).extracting(TestServer.Request::path).endsWith("/cars/1", "/cars/2");
	}

	@Test
	void aRequestThatIsCancelledBeforeTheGateOpensIsNotSent() {
		HttpConnection connection = open();
		this.gate.close();
		Disposable cancelled = get(connection, "/cars/cancelled").subscribe();
		await().until(() -> this.gate.waiting > 0);
		cancelled.dispose();
		assertThat(this.connector.isReusable(connection)).isTrue();
		CompletableFuture<String> next = get(connection, "/cars/next").toFuture();
		this.gate.open();
		assertThat(next.join()).isEqualTo("answer to /cars/next");
		assertThat(requests()).isOne();
	}

	@Test
	void aRequestWhoseConnectionIsLostBeforeTheGateOpensFailsUnsent() {
		HttpConnection connection = open();
		this.gate.close();
		CompletableFuture<Throwable> failure = get(connection, "/cars").toFuture().handle((answer, thrown) -> thrown);
		await().until(() -> this.gate.waiting > 0);
		this.connector.close(connection).toCompletableFuture().join();
		this.gate.open();
		assertThat(failure.join()).hasRootCauseInstanceOf(IOException.class);
		assertThat(requests()).isZero();
	}

	@Test
	void aConnectionIsOpenedWhenTheGateIsOpen() {
		this.gate.close();
		CompletableFuture<HttpConnection> opening = this.connector.open(new TestEvents()).toCompletableFuture();
		assertThat(opening).isNotDone();
		assertThat(this.server.socketsSeen()).isZero();
		this.gate.open();
		HttpConnection connection = opening.join();
		assertThat(connection.clientConnector()
			.connect(HttpMethod.GET, this.server.url().resolve("/cars"), (request) -> request.setComplete())
			.block()
			.getStatusCode()
			.value()).isEqualTo(200);
	}

	private static final class TestGate implements SendGate {

		private volatile CompletableFuture<Void> opened = CompletableFuture.completedFuture(null);

		private volatile int waiting;

		void close() {
			this.opened = new CompletableFuture<>();
		}

		void open() {
			this.opened.complete(null);
		}

		@Override
		public boolean isOpen() {
			return this.opened.isDone();
		}

		@Override
		public CompletionStage<Void> whenOpen() {
			this.waiting++;
			return this.opened;
		}

	}

}
