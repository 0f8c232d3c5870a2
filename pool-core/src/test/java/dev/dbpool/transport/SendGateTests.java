package dev.dbpool.transport;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@ExtendWith(BufferLeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SendGateTests {

	private final TestGate gate = new TestGate();

	private final TestEvents events = new TestEvents();

	private final TestServer server = TestServer.start((request, peer) -> {
		if (request.path().endsWith("closing")) {
			this.gate.close();
		}
		peer.answer("200 OK", "answer to " + request.path());
	});

	private final HttpConnector connector = HttpConnector.builder(this.server.url()).gate(this.gate).build();

	@AfterEach
	void stopServer() throws IOException {
		this.gate.open();
		this.server.close();
	}

	private HttpConnection open() {
		return this.connector.open(this.events).toCompletableFuture().join();
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
	void aRequestThatFindsTheGateClosedFailsUnsentAndClosesItsConnection() {
		HttpConnection connection = open();
		this.gate.close();
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(connection, "/cars").block())
			.havingRootCause()
			.isInstanceOf(IOException.class)
			.withMessage("The process did not run for too long to send a request on it");
		assertThat(connection.isOpen()).isFalse();
		assertThat(connection.exchangesInFlight()).isZero();
		await().until(() -> this.events.disconnections() == 1);
		assertThat(requests()).isZero();
	}

	@Test
	void requestsThatWaitForAnotherOneFindTheGateClosedWhenItIsTheirTurn() {
		HttpConnection connection = open();
		CompletableFuture<String> first = get(connection, "/cars/closing").toFuture();
		CompletableFuture<Throwable> second = get(connection, "/cars/2").toFuture().handle((answer, thrown) -> thrown);
		CompletableFuture<Throwable> third = get(connection, "/cars/3").toFuture().handle((answer, thrown) -> thrown);
		assertThat(first.join()).isEqualTo("answer to /cars/closing");
		assertThat(second.join()).hasRootCauseInstanceOf(IOException.class);
		assertThat(third.join()).hasRootCauseInstanceOf(IOException.class);
		assertThat(requests()).isOne();
	}

	@Test
	void aConnectionIsOpenedWhenTheGateIsOpen() {
		this.gate.close();
		CompletableFuture<HttpConnection> opening = this.connector.open(new TestEvents()).toCompletableFuture();
		assertThat(opening).isNotDone();
		assertThat(this.server.socketsSeen()).isZero();
		this.gate.open();
		assertThat(get(opening.join(), "/cars").block()).isEqualTo("answer to /cars");
	}

	private static final class TestGate implements SendGate {

		private volatile CompletableFuture<Void> opened = CompletableFuture.completedFuture(null);

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
			return this.opened;
		}

	}

}
