package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;

import dev.dbpool.transport.TestServer;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.transport.SenderContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Exchanges are observed in the same form whether or not a {@code WebClient} makes them.
 */
@Timeout(60)
class ExchangeObservationTests {

	private final TestServer server = TestServer.start((request, peer) -> {
		switch (request.path()) {
			case "/rest/v1/lost?select=*" -> peer.close();
			case "/rest/v1/missing?select=*" -> peer.answer("404 Not Found", "{\"code\":\"PGRST205\"}");
			default -> peer
				.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[{\"id\":1}]");
		}
	});

	private final List<Observation.Context> ended = new CopyOnWriteArrayList<>();

	@AfterEach
	void stop() throws IOException {
		this.server.close();
	}

	@Test
	void aListIsObserved() {
		assertThat(observed((client) -> client.from("cars").select("*").list(Map.class))).containsEntry("method", "GET")
			.containsEntry("status", "200")
			.containsEntry("outcome", "SUCCESS")
			.containsEntry("uri", "/cars")
			.containsEntry("client.name", "localhost")
			.containsEntry("exception", "none");
	}

	@Test
	void aStreamIsObserved() {
		assertThat(observed((client) -> client.from("cars").select("*").stream(Map.class).collectList()))
			.containsEntry("status", "200");
	}

	@Test
	void anErrorOfTheServerIsObserved() {
		assertThat(observed((client) -> client.from("missing").select("*").list(Map.class)))
			.containsEntry("status", "404")
			.containsEntry("outcome", "CLIENT_ERROR")
			.containsEntry("exception", "none");
	}

	@Test
	void aLostConnectionIsObserved() {
		assertThat(observed((client) -> client.from("lost").select("*").list(Map.class)))
			.containsEntry("outcome", "UNKNOWN")
			.doesNotContainEntry("exception", "none");
	}

	@Test
	void theTraceIsPassedOnAndTheObservationOfTheCallerIsTheParent() {
		ObservationRegistry registry = registry();
		Observation parent = Observation.start("parent", registry);
		try (PooledClient client = client(ExchangeMode.DIRECT, registry)) {
			client.from("cars")
				.select("*")
				.list(Map.class)
				.contextWrite((context) -> context.put(ObservationThreadLocalAccessor.KEY, parent))
				.block();
		}
		assertThat(this.server.requests()).singleElement()
			.satisfies((request) -> assertThat(request.header("traceparent")).contains("trace"));
		assertThat(this.ended).singleElement()
			.satisfies((context) -> assertThat(context.getParentObservation()).isSameAs(parent));
	}

	@Test
	void aDefaultHeaderOfTheClientDoesNotAccompanyTheTrace() {
		try (PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
			.exchange(ExchangeMode.DIRECT)
			.observationRegistry(registry())
			.webClient(WebClient.builder().defaultHeader("traceparent", "default"))
			.build()) {
			client.from("cars").select("*").list(Map.class).block();
			client.from("cars").select("*").stream(Map.class).blockLast();
		}
		assertThat(this.server.requests()).hasSize(2).allSatisfy((request) -> {
			assertThat(request.header("traceparent")).isEqualTo("trace");
			assertThat(request.head()).doesNotContain("default");
		});
	}

	@Test
	void theObservationOfTheThreadThatReleasesAConnectionIsNotTheParent() {
		ObservationRegistry registry = registry();
		Observation other = Observation.start("other", registry);
		try (PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
			.lane(Lane.READ, (options) -> options.maxConnections(1))
			.exchange(ExchangeMode.DIRECT)
			.observationRegistry(registry)
			.build()) {
			ClientLease held = client.blocking().lease(Lane.READ, "GET /export");
			CompletableFuture<?> waiting = client.from("cars").select("*").list(Map.class).toFuture();
			other.scoped(held::close);
			assertThat(waiting).succeedsWithin(Duration.ofSeconds(30));
		}
		assertThat(this.ended).singleElement()
			.satisfies((context) -> assertThat(context.getParentObservation()).isNull());
	}

	@Test
	void filtersOfTheApplicationChangeTheTags() {
		assertThat(observed((client) -> client.from("cars").select("*").list(Map.class),
				(context) -> context.removeLowCardinalityKeyValues("uri", "method")
					.addLowCardinalityKeyValue(
							KeyValue.of("seen", context.getLowCardinalityKeyValue("status").getValue()))))
			.doesNotContainKeys("uri", "method")
			.containsEntry("seen", "200")
			.containsEntry("status", "200");
	}

	private Map<String, String> observed(Function<PooledClient, Mono<?>> call) {
		return observed(call, (context) -> context);
	}

	private Map<String, String> observed(Function<PooledClient, Mono<?>> call, ObservationFilter filter) {
		List<Map<String, String>> tags = new ArrayList<>();
		List<String> names = new ArrayList<>();
		for (ExchangeMode mode : ExchangeMode.values()) {
			this.ended.clear();
			ObservationRegistry registry = registry();
			registry.observationConfig().observationFilter(filter);
			try (PooledClient client = client(mode, registry)) {
				call.apply(client).onErrorComplete().block(Duration.ofSeconds(30));
			}
			Awaitility.await().until(() -> this.ended.size() == 1);
			Observation.Context context = this.ended.get(0);
			names.add(context.getName() + " " + context.getContextualName());
			tags.add(context.getLowCardinalityKeyValues()
				.stream()
				.collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue)));
		}
		assertThat(names.get(0)).isEqualTo(names.get(1)).isEqualTo("http.client.requests http get");
		assertThat(withoutTypeOfException(tags.get(0))).isEqualTo(withoutTypeOfException(tags.get(1)));
		return tags.get(0);
	}

	/**
	 * A {@code WebClient} wraps what the transport throws.
	 */
	private static Map<String, String> withoutTypeOfException(Map<String, String> tags) {
		Map<String, String> comparable = new HashMap<>(tags);
		comparable.computeIfPresent("exception", (name, type) -> type.equals("none") ? "none" : "some");
		return comparable;
	}

	private PooledClient client(ExchangeMode mode, ObservationRegistry registry) {
		return PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
			.exchange(mode)
			.observationRegistry(registry)
			.webClient(WebClient.builder().observationRegistry(registry))
			.build();
	}

	private ObservationRegistry registry() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {

			@Override
			public void onStart(Observation.Context context) {
				if (context instanceof SenderContext<?> sender) {
					inject(sender);
				}
			}

			private <C> void inject(SenderContext<C> sender) {
				sender.getSetter().set(sender.getCarrier(), "traceparent", "trace");
			}

			@Override
			public void onStop(Observation.Context context) {
				ExchangeObservationTests.this.ended.add(context);
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		});
		return registry;
	}

}
