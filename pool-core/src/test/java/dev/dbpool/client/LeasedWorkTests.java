package dev.dbpool.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.StringConnector;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class LeasedWorkTests {

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final ConnectionPool<String> pool = pool(Duration.ofSeconds(30));

	private static ConnectionPool<String> pool(Duration acquireTimeout) {
		return ConnectionPool.create(
				PoolOptions.builder("test").maxConnections(1).acquireTimeout(acquireTimeout).build(),
				new StringConnector());
	}

	@AfterEach
	void nothingIsLost() {
		Awaitility.await().untilAsserted(() -> assertThat(this.pool.snapshot().active()).isZero());
		assertThat(this.pool.close(Duration.ZERO).toCompletableFuture()).succeedsWithin(Duration.ofSeconds(5));
	}

	@Test
	void theLeaseIsHeldForTheWorkAndClosedBeforeTheResult() {
		Mono<String> result = ReactiveLeases.with(this.pool, OWNER, (lease) -> {
			assertThat(lease.owner()).isEqualTo(OWNER);
			assertThat(this.pool.snapshot().active()).isOne();
			return Mono.just(lease.connection());
		});
		assertThat(this.pool.snapshot().created()).isZero();
		for (int i = 0; i < 2; i++) {
			StepVerifier.create(result)
				.assertNext((connection) -> assertThat(this.pool.snapshot().active()).isZero())
				.verifyComplete();
		}
	}

	@Test
	void workWithoutAResultIsEmpty() {
		StepVerifier.create(ReactiveLeases.with(this.pool, OWNER, (lease) -> Mono.empty())).verifyComplete();
	}

	@Test
	void theLeaseIsClosedBeforeAnError() {
		IllegalStateException failure = new IllegalStateException("the work failed");
		List<Mono<Object>> works = List.of(ReactiveLeases.with(this.pool, OWNER, (lease) -> Mono.error(failure)),
				ReactiveLeases.with(this.pool, OWNER, (lease) -> {
					throw failure;
				}));
		for (Mono<Object> work : works) {
			StepVerifier.create(work.doOnError((ex) -> assertThat(this.pool.snapshot().active()).isZero()))
				.verifyErrorSatisfies((ex) -> assertThat(ex).isSameAs(failure));
		}
	}

	@Test
	void workThatReturnsNothingIsAnError() {
		StepVerifier.create(ReactiveLeases.with(this.pool, OWNER, (lease) -> null))
			.verifyError(NullPointerException.class);
	}

	@Test
	void waitsNoLongerThanTheAcquireTimeout() {
		ConnectionPool<String> impatient = pool(Duration.ofMillis(50));
		Lease<String> held = impatient.acquire(OWNER, Duration.ofSeconds(5));
		StepVerifier.create(ReactiveLeases.with(impatient, OWNER, (lease) -> Mono.just(1)))
			.verifyError(AcquireTimeoutException.class);
		held.close();
		impatient.close();
	}

	@Test
	void theWorkSeesTheContextOfTheSubscriber() {
		StepVerifier
			.create(ReactiveLeases
				.with(this.pool, OWNER, (lease) -> Mono.deferContextual((context) -> Mono.just(context.get("key"))))
				.contextWrite(Context.of("key", "value")))
			.expectNext("value")
			.verifyComplete();
	}

	@Test
	void aCancelWhileItWaitsLeavesNoTrace() {
		Lease<String> held = this.pool.acquire(OWNER);
		Disposable waiting = ReactiveLeases.with(this.pool, OWNER, (lease) -> Mono.just(1)).subscribe();
		assertThat(this.pool.snapshot().pending()).isOne();
		waiting.dispose();
		assertThat(this.pool.snapshot().pending()).isZero();
		held.close();
	}

	@Test
	void aCancelEndsTheWorkAndClosesTheLease() {
		Sinks.One<String> answer = Sinks.one();
		List<String> events = new ArrayList<>();
		Disposable working = ReactiveLeases
			.with(this.pool, OWNER, (lease) -> answer.asMono().doOnCancel(() -> events.add("cancelled")))
			.subscribe((value) -> events.add("result"));
		assertThat(this.pool.snapshot().active()).isOne();
		working.dispose();
		assertThat(this.pool.snapshot().active()).isZero();
		answer.tryEmitValue("late");
		assertThat(events).containsExactly("cancelled");
	}

	@Test
	void aCancelWhileTheWorkBeginsEndsIt() {
		AtomicReference<String> use = new AtomicReference<>();
		BaseSubscriber<String> subscriber = new BaseSubscriber<>() {

			@Override
			protected void hookOnNext(String value) {
				use.set("result");
			}

		};
		ReactiveLeases.with(this.pool, OWNER, (lease) -> {
			subscriber.cancel();
			return Mono.fromCallable(() -> {
				use.set("work");
				return lease.connection();
			});
		}).subscribe(subscriber);
		assertThat(use).hasValue(null);
		assertThat(this.pool.snapshot().active()).isZero();
	}

	@Test
	void aLeaseThatWasWaitedForIsUsedOnTheReleasingThread() throws Exception {
		Lease<String> held = this.pool.acquire(OWNER);
		CompletableFuture<Thread> worked = ReactiveLeases
			.with(this.pool, OWNER, (lease) -> Mono.fromCallable(Thread::currentThread))
			.toFuture();
		Thread releasing = new Thread(held::close);
		releasing.start();
		releasing.join();
		assertThat(worked).isCompletedWithValue(releasing);
	}

	@Test
	void aLeaseThatIsCancelledWhileItIsHandedOverIsNotLost() {
		for (int i = 0; i < 400; i++) {
			Lease<String> held = this.pool.acquire(OWNER);
			Disposable waiter = ReactiveLeases.with(this.pool, OWNER, (lease) -> Mono.never()).subscribe();
			CompletableFuture<Void> closing = CompletableFuture.runAsync(held::close);
			for (int spins = 0; spins < i % 200 * 20; spins++) {
				Thread.onSpinWait();
			}
			waiter.dispose();
			closing.join();
		}
	}

}
