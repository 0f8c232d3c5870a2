package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.transport.TestServer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers that send too much, too little or something else, and callers that each have a
 * request of their own, whose answer says whose it is. No caller may get the answer of
 * another, and the requests that the server answers properly are answered: a fault of the
 * server costs one request at most. With {@code -Ddbpool.desynchronisation.calls=…} a
 * table is printed, of that many calls in each cell, beside a {@code WebClient} of its
 * own.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@Tag("slow")
@Order(1)
class DesynchronisationTests {

	private static final Integer TABLE_CALLS = Integer.getInteger("dbpool.desynchronisation.calls");

	private static final int CALLS = (TABLE_CALLS != null) ? TABLE_CALLS : 60;

	private static final int CALLERS = 40;

	private static final List<Desynchronisation> BEHAVIOURS = Desynchronisation.all();

	@ParameterizedTest
	@FieldSource("BEHAVIOURS")
	void noCallerGetsTheAnswerOfAnother(Desynchronisation behaviour) throws IOException {
		AtomicInteger unexpected = new AtomicInteger();
		for (Style style : Style.values()) {
			try (TestServer server = behaviour.start(); PooledClient client = pooled(server, style, unexpected)) {
				Calls calls = new Calls(client.webClient(Lane.READ)).make(style);
				assertThat(calls.mixed.get()).as("%s, %s", behaviour.name(), style)
					.isLessThanOrEqualTo((behaviour.late() && !behaviour.legal()) ? CALLS / 3 : 0);
				assertThat(calls.answered.get()).as("%s, %s", behaviour.name(), style)
					.isGreaterThanOrEqualTo((behaviour.legal() && !behaviour.late()) ? CALLS : CALLS * 2 / 3);
			}
		}
		if (behaviour.legal()) {
			assertThat(unexpected).hasValue(0);
		}
	}

	@Test
	void aBareWebClientGetsAnswersOfOtherCallers() throws IOException {
		for (Desynchronisation behaviour : BEHAVIOURS) {
			if (behaviour.name().equals("103, then the answer a few ms later")) {
				try (TestServer server = behaviour.start()) {
					assertThat(new Calls(bare(server, Style.CHAIN)).make(Style.CHAIN).mixed).as(behaviour.name())
						.hasValueGreaterThan(0);
				}
			}
		}
	}

	@Test
	void theTableIsPrinted() throws IOException {
		if (TABLE_CALLS == null) {
			return;
		}
		List<String> lines = new ArrayList<>();
		lines.add("| the server sends | legal | chain | blocking | parallel | closed as `unexpected_data` |"
				+ " bare `WebClient`: chain | blocking | parallel |");
		lines.add("|---|---|---|---|---|---|---|---|---|");
		for (Desynchronisation behaviour : BEHAVIOURS) {
			AtomicInteger unexpected = new AtomicInteger();
			List<String> pooled = new ArrayList<>();
			List<String> bare = new ArrayList<>();
			for (Style style : Style.values()) {
				try (TestServer server = behaviour.start(); PooledClient client = pooled(server, style, unexpected)) {
					pooled.add(new Calls(client.webClient(Lane.READ)).make(style).toString());
				}
				try (TestServer server = behaviour.start()) {
					bare.add(new Calls(bare(server, style)).make(style).toString());
				}
			}
			lines.add("| %s | %s | %s | %d | %s |".formatted(behaviour.name(), behaviour.legal() ? "yes" : "no",
					String.join(" | ", pooled), unexpected.get(), String.join(" | ", bare)));
		}
		lines.forEach(System.out::println);
	}

	private static PooledClient pooled(TestServer server, Style style, AtomicInteger unexpected) {
		return PooledClient.builder(server.url(), ApiKeys.withoutAnonKey(null))
			.requestTimeout(Duration.ofSeconds(5))
			.lane(Lane.READ,
					(options) -> options.minConnections(0)
						.maxConnections(style.connections)
						.acquireTimeout(Duration.ofSeconds(20))
						.listener(new PoolListener() {

							@Override
							public void onConnectionClosed(long connectionId, CloseReason reason) {
								if (reason == CloseReason.UNEXPECTED_DATA) {
									unexpected.incrementAndGet();
								}
							}

						}))
			.lane(Lane.WRITE, (options) -> options.minConnections(0))
			.build();
	}

	private static WebClient bare(TestServer server, Style style) {
		ConnectionProvider connections = ConnectionProvider.builder("bare")
			.maxConnections(style.connections)
			.pendingAcquireMaxCount(-1)
			.build();
		return WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(
					HttpClient.create(connections).responseTimeout(Duration.ofMillis(500))))
			.baseUrl(server.url().toString())
			.build();
	}

	/**
	 * How the calls follow each other.
	 */
	private enum Style {

		/** Each is made by the end of the one before, on one connection. */
		CHAIN(1),

		/** 40 threads that wait for each answer. */
		BLOCKING(20),

		/** 40 at the same time, on event loops. */
		PARALLEL(20);

		private final int connections;

		Style(int connections) {
			this.connections = connections;
		}

	}

	/**
	 * Calls of users that are all different, and what they got.
	 */
	private static final class Calls {

		private final WebClient client;

		private final AtomicInteger answered = new AtomicInteger();

		private final AtomicInteger failed = new AtomicInteger();

		private final AtomicInteger mixed = new AtomicInteger();

		Calls(WebClient client) {
			this.client = client;
		}

		Calls make(Style style) {
			switch (style) {
				case CHAIN -> chain(0).block();
				case PARALLEL -> Flux.range(0, CALLS).flatMap(this::call, CALLERS).blockLast();
				case BLOCKING -> inThreads();
			}
			return this;
		}

		private Mono<String> chain(int number) {
			Mono<String> call = call(number).defaultIfEmpty("");
			return (number + 1 < CALLS) ? call.flatMap((answer) -> chain(number + 1)) : call;
		}

		private void inThreads() {
			ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
			try {
				CompletableFuture
					.allOf(IntStream.range(0, CALLS)
						.mapToObj((i) -> CompletableFuture.runAsync(() -> call(i).block(), threads))
						.toArray(CompletableFuture<?>[]::new))
					.join();
			}
			finally {
				threads.shutdownNow();
			}
		}

		private Mono<String> call(int number) {
			String user = "u%06d".formatted(number);
			return this.client.get()
				.uri("/rest/v1/echo?user=eq." + user)
				.retrieve()
				.bodyToMono(String.class)
				.defaultIfEmpty("")
				.doOnNext((answer) -> count(user, answer))
				.onErrorResume((failure) -> {
					this.failed.incrementAndGet();
					return Mono.empty();
				});
		}

		private void count(String user, String answer) {
			if (answer.equals(user)) {
				this.answered.incrementAndGet();
			}
			else if (answer.isEmpty()) {
				this.failed.incrementAndGet();
			}
			else {
				this.mixed.incrementAndGet();
			}
		}

		@Override
		public String toString() {
			return "%d / %d".formatted(this.mixed.get(), this.failed.get());
		}

	}

}
