package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import dev.dbpool.pool.AcquireInterruptedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.StringConnector;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BlockingAcquireTests {

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final ConnectionPool<String> pool = ConnectionPool
		.create(PoolOptions.builder("test").maxConnections(1).build(), new StringConnector());

	@AfterEach
	void closePool() {
		assertThat(this.pool.close(Duration.ZERO).toCompletableFuture()).succeedsWithin(Duration.ofSeconds(5));
		assertThat(this.pool.snapshot().acquired()).isEqualTo(this.pool.snapshot().released());
	}

	@Test
	void aBlockedThreadIsServedWhenTheConnectionComesBack() throws Exception {
		Lease<String> held = this.pool.acquire(OWNER);
		FutureTask<Lease<String>> waiter = blockInAcquire();
		held.close();
		assertThat(waiter.get().isActive()).isTrue();
	}

	@Test
	void aBlockedThreadTimesOut() {
		try (Lease<String> held = this.pool.acquire(OWNER)) {
			assertThatExceptionOfType(AcquireTimeoutException.class)
				.isThrownBy(() -> this.pool.acquire(OWNER, Duration.ofMillis(20)));
			assertThat(held.isActive()).isTrue();
		}
		assertThat(this.pool.snapshot().pending()).isZero();
	}

	@Test
	void aBlockedThreadCanBeInterrupted() throws Exception {
		try (Lease<String> held = this.pool.acquire(OWNER)) {
			boolean[] statusKept = new boolean[1];
			FutureTask<Lease<String>> task = new FutureTask<>(() -> {
				try {
					return this.pool.acquire(OWNER);
				}
				finally {
					statusKept[0] = Thread.currentThread().isInterrupted();
				}
			});
			Thread thread = startAndAwaitPark(task);
			thread.interrupt();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(task::get)
				.withCauseInstanceOf(AcquireInterruptedException.class);
			assertThat(statusKept[0]).isTrue();
			assertThat(held.isActive()).isTrue();
		}
		assertThat(this.pool.snapshot().pending()).isZero();
	}

	@Test
	void aBlockedThreadIsRefusedWhenThePoolIsClosed() throws Exception {
		try (Lease<String> held = this.pool.acquire(OWNER)) {
			FutureTask<Lease<String>> waiter = blockInAcquire();
			this.pool.close(Duration.ofSeconds(5));
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(waiter::get)
				.withCauseInstanceOf(PoolClosedException.class);
			assertThat(held.isActive()).isTrue();
		}
	}

	@Test
	void threadsAndAsynchronousCallersAreServedInOrderOfArrival() throws Exception {
		Lease<String> held = this.pool.acquire(OWNER);
		Duration timeout = Duration.ofSeconds(30);
		List<Future<Lease<String>>> callers = List.of(this.pool.acquireAsync(LeaseOwner.of("first"), timeout),
				blockInAcquire(LeaseOwner.of("second")), this.pool.acquireAsync(LeaseOwner.of("third"), timeout),
				blockInAcquire(LeaseOwner.of("fourth")));
		List<String> served = new ArrayList<>();
		for (Future<Lease<String>> caller : callers) {
			held.close();
			this.pool.leases().forEach((lease) -> served.add(lease.owner().operation()));
			held = caller.get(10, TimeUnit.SECONDS);
		}
		held.close();
		assertThat(served).containsExactly("first", "second", "third", "fourth");
	}

	private FutureTask<Lease<String>> blockInAcquire() {
		return blockInAcquire(OWNER);
	}

	private FutureTask<Lease<String>> blockInAcquire(LeaseOwner owner) {
		FutureTask<Lease<String>> task = new FutureTask<>(() -> this.pool.acquire(owner));
		startAndAwaitPark(task);
		return task;
	}

	/**
	 * Waits until a thread sleeps in the queue. Before that it may be counted as waiting
	 * and not have joined the queue.
	 */
	private Thread startAndAwaitPark(FutureTask<?> task) {
		Thread thread = new Thread(task);
		thread.start();
		Awaitility.await().until(thread::getState, Thread.State.TIMED_WAITING::equals);
		return thread;
	}

}
