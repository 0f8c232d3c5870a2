package dev.dbpool.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonCreator;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.transport.TestServer;
import dev.dbpool.transport.TestServer.Peer;
import dev.dbpool.transport.TestServer.Request;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

/**
 * Every operation ends with one terminal signal and without a lease, whatever fails in
 * whichever step of it: each shape of an operation, with each fault in each of its steps.
 */
@Timeout(120)
@TestInstance(Lifecycle.PER_CLASS)
@Tag("slow")
@Isolated("throws errors of the JVM on the event loops that other tests share")
class EveryOperationEndsTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final Duration DEADLINE = Duration.ofMillis(100);

	private static final Duration RELEASE_TIMEOUT = Duration.ofMillis(100);

	private static final String TOKEN = "e30.e30.c2ln";

	private static volatile @Nullable Cell cell;

	private final TestServer server = TestServer.start(EveryOperationEndsTests::answer);

	private AtomicInteger outcomes = new AtomicInteger();

	private ExchangeMode mode = ExchangeMode.DIRECT;

	private PooledClient client = client();

	private PooledClient client() {
		AtomicInteger ended = new AtomicInteger();
		this.outcomes = ended;
		return PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
			.lane(Lane.READ,
					(options) -> options.minConnections(0)
						.maxConnections(1)
						.releaseTimeout(RELEASE_TIMEOUT)
						.listener(new Listener()))
			.lane(Lane.WRITE, (options) -> options.minConnections(0))
			.webClient(WebClient.builder().filter(EveryOperationEndsTests::filter))
			.exchange(this.mode)
			.interceptor(new Interceptor())
			.listener((outcome) -> {
				if (!outcome.operation().name().equals("other")) {
					ended.incrementAndGet();
					hit(Step.LISTENER);
				}
			})
			.build();
	}

	private static void answer(Request request, Peer peer) throws IOException {
		String body = "[{\"id\":1},{\"id\":2}]";
		peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
			.formatted(body.length(), body));
	}

	@AfterEach
	void recover() {
		cell = null;
		if (this.client.pool(Lane.READ).snapshot().active() > 0) {
			this.client.close(Duration.ZERO).block();
			this.client = client();
		}
	}

	@AfterAll
	void stop() throws IOException {
		this.client.close(Duration.ZERO).block();
		this.server.close();
	}

	/**
	 * Each step, in the mode that is the default if it is part of it.
	 */
	static Stream<Arguments> cells() {
		return Stream.concat(cells(ExchangeMode.DIRECT, (shape, step) -> step.isPartOfDirect(shape)),
				cells(ExchangeMode.WEB_CLIENT, (shape, step) -> !step.isPartOfDirect(shape)));
	}

	static Stream<Arguments> cellsOfWebClients() {
		return cells(ExchangeMode.WEB_CLIENT, (shape, step) -> step.isPartOfDirect(shape));
	}

	private static Stream<Arguments> cells(ExchangeMode mode, BiPredicate<Shape, Step> filter) {
		return Arrays.stream(Shape.values())
			.flatMap((shape) -> Arrays.stream(Step.values())
				.filter((step) -> step.isPartOf(shape) && filter.test(shape, step))
				.flatMap((step) -> step.faults.stream().map((fault) -> Arguments.of(mode, shape, step, fault))));
	}

	@Tag("long")
	@ParameterizedTest(name = "{0}, {1}, {2}: {3}")
	@MethodSource("cellsOfWebClients")
	void anOperationThroughAWebClientEndsOnce(ExchangeMode mode, Shape shape, Step step, Fault fault)
			throws InterruptedException {
		anOperationEndsOnce(mode, shape, step, fault);
	}

	@ParameterizedTest(name = "{0}, {1}, {2}: {3}")
	@MethodSource("cells")
	void anOperationEndsOnce(ExchangeMode mode, Shape shape, Step step, Fault fault) throws InterruptedException {
		if (mode != this.mode) {
			this.client.close(Duration.ZERO).block();
			this.mode = mode;
			this.client = client();
		}
		Signals signals = new Signals();
		cell = new Cell(step, fault, signals, this);
		this.outcomes.set(0);
		ClientLease other = (step == Step.ACQUIRE && fault == Fault.NEVER)
				? this.client.blocking().lease(Lane.READ, "other") : null;
		PooledClient view = (fault == Fault.NEVER) ? this.client.within(DEADLINE) : this.client;
		assertThatCode(() -> shape.run(view.asUser((refused) -> mono(Step.TOKEN, Mono.just(TOKEN))), signals))
			.as("subscription")
			.doesNotThrowAnyException();
		assertThat(signals.ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ended").isTrue();
		if (other != null) {
			other.close();
		}
		await(() -> assertThat(this.client.pool(Lane.READ).snapshot().active()).as("leases").isZero());
		await(() -> assertThat(this.outcomes).as("outcomes").hasValue(1));
		cell = null;
		assertThat(this.client.read("next", (db) -> db.from("t").select().list(Item.class)).block(PATIENCE)).hasSize(2);
		if (!signals.cancelled.get()) {
			assertThat(signals.terminal).as("terminal signals").hasValue(1);
		}
	}

	private static void await(ThrowingRunnable assertion) {
		Awaitility.await()
			.atMost(PATIENCE)
			.pollDelay(Duration.ZERO)
			.pollInterval(1, TimeUnit.MILLISECONDS)
			.untilAsserted(assertion);
	}

	/**
	 * What the present cell does in a step.
	 */
	private static Then hit(Step step) {
		Cell present = cell;
		return (present != null && present.step == step && present.begun.compareAndSet(false, true)) ? present.begin()
				: Then.GO_ON;
	}

	private static <T> Mono<T> mono(Step step, Mono<T> source) {
		return source.flatMap((value) -> switch (then(step, value)) {
			case GO_ON -> Mono.just(value);
			case NEVER -> Mono.never();
			case EMPTY -> Mono.empty();
			case NULL -> null;
		});
	}

	private static <T> Flux<T> flux(Step step, Flux<T> source) {
		return source.concatMap((value) -> switch (then(step, value)) {
			case GO_ON -> Flux.just(value);
			case NEVER -> Flux.never();
			case EMPTY -> Flux.empty();
			case NULL -> null;
		});
	}

	private static Then then(Step step, Object value) {
		boolean dropped = true;
		try {
			Then then = hit(step);
			dropped = then != Then.GO_ON;
			return then;
		}
		finally {
			if (dropped) {
				release(value);
			}
		}
	}

	private static void release(Object value) {
		if (value instanceof DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}
		else if (value instanceof ClientResponse response) {
			response.releaseBody().subscribe();
		}
	}

	private static <T> T value(Step step, T value) {
		return (hit(step) == Then.NULL) ? null : value;
	}

	private static <T> Mono<T> called(Step step, Supplier<Mono<T>> supplier) {
		return switch (hit(step)) {
			case GO_ON -> supplier.get();
			case NEVER -> Mono.never();
			case EMPTY -> Mono.empty();
			case NULL -> null;
		};
	}

	private static <T> Flux<T> calledMany(Step step, Supplier<Flux<T>> supplier) {
		return switch (hit(step)) {
			case GO_ON -> supplier.get();
			case NEVER -> Flux.never();
			case EMPTY -> Flux.empty();
			case NULL -> null;
		};
	}

	private static Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		return called(Step.FILTER, () -> mono(Step.HEADERS, next.exchange(written(request)))
			.map((response) -> response.mutate().body(EveryOperationEndsTests::body).build()));
	}

	private static Flux<DataBuffer> body(Flux<DataBuffer> body) {
		AtomicReference<Then> last = new AtomicReference<>();
		return body.<DataBuffer>handle((buffer, sink) -> {
			last.set(then(Step.ELEMENT, buffer));
			if (last.get() == Then.GO_ON) {
				sink.next(buffer);
			}
		}).concatWith(Flux.defer(() -> (last.get() == Then.NEVER) ? Flux.never() : Flux.empty()));
	}

	private static ClientRequest written(ClientRequest request) {
		return ClientRequest.from(request).body((message, context) -> called(Step.REQUEST, () -> {
			message.getHeaders().setContentLength(2);
			DataBuffer body = DefaultDataBufferFactory.sharedInstance.wrap("{}".getBytes(StandardCharsets.UTF_8));
			return message.writeWith(flux(Step.BODY, Flux.just(body)));
		})).build();
	}

	record Item(long id) {

		@JsonCreator
		Item {
			hit(Step.DECODING);
		}

	}

	enum Shape {

		MONO {

			@Override
			void run(PooledClient client, Signals signals) {
				client
					.read("mono",
							(db) -> called(Step.CALLBACK,
									() -> Mono.defer(() -> called(Step.DEFERRED,
											() -> mono(Step.FLAT_MAP, db.from("t").select().list(Item.class))
												.map((items) -> value(Step.MAP, items))))))
					.map((result) -> value(Step.BEHIND, result))
					.subscribe(signals);
			}

		},
		FLUX {

			@Override
			void run(PooledClient client, Signals signals) {
				client
					.readMany("flux",
							(db) -> calledMany(Step.CALLBACK,
									() -> Flux.defer(() -> calledMany(Step.DEFERRED,
											() -> flux(Step.FLAT_MAP, db.from("t").select().stream(Item.class))
												.map((item) -> value(Step.MAP, item))))))
					.map((item) -> value(Step.BEHIND, item))
					.subscribe(signals);
			}

		},
		BLOCKING {

			@Override
			void run(PooledClient client, Signals signals) {
				Thread thread = new Thread(() -> {
					signals.runs(Thread.currentThread()::interrupt);
					try {
						signals.onNext(client.blocking().from("t").select().list(Item.class));
						signals.onComplete();
					}
					catch (Throwable ex) {
						signals.onError(ex);
					}
				});
				thread.setDaemon(true);
				thread.start();
			}

		},
		EXCHANGE {

			@Override
			void run(PooledClient client, Signals signals) {
				client.webClient(Lane.READ)
					.get()
					.uri("/rest/v1/t")
					.exchangeToFlux((response) -> response.body(BodyExtractors.toDataBuffers()))
					.doOnNext(DataBufferUtils::release)
					.map((buffer) -> value(Step.BEHIND, buffer))
					.subscribe(signals);
			}

		};

		abstract void run(PooledClient client, Signals signals);

	}

	enum Step {

		ACQUIRE(EnumSet.complementOf(EnumSet.of(Fault.NULL, Fault.EMPTY))),

		TOKEN(EnumSet.allOf(Fault.class)),

		INTERCEPTOR(EnumSet.allOf(Fault.class)),

		INTERCEPTED(EnumSet.allOf(Fault.class)),

		CALLBACK(EnumSet.allOf(Fault.class)),

		DEFERRED(EnumSet.allOf(Fault.class)),

		FILTER(EnumSet.allOf(Fault.class)),

		REQUEST(EnumSet.allOf(Fault.class)),

		BODY(EnumSet.complementOf(EnumSet.of(Fault.EMPTY))),

		HEADERS(EnumSet.allOf(Fault.class)),

		ELEMENT(EnumSet.complementOf(EnumSet.of(Fault.NULL))),

		DECODING(EnumSet.complementOf(EnumSet.of(Fault.NULL, Fault.EMPTY, Fault.NEVER, Fault.REVOKED))),

		FLAT_MAP(EnumSet.allOf(Fault.class)),

		MAP(EnumSet.complementOf(EnumSet.of(Fault.EMPTY, Fault.NEVER, Fault.REVOKED))),

		BEHIND(EnumSet.complementOf(EnumSet.of(Fault.EMPTY, Fault.NEVER, Fault.REVOKED))),

		RELEASE(EnumSet.complementOf(EnumSet.of(Fault.NULL, Fault.EMPTY, Fault.NEVER))),

		LISTENER(EnumSet.complementOf(EnumSet.of(Fault.NULL, Fault.EMPTY, Fault.NEVER)));

		private final Set<Fault> faults;

		Step(Set<Fault> faults) {
			this.faults = faults;
		}

		/**
		 * Only a {@code WebClient} has filters. An exchange passes one in each mode, and
		 * is not tried twice.
		 */
		boolean isPartOfDirect(Shape shape) {
			boolean inFilter = this == FILTER || this == REQUEST || this == BODY || this == HEADERS || this == ELEMENT;
			return shape != Shape.EXCHANGE && !inFilter;
		}

		boolean isPartOf(Shape shape) {
			return switch (this) {
				case FLAT_MAP, MAP, CALLBACK, DEFERRED -> shape == Shape.MONO || shape == Shape.FLUX;
				case FILTER, HEADERS, ELEMENT, DECODING -> shape != Shape.EXCHANGE;
				case BEHIND -> shape != Shape.BLOCKING;
				default -> true;
			};
		}

	}

	enum Fault {

		RUNTIME_EXCEPTION, ERROR, OUT_OF_MEMORY, STACK_OVERFLOW, NEVER, CANCEL, REVOKED, LOST, NULL, EMPTY

	}

	private enum Then {

		GO_ON, NEVER, NULL, EMPTY

	}

	private record Cell(Step step, Fault fault, Signals signals, EveryOperationEndsTests test, AtomicBoolean begun) {

		Cell(Step step, Fault fault, Signals signals, EveryOperationEndsTests test) {
			this(step, fault, signals, test, new AtomicBoolean());
		}

		Then begin() {
			switch (this.fault) {
				case RUNTIME_EXCEPTION -> throw new IllegalStateException("fault");
				case ERROR -> throw new AssertionError("fault");
				case OUT_OF_MEMORY -> throw new OutOfMemoryError("fault");
				case STACK_OVERFLOW -> throw new StackOverflowError("fault");
				case CANCEL -> {
					this.signals.cancel();
					return Then.EMPTY;
				}
				case LOST -> this.test.cutAll();
				case REVOKED -> {
					return this.test.revokeAll() ? Then.NEVER : Then.GO_ON;
				}
				case NEVER -> {
					return Then.NEVER;
				}
				case NULL -> {
					return Then.NULL;
				}
				case EMPTY -> {
					return Then.EMPTY;
				}
			}
			return Then.GO_ON;
		}

	}

	private void cutAll() {
		try {
			this.server.cutAll();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private boolean revokeAll() {
		ConnectionPool<?> pool = this.client.pool(Lane.READ);
		return pool.leases().stream().filter((lease) -> pool.revoke(lease.id())).count() > 0;
	}

	private static final class Listener implements PoolListener {

		@Override
		public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
			if (!owner.operation().equals("other")) {
				hit(Step.ACQUIRE);
			}
		}

		@Override
		public void onLeaseReleased(LeaseOwner owner, Duration held) {
			hit(Step.RELEASE);
		}

	}

	private static final class Interceptor implements OperationInterceptor {

		@Override
		public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
			return switch (hit(Step.INTERCEPTOR)) {
				case GO_ON -> (attempt instanceof Mono<T> mono) ? mono(Step.INTERCEPTED, mono)
						: flux(Step.INTERCEPTED, Flux.from(attempt));
				case NEVER -> Mono.never();
				case EMPTY -> Mono.empty();
				case NULL -> null;
			};
		}

	}

	/**
	 * Counts the signals of an operation.
	 */
	private static final class Signals implements CoreSubscriber<Object> {

		private final CountDownLatch ended = new CountDownLatch(1);

		private final AtomicInteger terminal = new AtomicInteger();

		private final AtomicBoolean cancelled = new AtomicBoolean();

		private volatile Runnable cancel = () -> {
		};

		void runs(Runnable cancel) {
			this.cancel = cancel;
		}

		void cancel() {
			this.cancelled.set(true);
			this.cancel.run();
			this.ended.countDown();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			runs(subscription::cancel);
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(Object item) {
		}

		@Override
		public void onError(Throwable failure) {
			this.terminal.incrementAndGet();
			this.ended.countDown();
		}

		@Override
		public void onComplete() {
			this.terminal.incrementAndGet();
			this.ended.countDown();
		}

	}

}
