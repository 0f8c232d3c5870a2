package dev.dbpool.client;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.embedded.proxy.Toxic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What {@code WebClient} and {@code RestClient} over the pool promise, on a real server.
 */
class HttpClientsIntegrationTests extends ClientTestSupport {

	private static final String USER_A = "00000000-0000-0000-0000-00000000000a";

	private static final ParameterizedTypeReference<List<Car>> CARS = new ParameterizedTypeReference<>() {
	};

	private static final ParameterizedTypeReference<List<Note>> NOTES = new ParameterizedTypeReference<>() {
	};

	@Test
	void anExchangeIsAnOperationNamedByItsTemplate() {
		PooledClient client = client();
		List<Car> cars = client.webClient(Lane.READ)
			.get()
			.uri("/cars?id=eq.{id}", 2)
			.retrieve()
			.bodyToMono(CARS)
			.block();
		assertThat(cars).containsExactly(new Car(2, "VW", new BigDecimal("2.50")));
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> {
			assertThat(outcome.operation()).hasToString("GET /cars (read, anon)");
			assertThat(outcome.result()).isEqualTo(OperationOutcome.Result.SUCCESS);
			assertThat(outcome.attempts()).isEqualTo(1);
		});
	}

	@Test
	void theLeaseIsHeldUntilTheBodyWasReadOrCancelled() {
		PooledClient client = client((builder) -> connections(builder, 1));
		Flux<DataBuffer> body = client.webClient(Lane.READ)
			.get()
			.uri("/cars")
			.retrieve()
			.bodyToFlux(DataBuffer.class)
			.doOnNext(DataBufferUtils::release);
		StepVerifier.create(body, 1)
			.expectNextCount(1)
			.then(() -> assertThat(client.pool(Lane.READ).snapshot().active()).isEqualTo(1))
			.thenRequest(Long.MAX_VALUE)
			.thenConsumeWhile((buffer) -> true)
			.verifyComplete();
		assertThat(client.pool(Lane.READ).snapshot().created()).isEqualTo(1);
		StepVerifier.create(body, 1).expectNextCount(1).thenCancel().verify();
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().active() == 0);
		assertThat(this.outcomes).extracting(OperationOutcome::result)
			.containsExactly(OperationOutcome.Result.SUCCESS, OperationOutcome.Result.CANCELLED);
	}

	@Test
	void theConnectionOfAHeadIsNotLeasedAgain() {
		PooledClient client = client((builder) -> connections(builder, 1));
		for (int i = 0; i < 20; i++) {
			client.from("cars").select("*").limit(1).list(Car.class).block();
			long used = client.pool(Lane.READ).connections().get(0).id();
			client.webClient(Lane.READ).head().uri("/cars?limit=1").retrieve().toBodilessEntity().block();
			try (ClientLease lease = client.blocking().lease(Lane.READ, "after HEAD")) {
				assertThat(lease.connectionId()).isGreaterThan(used);
			}
		}
		assertThat(this.outcomes).hasSize(60).allSatisfy((outcome) -> {
			assertThat(outcome.result()).isEqualTo(OperationOutcome.Result.SUCCESS);
			assertThat(outcome.attempts()).isOne();
		});
	}

	@Test
	void anUnreadBodyReturnsItsConnection() {
		PooledClient client = client((builder) -> connections(builder, 1));
		WebClient web = client.webClient(Lane.READ);
		for (int i = 0; i < 3; i++) {
			web.get().uri("/cars?limit=10").retrieve().toBodilessEntity().block();
			web.get().uri("/cars?limit=10").exchangeToMono((response) -> Mono.just(response.statusCode())).block();
		}
		assertThat(client.pool(Lane.READ).snapshot().created()).isEqualTo(1);
	}

	@Test
	void aBodyThatIsNeverReadIsTakenBackByLeakDetection() {
		PooledClient client = openClient(1, (builder) -> builder.requestTimeout(Duration.ofMillis(900))
			.lane(Lane.READ, (options) -> options.leakDetectionTimeout(Duration.ofSeconds(1))));
		AtomicReference<ClientResponse> kept = new AtomicReference<>();
		AtomicLong used = new AtomicLong();
		client.webClient(Lane.READ).get().uri("/cars").exchangeToMono((response) -> {
			used.set(client.pool(Lane.READ).connections().get(0).id());
			kept.set(response);
			return Mono.never();
		}).retryWhen(Retry.max(10).filter((late) -> kept.get() == null)).subscribe();
		Awaitility.await().until(() -> kept.get() != null);
		try (ClientLease lease = client.blocking().lease(Lane.READ, "after the body")) {
			assertThat(lease.connectionId()).isGreaterThan(used.get());
			assertThat(client.pool(Lane.READ).snapshot().leaked()).isPositive();
		}
	}

	@Test
	void theReadLaneRefusesToWriteAndTheMethodCanChooseTheLane() {
		PooledClient client = client();
		Map<String, Object> order = Map.of("car_id", 1, "reference", "web");
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(
				client.webClient(Lane.READ).post().uri("/orders").bodyValue(order).retrieve().toBodilessEntity()::block)
			.withCauseInstanceOf(InvalidDataAccessApiUsageException.class);
		WebClient web = client.webClient();
		RestClient rest = client.blocking().restClient();
		web.post().uri("/orders").bodyValue(order).retrieve().toBodilessEntity().block();
		rest.get().uri("/orders").retrieve().toBodilessEntity();
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isEqualTo(1);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
	}

	@Test
	void theIdentityIsThatOfTheViewWhateverTheRequestSays() {
		PooledClient client = client();
		assertThat(notes(client.webClient())).isEmpty();
		assertThat(notes(client.asService().webClient())).hasSizeGreaterThan(1);
		assertThat(notes(client.asUser(server().userToken(USER_A)).webClient())).extracting(Note::owner)
			.containsOnly(USER_A);
		assertThat(notes(client.webClient()
			.mutate()
			.defaultHeader(HttpHeaders.AUTHORIZATION, "Bearer " + server().serviceKey())
			.build())).isEmpty();
	}

	private static List<Note> notes(WebClient client) {
		return client.get().uri("/notes").retrieve().bodyToMono(NOTES).block();
	}

	@Test
	void anExpiredTokenOfASafeRequestIsReplacedOnce() {
		String expired = server()
			.token(Map.of("role", "authenticated", "sub", USER_A, "exp", Instant.now().minusSeconds(3600)));
		PooledClient renewed = client((builder) -> connections(builder, 1))
			.asUser((refused) -> Mono.just(refused.isPresent() ? server().userToken(USER_A) : expired));
		assertThat(notes(renewed.webClient())).extracting(Note::owner).containsOnly(USER_A);
		WebClient stale = client((builder) -> connections(builder, 1)).asUser(() -> expired).webClient();
		assertThatExceptionOfType(WebClientResponseException.Unauthorized.class)
			.isThrownBy(stale.get().uri("/notes").retrieve().toBodilessEntity()::block)
			.satisfies((failure) -> assertThat(failure.getResponseBodyAsString()).contains("PGRST301"));
	}

	@Test
	void noOtherHostIsEverAsked() {
		assertThatExceptionOfType(WebClientRequestException.class)
			.isThrownBy(client().asService()
				.webClient()
				.get()
				.uri("http://localhost:9/notes")
				.retrieve()
				.toBodilessEntity()::block)
			.withRootCauseInstanceOf(IllegalArgumentException.class)
			.satisfies((failure) -> assertThat(failure.getHeaders().containsHeader("apikey")).isFalse());
	}

	@Test
	void aPoolThatHasNoConnectionFreeIsTheCauseOfTheFailure() {
		PooledClient client = openClient(1,
				(builder) -> builder.lane(Lane.READ, (options) -> options.acquireTimeout(Duration.ofMillis(100))));
		try (ClientLease lease = client.blocking().lease(Lane.READ, "GET /holder")) {
			assertThat(lease.isActive()).isTrue();
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(client.webClient().get().uri("/cars").retrieve().toBodilessEntity()::block)
				.withCauseInstanceOf(TransientDataAccessResourceException.class)
				.satisfies((failure) -> assertThat(OperationFailure.in(failure))
					.hasValueSatisfying((operation) -> assertThat(operation.operation()).isEqualTo("GET /cars")));
			assertThatExceptionOfType(TransientDataAccessResourceException.class)
				.isThrownBy(() -> client.blocking().restClient().get().uri("/cars").retrieve().toBodilessEntity());
		}
	}

	@Test
	void noLeaseIsLostWhereverAnExchangeIsGivenUp() {
		PooledClient client = client((builder) -> connections(builder, 3));
		WebClient web = client.webClient();
		Flux.range(0, 400)
			.flatMap((number) -> web.get()
				.uri("/cars?limit={limit}", number * 10)
				.retrieve()
				.bodyToMono(CARS)
				.timeout(Duration.ofNanos(ThreadLocalRandom.current().nextLong(20_000_000)))
				.onErrorResume((failure) -> Mono.empty()), 20)
			.blockLast();
	}

	@Test
	void httpServiceInterfacesRunOnTheWebClient() {
		PooledClient client = client();
		HttpServiceProxyFactory factory = HttpServiceProxyFactory
			.builderFor(WebClientAdapter.create(client.webClient()))
			.build();
		Cars cars = factory.createClient(Cars.class);
		assertThat(cars.find("eq.4")).extracting(Car::make).containsExactly("VW");
		cars.order(Map.of("car_id", 1, "reference", "service"));
		assertThat(client.from("orders").select("*").eq("reference", "service").count().block()).isEqualTo(1);
		assertThat(this.outcomes).extracting((outcome) -> outcome.operation().name())
			.startsWith("GET /cars", "POST /orders");
	}

	@Test
	void httpServiceInterfacesRunOnTheRestClient() {
		PooledClient client = client();
		Cars cars = HttpServiceProxyFactory.builderFor(RestClientAdapter.create(client.blocking().restClient()))
			.build()
			.createClient(Cars.class);
		assertThat(cars.find("eq.4")).extracting(Car::make).containsExactly("VW");
		cars.order(Map.of("car_id", 1, "reference", "rest-service"));
		assertThat(client.from("orders").select("*").eq("reference", "rest-service").count().block()).isEqualTo(1);
		// a RestClient returns when it has closed an answer, whose end is read by the
		// event loop
		Awaitility.await().until(() -> this.outcomes.size() == 3);
		assertThat(this.outcomes).extracting((outcome) -> outcome.operation().name())
			.containsExactlyInAnyOrder("GET /cars", "POST /orders", "GET /orders");
	}

	@Test
	void theRestClientReusesItsConnection() {
		PooledClient client = client((builder) -> connections(builder, 1));
		RestClient rest = client.blocking().restClient(Lane.READ);
		for (int i = 0; i < 20; i++) {
			assertThat(rest.get().uri("/cars?order=id&limit={limit}", 100).retrieve().body(CARS)).hasSize(100);
			rest.get().uri("/cars?limit=100").retrieve().toBodilessEntity();
		}
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().active() == 0);
		assertThat(client.pool(Lane.READ).snapshot().created()).isEqualTo(1);
	}

	@Test
	void aStreamedBodyOfTheRestClientHoldsTheLeaseUntilItIsClosed() {
		PooledClient client = client((builder) -> connections(builder, 1));
		client.blocking().restClient(Lane.READ).get().uri("/cars").exchange((request, response) -> {
			try (InputStream body = response.getBody()) {
				assertThat(body.read()).isEqualTo('[');
				assertThat(client.pool(Lane.READ).snapshot().active()).isEqualTo(1);
			}
			return "";
		});
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().active() == 0);
	}

	@Test
	void theRestClientTranslatesTheLossOfAConnectionWithinABody() {
		try (FaultProxy proxy = FaultProxy.to(server().url())) {
			proxy.addDownstream(Toxic.limitData(100_000));
			RestClient rest = client(proxy.url(), (builder) -> connections(builder, 1)).blocking()
				.restClient(Lane.READ);
			assertThatExceptionOfType(RestClientException.class)
				.isThrownBy(() -> rest.get().uri("/cars").retrieve().body(CARS))
				.withRootCauseInstanceOf(IOException.class);
			assertThatExceptionOfType(ResourceAccessException.class).isThrownBy(
					() -> rest.get().uri("/cars").exchange((request, response) -> response.getBody().readAllBytes()))
				.withCauseInstanceOf(IOException.class);
		}
	}

	@Test
	void restClientHasTheIdentityOfItsViewAndDoesNotBlockEventLoops() {
		PooledClient client = client().asUser(server().userToken(USER_A));
		RestClient rest = client.blocking().restClient();
		assertThat(rest.get().uri("/notes").retrieve().body(NOTES)).extracting(Note::owner).containsOnly(USER_A);
		Mono<List<Note>> wrong = Mono.delay(Duration.ofMillis(1))
			.map((tick) -> rest.get().uri("/notes").retrieve().body(NOTES));
		assertThatIllegalStateException().isThrownBy(wrong::block).withMessageContaining("must not block");
	}

	@Test
	void anInterruptedThreadLosesNoLease() throws InterruptedException {
		PooledClient client = client((builder) -> connections(builder, 1));
		RestClient rest = client.blocking().restClient(Lane.READ);
		for (int i = 0; i < 50; i++) {
			Thread thread = new Thread(() -> {
				try {
					rest.get().uri("/cars?limit=1").retrieve().toBodilessEntity();
				}
				catch (RuntimeException ex) {
					assertThat(ex).isNotNull();
				}
			});
			thread.start();
			Thread.sleep(0, ThreadLocalRandom.current().nextInt(999_999));
			thread.interrupt();
			thread.join();
		}
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().active() == 0);
	}

	interface Cars {

		@GetExchange("/cars")
		List<Car> find(@RequestParam String id);

		@PostExchange("/orders")
		void order(@RequestBody Map<String, Object> order);

	}

}
