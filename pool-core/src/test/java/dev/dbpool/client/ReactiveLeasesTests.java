package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.StringConnector;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
@Tag("proof")
@Tag("slow")
class ReactiveLeasesTests {

	private static final int ROUNDS = Integer.getInteger("dbpool.lease.rounds", 400);

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
	void eachSubscriptionGetsALeaseThatItsReceiverCloses() {
		Mono<Lease<String>> lease = ReactiveLeases.acquire(this.pool, OWNER);
		for (int i = 0; i < 2; i++) {
			StepVerifier.create(lease).assertNext((held) -> {
				assertThat(held.owner()).isEqualTo(OWNER);
				assertThat(this.pool.snapshot().active()).isOne();
				held.close();
			}).verifyComplete();
		}
	}

	@Test
	void nothingIsAcquiredBeforeItIsRequested() {
		StepVerifier.create(ReactiveLeases.acquire(this.pool, OWNER), 0)
			.expectSubscription()
			.then(() -> assertThat(this.pool.snapshot().created()).isZero())
			.thenRequest(1)
			.consumeNextWith(Lease::close)
			.verifyComplete();
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1, Long.MIN_VALUE })
	void aRequestForNothingIsIgnored(long n) {
		Requesting subscriber = new Requesting(n);
		ReactiveLeases.acquire(this.pool, OWNER).subscribe(subscriber);
		assertThat(this.pool.snapshot().created()).isZero();
		subscriber.upstream().request(1);
		assertThat(subscriber.received).succeedsWithin(Duration.ofSeconds(5)).satisfies(Lease::close);
	}

	@Test
	void waitsNoLongerThanTheAcquireTimeout() {
		ConnectionPool<String> impatient = pool(Duration.ofMillis(50));
		Lease<String> held = impatient.acquire(OWNER, Duration.ofSeconds(5));
		StepVerifier.create(ReactiveLeases.acquire(impatient, OWNER)).verifyError(AcquireTimeoutException.class);
		held.close();
		impatient.close();
	}

	@Test
	void aClosedPoolIsAnError() {
		this.pool.close(Duration.ZERO);
		StepVerifier.create(ReactiveLeases.acquire(this.pool, OWNER)).verifyError(PoolClosedException.class);
	}

	@Test
	void aLeaseThatIsCancelledWhileItIsHandedOverIsNotLost() {
		for (int i = 0; i < ROUNDS; i++) {
			Lease<String> held = this.pool.acquire(OWNER);
			Disposable waiter = Mono
				.usingWhen(ReactiveLeases.acquire(this.pool, OWNER), (lease) -> Mono.never(),
						(lease) -> Mono.fromRunnable(lease::close))
				.subscribe();
			CompletableFuture<Void> closing = CompletableFuture.runAsync(held::close);
			spin(i % 200);
			waiter.dispose();
			closing.join();
		}
	}

	private static void spin(int rounds) {
		for (int i = 0; i < rounds * 20; i++) {
			Thread.onSpinWait();
		}
	}

	private static final class Requesting extends BaseSubscriber<Lease<String>> {

		private final CompletableFuture<Lease<String>> received = new CompletableFuture<>();

		private final long first;

		Requesting(long first) {
			this.first = first;
		}

		@Override
		public Subscription upstream() {
			return super.upstream();
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			subscription.request(this.first);
		}

		@Override
		protected void hookOnNext(Lease<String> lease) {
			this.received.complete(lease);
		}

	}

}
