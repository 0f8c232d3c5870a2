package dev.dbpool.transport;

import java.io.IOException;
import java.time.Duration;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * The transport on a real PostgREST, which is killed and frozen.
 */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class HttpConnectorIntegrationTests {

	private static PostgrestServer server;

	private final TestEvents events = new TestEvents();

	@BeforeAll
	static void startServer() {
		server = EmbeddedPostgrest.start();
	}

	@AfterAll
	static void stopServer() {
		server.close();
	}

	@BeforeEach
	void repairServer() {
		server.ensureRunning();
	}

	@Test
	void opensValidatesAndMakesExchangesOnOneSocket() {
		HttpConnector connector = connector();
		HttpConnection connection = open(connector);
		connector.validate(connection).toCompletableFuture().join();
		String answer = WebClient.builder()
			.clientConnector(connection.clientConnector())
			.baseUrl(server.url().toString())
			.build()
			.get()
			.uri("/")
			.retrieve()
			.bodyToMono(String.class)
			.block();
		assertThat(answer).contains("swagger");
		connector.reset(connection).toCompletableFuture().join();
		assertThat(connection.isOpen()).isTrue();
		connector.close(connection).toCompletableFuture().join();
	}

	@Test
	void opensAlthoughTheDatabaseIsDown() {
		server.postgres().stop();
		HttpConnector connector = connector();
		HttpConnection connection = open(connector);
		assertThat(connection.isOpen()).isTrue();
		connector.close(connection).toCompletableFuture().join();
	}

	@Test
	void reportsImmediatelyThatTheServerWasKilled() {
		HttpConnector connector = connector();
		HttpConnection connection = open(connector);
		server.postgrest().kill();
		await().until(() -> this.events.disconnections() == 1);
		assertThat(connection.isOpen()).isFalse();
		assertThatException().isThrownBy(() -> open(connector)).withCauseInstanceOf(IOException.class);
		server.postgrest().start();
		HttpConnection next = open(connector);
		assertThat(next.isOpen()).isTrue();
		connector.close(next).toCompletableFuture().join();
	}

	@Test
	void doesNotValidateAConnectionToAFrozenServer() {
		HttpConnection connection = open(connector());
		HttpConnector connector = connector(Duration.ofSeconds(2));
		server.postgrest().pause();
		assertThat(connection.isOpen()).isTrue();
		assertThatException().isThrownBy(() -> connector.validate(connection).toCompletableFuture().join())
			.withCauseInstanceOf(IOException.class);
		assertThat(connection.isOpen()).isFalse();
		connector.close(connection).toCompletableFuture().join();
	}

	private static HttpConnector connector() {
		return connector(Duration.ofSeconds(10));
	}

	private static HttpConnector connector(Duration connectTimeout) {
		return HttpConnector.builder(server.url()).connectTimeout(connectTimeout).build();
	}

	private HttpConnection open(HttpConnector connector) {
		return connector.open(this.events).toCompletableFuture().join();
	}

}
