package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;

import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.value.Row;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for views with a request timeout of their own.
 */
@Timeout(60)
@Tag("slow")
class RequestTimeoutTests {

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.get("/rest/v1/silent", (request, response) -> Mono.never());
		routes.get("/rest/v1/quick",
				(request, response) -> response.header("Content-Type", "application/json").sendString(Mono.just("[]")));
		routes.get("/rest/v1/slow", (request, response) -> response.header("Content-Type", "application/json")
			.sendString(Mono.delay(Duration.ofMillis(1500)).thenReturn("[]")));
	}).bindNow();

	private PooledClient client = client(Duration.ofSeconds(10));

	private PooledClient client(Duration timeout) {
		return PooledClient
			.builder(URI.create("http://127.0.0.1:" + this.server.port()), ApiKeys.of("sb_publishable_made-up", null))
			.requestTimeout(timeout)
			.lane(Lane.READ, (options) -> options.minConnections(1).maxConnections(1))
			.build();
	}

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void aViewMayWaitForLess() {
		PooledClient hurried = this.client.requestTimeout(Duration.ofMillis(300));
		StepVerifier.create(hurried.from("silent").select().list(Row.class))
			.verifyErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("nothing for 300 ms"));
		StepVerifier.create(hurried.from("silent").select().stream(Row.class))
			.verifyErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("nothing for 300 ms"));
		StepVerifier.create(hurried.webClient().get().uri("/rest/v1/silent").retrieve().toBodilessEntity())
			.verifyErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("nothing for 300 ms"));
		StepVerifier
			.create(Mono.usingWhen(hurried.lease(Lane.READ, "GET /silent"), (lease) -> silent(lease.postgrest()),
					(lease) -> Mono.fromRunnable(lease::close)))
			.verifyErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("nothing for 300 ms"));
	}

	private static Mono<List<Row>> silent(PostgrestClient db) {
		return db.from("silent").select().list(Row.class);
	}

	@Test
	void aShorterTimeoutHoldsOnAConnectionThatHasWaitedForLonger() {
		assertThat(this.client.from("quick").select().list(Row.class).block()).isEmpty();
		StepVerifier.create(this.client.requestTimeout(Duration.ofMillis(300)).from("silent").select().list(Row.class))
			.verifyErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("nothing for 300 ms"));
	}

	@Test
	void aViewMayWaitForMoreAndTheNextOneMayNot() {
		this.client.close(Duration.ZERO).block();
		this.client = client(Duration.ofMillis(700));
		PooledClient patient = this.client.requestTimeout(Duration.ofSeconds(20));
		assertThat(patient.blocking().from("slow").select().list(Row.class)).isEmpty();
		StepVerifier.create(this.client.from("silent").select().list(Row.class))
			.verifyErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("nothing for 700 ms"));
		assertThat(this.client.blocking().requestTimeout(Duration.ofSeconds(20)).from("slow").select().list(Row.class))
			.isEmpty();
	}

	@Test
	void anAnswerAndItsBodyHaveOneDeadline() {
		WebClient hurried = this.client.within(Duration.ofMillis(500)).webClient(Lane.READ);
		StepVerifier
			.create(hurried.get()
				.uri("/rest/v1/quick")
				.exchangeToMono((answer) -> leaseEnds().then(answer.bodyToMono(String.class))))
			.verifyErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("deadline of 500 ms"));
	}

	private Mono<Boolean> leaseEnds() {
		return Flux.interval(Duration.ofMillis(20))
			.map((round) -> this.client.pool(Lane.READ).snapshot().active() == 0)
			.filter(Boolean::booleanValue)
			.next();
	}

	@Test
	void anAnswerWhoseBodyIsNotReadEndsAtTheDeadline() {
		this.client.from("quick").select().list(Row.class).block();
		WebClient hurried = this.client.within(Duration.ofMillis(500)).webClient(Lane.READ);
		Disposable unread = hurried.get()
			.uri("/rest/v1/quick")
			.exchangeToMono((answer) -> Mono.never())
			.onErrorComplete()
			.subscribe();
		Awaitility.await().until(() -> this.client.pool(Lane.READ).snapshot().acquired() > 1);
		Awaitility.await().until(() -> this.client.pool(Lane.READ).snapshot().active() == 0);
		unread.dispose();
	}

	@Test
	void timeoutsThatMakeNoSenseAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.requestTimeout(Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.requestTimeout(Duration.ofMinutes(5)))
			.withMessageContaining("leak detection");
	}

}
