package dev.dbpool.client;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import dev.dbpool.client.Operation.Work;
import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.http.AnswerBytes;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.transport.ConnectionClosedFaults;
import dev.dbpool.transport.HttpConnection;
import dev.dbpool.transport.HttpConnector;
import dev.dbpool.transport.TestServer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(30)
@Tag("slow")
class OperationCallTests {

	/** How long two threads race with each other. */
	private static final Duration ROUNDS = Duration.ofSeconds(8);

	private static final Cleaner CLEANER = Cleaner.create();

	/** What the server answers, if it does. */
	private volatile @Nullable String answer;

	private final TestServer server = TestServer.start((request, peer) -> {
		if (request.path().endsWith("/half")) {
			peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf");
		}
		String body = this.answer;
		if (body != null) {
			peer.answer("200 OK", body);
		}
	});

	private final URI url = this.server.url();

	private static final ApiKeys KEYS = ApiKeys.withoutAnonKey(null);

	private final List<LeaseOwner> owners = new CopyOnWriteArrayList<>();

	private final List<OperationOutcome> outcomes = new CopyOnWriteArrayList<>();

	private final ThreadLocal<String> trace = new ThreadLocal<>();

	private final ConnectionPool<ClientConnection> pool = ConnectionPool
		.create(PoolOptions.builder("test").maxConnections(1).listener(new PoolListener() {

			@Override
			public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
				OperationCallTests.this.owners.add(owner);
			}

		}).build(), new ClientConnection.Opener(HttpConnector.builder(this.url).build(), WebClient.builder(), this.url,
				AnswerBytes.Limit.DEFAULT, ExchangeMode.DIRECT, ObservationRegistry.NOOP));

	@AfterEach
	void closePool() throws IOException {
		assertThat(this.pool.snapshot().active()).isZero();
		assertThat(this.pool.close(Duration.ZERO).toCompletableFuture()).succeedsWithin(Duration.ofSeconds(5));
		this.server.close();
	}

	@Test
	void aThrowingInterceptorFailsItsOperation() {
		PooledClient client = client(new OperationInterceptor() {

			@Override
			public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
				throw new IllegalStateException("refused");
			}

		});
		StepVerifier.create(client.read("GET /one", (db) -> Mono.just(1))).verifyErrorMessage("refused");
		StepVerifier.create(client.readMany("GET /many", (db) -> Flux.just(1))).verifyErrorMessage("refused");
		assertThat(this.outcomes).extracting((outcome) -> outcome.operation().name() + " " + outcome.result())
			.containsExactly("GET /one " + Result.FAILURE, "GET /many " + Result.FAILURE);
	}

	@Test
	void eachAttemptBelongsToTheTraceOfTheSubscriber() {
		PooledClient client = client(new OperationInterceptor() {

			@Override
			public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
				return Mono.from(attempt).retryWhen(Retry.fixedDelay(1, Duration.ofMillis(1)));
			}

		});
		this.trace.set("4711");
		StepVerifier.create(client.read("GET /one", (db) -> Mono.error(new IllegalStateException("again"))))
			.verifyError();
		assertThat(this.owners).hasSize(2).extracting(LeaseOwner::traceId).containsOnly("4711");
	}

	@Test
	void aResultIsNotRepeatedOnceAnElementWasPassedOn() {
		PooledClient client = client(new RetryingInterceptor());
		Flux<Integer> twice = client.readMany("GET /many",
				(db) -> Flux.concat(Mono.just(1), Mono.error(new ConnectException("refused"))));
		StepVerifier.create(twice).expectNext(1).verifyError();
		assertThat(this.owners).hasSize(1);
	}

	@Test
	void aSubscriberWhoseCancelWasLostGetsNoLease() {
		client(new RetryingInterceptor()).lease(Lane.READ, "GET /export")
			.map(ClientLease::isActive)
			.subscribe(new CancelledSubscriber<>());
		assertThat(this.outcomes).singleElement()
			.satisfies((outcome) -> assertThat(outcome.result()).isEqualTo(Result.CANCELLED));
		assertThat(this.owners).isEmpty();
	}

	@Test
	void anAnswerToASubscriberWhoseCancelWasLostIsGivenUp() {
		WebClient web = client(new RetryingInterceptor()).webClient(Lane.READ);
		this.answer = "[]";
		web.get().uri(this.url).exchangeToMono((response) -> Mono.never()).subscribe(new CancelledSubscriber<>());
		Awaitility.await().until(() -> this.outcomes.size() == 1);
		web.get().uri(this.url).retrieve().bodyToFlux(DataBuffer.class).subscribe(new CancelledSubscriber<>());
		Awaitility.await().until(() -> this.outcomes.size() == 2);
		assertThat(this.outcomes).extracting(OperationOutcome::result).containsOnly(Result.CANCELLED);
		assertThat(this.owners).hasSize(2);
	}

	@Test
	void whatIsDoneAtTheEndOfCancelledWorkIsDone() {
		Mono<Boolean> lease = client(new RetryingInterceptor()).lease(Lane.READ, "GET /export").map((held) -> {
			held.close();
			return true;
		});
		Flux.usingWhen(Mono.just("resource"), (resource) -> Flux.never(), (resource) -> Mono.empty(),
				(resource, failure) -> Mono.empty(), (resource) -> lease)
			.subscribe()
			.dispose();
		Awaitility.await().until(() -> !this.outcomes.isEmpty());
		assertThat(this.outcomes).singleElement()
			.satisfies((outcome) -> assertThat(outcome.result()).isEqualTo(Result.SUCCESS));
		Flux.usingWhen(Mono.just("resource"), (resource) -> Flux.just(1, 2), (resource) -> Mono.empty(),
				(resource, failure) -> Mono.empty(), (resource) -> lease)
			.next()
			.subscribe();
		Awaitility.await().until(() -> this.outcomes.size() == 2);
		assertThat(this.outcomes.get(1).result()).isEqualTo(Result.SUCCESS);
	}

	@Test
	void workThatFailsBeforeAnElementIsRepeated() {
		PooledClient client = client(new RetryingInterceptor());
		Flux<Integer> second = client.readMany("GET /many",
				(db) -> (this.owners.size() > 1) ? Flux.just(1) : Flux.error(new ConnectException("refused")));
		StepVerifier.create(second).expectNext(1).verifyComplete();
	}

	@Test
	void operationFailsWhenTheSignedInUserIsUnavailable() {
		PooledClient client = client(
				Credentials.ofSignedIn(KEYS, (refused) -> Mono.error(new IllegalStateException("no user"))));
		List<Mono<?>> operations = List.of(client.read("GET /one", (db) -> Mono.just(1)),
				client.readMany("GET /one", (db) -> Flux.just(1)).then(),
				client.named("GET /one").webClient(Lane.READ).get().retrieve().toBodilessEntity(),
				client.lease(Lane.READ, "GET /one"),
				Mono.fromCallable(() -> client.blocking().lease(Lane.READ, "GET /one")));
		for (Mono<?> operation : operations) {
			StepVerifier.create(operation)
				.verifyErrorSatisfies((failure) -> assertThat(OperationFailure.in(failure))
					.hasValueSatisfying((found) -> assertThat(found.operation()).isEqualTo("GET /one")));
		}
		assertThat(this.outcomes).extracting(OperationOutcome::result)
			.hasSize(operations.size())
			.containsOnly(Result.FAILURE);
	}

	@Test
	void theDeadlineCountsFromBeforeTheUserIsFound() {
		PooledClient client = client(Credentials.ofSignedIn(KEYS, (refused) -> Mono.never()))
			.within(Duration.ofMillis(50));
		StepVerifier.create(client.read("GET /one", (db) -> Mono.just(1))).verifyError(QueryTimeoutException.class);
		StepVerifier.create(client.readMany("GET /many", (db) -> Flux.just(1)))
			.verifyError(QueryTimeoutException.class);
		StepVerifier.create(client.lease(Lane.READ, "GET /lease")).verifyError(QueryTimeoutException.class);
	}

	@Test
	void anInterceptorThatIgnoresCancelKeepsNoLeaseAfterTheDeadline() {
		PooledClient client = client(new OperationInterceptor() {

			@Override
			public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
				return Flux.create((sink) -> Flux.from(attempt).subscribe(sink::next, sink::error, sink::complete));
			}

		}).within(Duration.ofMillis(50));
		StepVerifier.create(client.readMany("GET /many", (db) -> Flux.never()))
			.verifyError(QueryTimeoutException.class);
		StepVerifier.create(client.read("GET /one", (db) -> Mono.never())).verifyError(QueryTimeoutException.class);
		assertThat(this.pool.snapshot().active()).isZero();
	}

	@Test
	void anElementThatIsBeingPassedOnAtTheDeadlineEndsBeforeTheError() throws InterruptedException {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON)).within(Duration.ofSeconds(1));
		List<String> signals = new CopyOnWriteArrayList<>();
		CountDownLatch ended = new CountDownLatch(1);
		client.readMany("GET /many", (db) -> Flux.just(1).concatWith(Flux.never())).doOnNext((item) -> {
			signals.add("begin");
			Awaitility.await().until(() -> !this.outcomes.isEmpty());
			signals.add("end");
		}).doOnTerminate(ended::countDown).subscribe((item) -> {
		}, (failure) -> signals.add("error"));
		ended.await();
		Awaitility.await().untilAsserted(() -> assertThat(signals).containsExactly("begin", "end", "error"));
	}

	@Test
	void anErrorOfTheJvmIsTheCauseOfAnExceptionThatNamesTheOperation() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		StepVerifier.create(client.readMany("GET /many", (db) -> Flux.defer(() -> {
			throw new StackOverflowError();
		})))
			.verifyErrorSatisfies((failure) -> assertThat(failure).isInstanceOf(DataAccessException.class)
				.hasMessageContaining("GET /many")
				.hasCauseInstanceOf(StackOverflowError.class));
	}

	@Test
	void howLongAStreamTakesSaysNothingAboutAValueOfTheSameName() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		client.readMany("GET /cars", (db) -> Flux.interval(Duration.ofMillis(1200)).take(1)).blockLast();
		StepVerifier.create(client.within(Duration.ofSeconds(1)).read("GET /cars", (db) -> Mono.just(1)))
			.expectNext(1)
			.verifyComplete();
	}

	@Test
	void requestsThatMoveShareTheAcquireTimeoutOfTheirAttempt() {
		List<Duration> timeouts = new CopyOnWriteArrayList<>();
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON), List.of(), waiting(timeouts));
		StepVerifier.create(client.read("GET /one", (db) -> Mono.error(ConnectionClosedFaults.beforeSending())))
			.verifyError();
		assertThat(timeouts).hasSize(2);
		assertThat(timeouts.get(0)).isEqualTo(this.pool.options().acquireTimeout());
		assertThat(timeouts.get(1)).isLessThan(timeouts.get(0)).isPositive();
	}

	@Test
	void anAttemptThatHasUsedUpItsTimeDoesNotWaitAgain() {
		Attempt attempt = new Attempt(1, RequestHeaders.NONE);
		attempt.waited(Duration.ofSeconds(2).toNanos());
		assertThat(attempt.mayWait(Duration.ofSeconds(3))).isEqualTo(Duration.ofSeconds(1));
		attempt.waited(Duration.ofSeconds(2).toNanos());
		assertThat(attempt.mayWait(Duration.ofSeconds(3))).isZero();
	}

	/**
	 * The pool, in which each acquisition takes a measurable time.
	 */
	@SuppressWarnings("unchecked")
	private ConnectionPool<ClientConnection> waiting(List<Duration> timeouts) {
		return (ConnectionPool<ClientConnection>) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { ConnectionPool.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("acquire")) {
						timeouts.add((Duration) arguments[1]);
						long now = System.nanoTime();
						while (System.nanoTime() == now) {
							Thread.onSpinWait();
						}
					}
					return method.invoke(this.pool, arguments);
				});
	}

	@Test
	void theWrongLaneIsAFailureOfTheOperation() {
		WebClient web = client(Credentials.of(KEYS, Identity.ANON)).named("POST /one").webClient(Lane.READ);
		StepVerifier.create(web.post().retrieve().toBodilessEntity())
			.verifyErrorSatisfies((failure) -> assertThat(OperationFailure.in(failure)).isPresent());
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> assertThat(outcome.attempts()).isZero());
	}

	@Test
	void aLeaseIsRecordedOnceWhenItIsClosed() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON), List.of(new RetryingInterceptor()));
		ClientLease lease = client.lease(Lane.READ, "GET /export").block();
		assertThat(this.outcomes).isEmpty();
		assertThat(this.pool.snapshot().active()).isOne();
		lease.close();
		lease.close();
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> {
			assertThat(outcome.operation().name()).isEqualTo("GET /export");
			assertThat(outcome.result()).isEqualTo(Result.SUCCESS);
		});
	}

	@Test
	void aLeaseThatWasRevokedIsRecordedAsFailed() {
		ClientLease lease = client(Credentials.of(KEYS, Identity.ANON)).lease(Lane.READ, "GET /export").block();
		this.pool.leases().forEach((held) -> this.pool.revoke(held.id()));
		Awaitility.await().until(() -> !this.outcomes.isEmpty());
		lease.close();
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> {
			assertThat(outcome.result()).isEqualTo(Result.FAILURE);
			assertThat(outcome.failure()).hasRootCauseInstanceOf(LeaseRevokedException.class);
		});
	}

	@Test
	void aLeaseThatIsLostIsTakenBack() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		assertThat(client.lease(Lane.READ, "GET /export").block().isActive()).isTrue();
		awaitGarbageCollection(() -> this.outcomes.size() == 1);
		assertThat(client.blocking().lease(Lane.READ, "GET /export").isActive()).isTrue();
		awaitGarbageCollection(() -> this.outcomes.size() == 2);
		assertThat(this.outcomes)
			.allSatisfy((outcome) -> assertThat(outcome.failure()).hasMessageContaining("GET /export")
				.hasMessageContaining("was reclaimed"));
		assertThat(this.pool.snapshot().leaked()).isEqualTo(2);
		assertThat(this.pool.snapshot().created()).isOne();
	}

	@Test
	void aLeaseIsNotLostWhileItsClientsAreReachable() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		PostgrestClient builder = client.lease(Lane.READ, "GET /export").block().postgrest();
		awaitGarbageCollection();
		assertThat(this.pool.snapshot().active()).isOne();
		Reference.reachabilityFence(builder);
		this.pool.leases().forEach((held) -> this.pool.revoke(held.id()));
		WebClient web = client.lease(Lane.READ, "GET /export").block().webClient();
		awaitGarbageCollection();
		assertThat(this.pool.snapshot().active()).isOne();
		Reference.reachabilityFence(web);
		this.pool.leases().forEach((held) -> this.pool.revoke(held.id()));
	}

	@Test
	void aLeaseThatWasNotPassedOnIsNotLost() {
		Work<ClientLease> work = new Work<>() {

			@Override
			public Shape shape() {
				return Shape.LEASE;
			}

			@Override
			public Publisher<ClientLease> on(Lease<ClientConnection> lease, OperationState state, Attempt attempt) {
				state.abandoned(lease);
				return Mono.just(new ClientLease(lease, state, attempt, null, List.of()));
			}

		};
		Credentials credentials = Credentials.of(KEYS, Identity.ANON);
		Operation operation = new Operation("default", "GET /export", Lane.READ, Identity.Kind.ANON,
				Operation.Limits.NONE);
		try (ClientLease lease = OperationCall
			.of(core(credentials, List.of(), this.pool, ObservationRegistry.NOOP), operation, credentials, work)
			.blockLast()) {
			assertThat(lease.isActive()).isTrue();
		}
		assertThat(this.pool.snapshot().leaked()).isZero();
		assertThat(this.outcomes).extracting(OperationOutcome::result).containsExactly(Result.SUCCESS);
	}

	@Test
	@Tag("proof")
	void aLeaseThatIsReleasedWhileItIsHandedOverHoldsItsConnectionNoMore() {
		Credentials credentials = Credentials.of(KEYS, Identity.ANON);
		ClientCore core = core(credentials, List.of(), this.pool, ObservationRegistry.NOOP);
		Operation operation = new Operation("default", "GET /export", Lane.READ, Identity.Kind.ANON,
				Operation.Limits.NONE);
		Field holder = ReflectionUtils.findField(HttpConnection.class, "holder");
		ReflectionUtils.makeAccessible(holder);
		AtomicReference<@Nullable OperationState> releasing = new AtomicReference<>();
		AtomicBoolean ended = new AtomicBoolean();
		CompletableFuture<Void> releases = CompletableFuture.runAsync(() -> {
			while (!ended.get()) {
				OperationState state = releasing.get();
				if (state != null) {
					state.release();
					releasing.set(null);
				}
			}
		});
		try (Lease<ClientConnection> lease = this.pool.acquire(LeaseOwner.of("GET /export"))) {
			HttpConnection connection = lease.connection().http();
			for (long last = System.nanoTime() + ROUNDS.toNanos(); System.nanoTime() < last;) {
				OperationState state = new OperationState(core, operation, credentials);
				releasing.set(state);
				state.handsOver(lease, connection);
				while (releasing.get() != null && !releases.isDone()) {
					Thread.onSpinWait();
				}
				assertThat(ReflectionUtils.getField(holder, connection)).isNull();
			}
		}
		finally {
			ended.set(true);
		}
		assertThat(releases).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void aFailingObservationOfTheWaitEndsNoOperation() {
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig().observationHandler(new ObservationHandler<>() {

			@Override
			public void onStop(Observation.Context context) {
				if ("dbpool.queue".equals(context.getName())) {
					throw new IllegalStateException("The wait cannot be observed");
				}
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		});
		Credentials credentials = Credentials.of(KEYS, Identity.ANON);
		PooledClient client = new DefaultPooledClient(core(credentials, List.of(), this.pool, observations), null,
				Duration.ZERO, false);
		StepVerifier.create(client.readMany("GET /many", (db) -> Flux.just(1, 2)))
			.expectNext(1, 2)
			.expectComplete()
			.verify(Duration.ofSeconds(10));
		try (Lease<ClientConnection> held = this.pool.acquire(LeaseOwner.of("GET /export"))) {
			client.readMany("GET /cancelled", (db) -> Flux.just(1)).subscribe().dispose();
			assertThat(this.pool.snapshot().pending()).isZero();
			assertThat(held.isActive()).isTrue();
			this.pool.suspend();
		}
		CompletableFuture<Integer> waiting = client.readMany("GET /many", (db) -> Flux.just(1)).next().toFuture();
		this.pool.close(Duration.ZERO);
		assertThat(waiting).failsWithin(Duration.ofSeconds(10));
	}

	private static void awaitGarbageCollection() {
		AtomicBoolean collected = new AtomicBoolean();
		CLEANER.register(new Object(), () -> collected.set(true));
		awaitGarbageCollection(collected::get);
	}

	private static void awaitGarbageCollection(BooleanSupplier condition) {
		Awaitility.await().atMost(Duration.ofSeconds(25)).until(() -> {
			System.gc();
			return condition.getAsBoolean();
		});
	}

	@Test
	void aRevokedLeaseThatIsClosedImmediatelyIsRecordedAsFailed() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		for (int i = 0; i < 20; i++) {
			ClientLease lease = client.lease(Lane.READ, "GET /export").block();
			this.pool.leases().forEach((held) -> this.pool.revoke(held.id()));
			lease.close();
		}
		Awaitility.await().until(() -> this.outcomes.size() >= 20);
		assertThat(this.outcomes).hasSize(20).extracting(OperationOutcome::result).containsOnly(Result.FAILURE);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aBodyThatIsSubscribedToWhileTheDeadlinePassesEndsWithIt(boolean cancelsAnswer) {
		AtomicReference<ClientHttpResponse> unread = new AtomicReference<>();
		CompletableFuture<Subscription> exchange = new CompletableFuture<>();
		CompletableFuture<Throwable> end = new CompletableFuture<>();
		Lanes lanes = new Lanes(Map.of(Lane.READ, this.pool), LaneSharing.NONE, 1, List.of(), ConcurrencyLimit.FIXED,
				() -> false, () -> {
					ClientHttpResponse answered = unread.getAndSet(null);
					if (answered != null) {
						answered.getBody().subscribe(DataBufferUtils::release, end::complete, () -> end.complete(null));
						if (cancelsAnswer) {
							exchange.join().cancel();
						}
					}
					return System.nanoTime();
				});
		PooledClient client = new DefaultPooledClient(
				core(Credentials.of(KEYS, Identity.ANON), List.of(), this.pool, lanes, ObservationRegistry.NOOP), null,
				Duration.ZERO, false)
			.within(Duration.ofSeconds(2));
		exchangeOf(client, "/half").subscribe(new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				exchange.complete(subscription);
				subscription.request(Long.MAX_VALUE);
			}

			@Override
			protected void hookOnNext(ClientHttpResponse answered) {
				unread.set(answered);
			}

		});
		assertThat(end).succeedsWithin(Duration.ofSeconds(20))
			.satisfies((failure) -> assertThat(failure).isInstanceOf(QueryTimeoutException.class));
		assertThat(this.outcomes).singleElement().returns(Result.FAILURE, OperationOutcome::result);
		assertThat(this.pool.snapshot().active()).isZero();
	}

	@Test
	void theBodyOfAnAnswerThatWasGivenUpFailsRatherThanBeingEmpty() {
		this.answer = "[]";
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		Flux<DataBuffer> body = exchangeOf(client, "/items").blockFirst().getBody();
		StepVerifier.create(body).verifyError(CancellationException.class);
		assertThat(this.outcomes).singleElement().returns(Result.CANCELLED, OperationOutcome::result);
	}

	private Flux<ClientHttpResponse> exchangeOf(PooledClient client, String path) {
		return Flux.from(((DefaultPooledClient) client).exchange(Lane.READ, "GET " + path,
				new RawExchange(HttpMethod.GET, this.url.resolve(path), ClientHttpRequest::setComplete)));
	}

	@Test
	void anOperationThatEndsWhileItIsSubscribedToGivesTheSubscriptionFirst() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		List<String> signals = new CopyOnWriteArrayList<>();
		client.lease(Lane.READ, "GET /export").subscribe(new CoreSubscriber<>() {

			@Override
			public void onSubscribe(Subscription subscription) {
				((OperationCall<?>) subscription).fail(new IllegalStateException("ended from outside"));
				signals.add("subscription");
			}

			@Override
			public void onNext(ClientLease lease) {
				signals.add("lease");
			}

			@Override
			public void onError(Throwable failure) {
				signals.add(failure.getMessage());
			}

			@Override
			public void onComplete() {
				signals.add("end");
			}

		});
		assertThat(signals).containsExactly("subscription", "ended from outside");
		assertThat(this.outcomes).singleElement().returns(Result.FAILURE, OperationOutcome::result);
	}

	@Test
	void theDeadlineEndsTheWaitForALeaseButNotTheLease() {
		PooledClient unlimited = client(Credentials.of(KEYS, Identity.ANON));
		unlimited.lease(Lane.READ, "GET /warm-up").block().close();
		PooledClient client = unlimited.within(Duration.ofMillis(500));
		try (ClientLease lease = client.lease(Lane.READ, "GET /first").block()) {
			StepVerifier.create(client.lease(Lane.READ, "GET /second"))
				.verifyErrorSatisfies((failure) -> assertThat(failure).isInstanceOf(QueryTimeoutException.class)
					.hasMessageContaining("GET /second"));
			assertThat(lease.isActive()).isTrue();
		}
		assertThat(this.pool.snapshot().pending()).isZero();
	}

	@Test
	void aCancelAfterTheHandOverLeavesTheLeaseToItsHolder() {
		PooledClient client = client(Credentials.of(KEYS, Identity.ANON));
		ClientLease lease = Flux.from(client.lease(Lane.READ, "GET /export")).next().block();
		assertThat(lease.isActive()).isTrue();
		lease.close();
		assertThat(this.outcomes).extracting(OperationOutcome::result).containsExactly(Result.SUCCESS);
	}

	private PooledClient client(OperationInterceptor interceptor) {
		return client(Credentials.of(KEYS, Identity.ANON), List.of(interceptor));
	}

	private PooledClient client(Credentials credentials) {
		return client(credentials, List.of());
	}

	private PooledClient client(Credentials credentials, List<OperationInterceptor> interceptors) {
		return client(credentials, interceptors, this.pool);
	}

	private PooledClient client(Credentials credentials, List<OperationInterceptor> interceptors,
			ConnectionPool<ClientConnection> pool) {
		return new DefaultPooledClient(core(credentials, interceptors, pool, ObservationRegistry.NOOP), null,
				Duration.ZERO, false);
	}

	private ClientCore core(Credentials credentials, List<OperationInterceptor> interceptors,
			ConnectionPool<ClientConnection> pool, ObservationRegistry observations) {
		return core(credentials, interceptors, pool, new Lanes(Map.of(Lane.READ, pool), LaneSharing.NONE, 1),
				observations);
	}

	private ClientCore core(Credentials credentials, List<OperationInterceptor> interceptors,
			ConnectionPool<ClientConnection> pool, Lanes lanes, ObservationRegistry observations) {
		return new ClientCore(
				new ClientCore.Server(this.url, this.url, WebClient.builder(), true, new SettingNames(null)), lanes,
				pool, credentials, new ClientCore.Instrumentation("default", interceptors, List.of(this.outcomes::add),
						(subscriber) -> Optional.ofNullable(this.trace.get()), observations, false),
				Batching.DISABLED);
	}

	/**
	 * A subscriber that was cancelled while it received its subscription, which does not
	 * know of that.
	 */
	private static final class CancelledSubscriber<T> implements CoreSubscriber<T>, Scannable {

		@Override
		public void onSubscribe(Subscription subscription) {
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(T item) {
			// came after the cancel
		}

		@Override
		public void onError(Throwable failure) {
			// came after the cancel
		}

		@Override
		public void onComplete() {
			// came after the cancel
		}

		@Override
		@SuppressWarnings("rawtypes")
		public @Nullable Object scanUnsafe(Attr key) {
			return (key == Attr.CANCELLED) ? true : null;
		}

	}

}
