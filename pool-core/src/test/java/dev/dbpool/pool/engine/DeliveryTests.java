package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How asynchronous callers get their leases, and who has to run for it.
 */
class DeliveryTests extends PoolTestSupport {

	@Test
	void callersThatReleaseInTheirCallbacksDoNotGrowTheStack() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).maxPending(100_000));
		Lease<Connection> held = pool.acquire(OWNER);
		AtomicInteger depth = new AtomicInteger();
		AtomicInteger deepest = new AtomicInteger();
		AtomicInteger served = new AtomicInteger();
		for (int i = 0; i < 20_000; i++) {
			pool.acquire(OWNER, SECOND, new OnLease((lease) -> {
				served.incrementAndGet();
				deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
				lease.close();
				depth.decrementAndGet();
			}));
		}
		held.close();
		this.time.advance(Duration.ZERO);
		assertThat(served).hasValue(20_000);
		assertThat(deepest).hasValue(1);
	}

	@Test
	void callersAreCalledBackInOrderOfArrival() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).maxPending(1000));
		Lease<Connection> held = pool.acquire(OWNER);
		List<Integer> order = new ArrayList<>();
		for (int i = 0; i < 500; i++) {
			int number = i;
			pool.acquire(OWNER, SECOND, new OnLease((lease) -> {
				order.add(number);
				lease.close();
			}));
		}
		held.close();
		this.time.advance(Duration.ZERO);
		assertThat(order).containsExactlyElementsOf(IntStream.range(0, 500).boxed().toList());
	}

	@Test
	void aReleaseReturnsThoughCallersComeBackWithoutEnd() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> held = pool.acquire(OWNER);
		AtomicBoolean stopped = new AtomicBoolean();
		AtomicInteger served = new AtomicInteger();
		comeBack(pool, stopped, served);
		comeBack(pool, stopped, served);
		held.close();
		assertThat(served.get()).isBetween(1, 1000);
		int before = served.get();
		stopped.set(true);
		this.time.advance(Duration.ZERO);
		assertThat(served.get()).isGreaterThan(before);
	}

	private void comeBack(ConnectionPool<Connection> pool, AtomicBoolean stopped, AtomicInteger served) {
		pool.acquire(OWNER, SECOND, new OnLease((lease) -> {
			if (served.incrementAndGet() > 5_000) {
				stopped.set(true);
			}
			if (!stopped.get()) {
				comeBack(pool, stopped, served);
			}
			lease.close();
		}));
	}

	@Test
	void allAreServedBeforeTheFirstIsCalledBack() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		List<Lease<Connection>> held = List.of(pool.acquire(OWNER), pool.acquire(OWNER));
		pool.suspend();
		List<Integer> waitingDuringCallbacks = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			pool.acquire(OWNER, SECOND, new OnLease((lease) -> {
				waitingDuringCallbacks.add(pool.snapshot().pending());
				lease.close();
			}));
		}
		held.forEach(Lease::close);
		pool.resume();
		assertThat(waitingDuringCallbacks).containsExactly(0, 0);
	}

	@Test
	void anExecutorThatFailsWithAnErrorLosesNoLease() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).executor((task) -> {
			throw new InternalError("no thread left");
		}));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		held.close();
		assertThat(waiter.lease).isNotNull();
		waiter.lease.close();
	}

	@Test
	void anExecutorThatFailsThoughItRanTheCallbackDeliversOnce() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).executor((task) -> {
			task.run();
			throw new IllegalStateException("too late");
		}));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		held.close();
		assertThat(waiter.calls).hasValue(1);
	}

	@Test
	void callbacksThatFindTooManyThreadsBusyDoNotGrowTheStack() throws Exception {
		int busy = 16;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(busy + 1).maxPending(100_000).listener(PoolListener.NONE));
		List<Lease<Connection>> held = Stream.generate(() -> pool.acquire(OWNER)).limit(busy + 1).toList();
		CountDownLatch end = new CountDownLatch(1);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < busy; i++) {
			CountDownLatch begun = new CountDownLatch(1);
			pool.acquire(OWNER, SECOND, new OnLease((lease) -> {
				begun.countDown();
				await(end);
				lease.close();
			}));
			Thread thread = new Thread(held.get(i)::close);
			thread.start();
			await(begun);
			threads.add(thread);
		}
		AtomicInteger depth = new AtomicInteger();
		AtomicInteger deepest = new AtomicInteger();
		AtomicInteger served = new AtomicInteger();
		for (int i = 0; i < 20_000; i++) {
			pool.acquire(OWNER, SECOND, new OnLease((lease) -> {
				served.incrementAndGet();
				deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
				lease.close();
				depth.decrementAndGet();
			}));
		}
		held.get(busy).close();
		this.time.advance(Duration.ZERO);
		end.countDown();
		for (Thread thread : threads) {
			thread.join();
		}
		assertThat(served).hasValue(20_000);
		assertThat(deepest).hasValue(1);
		assertThat(pool.snapshot().idle()).isEqualTo(busy + 1);
	}

	@Test
	void anExecutorWithThreadsOfItsOwnRunsAsManyCallbacksTogetherAsItLikes() throws Exception {
		int callers = 40;
		ExecutorService executor = Executors.newCachedThreadPool();
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(callers).executor(executor).listener(PoolListener.NONE));
		CountDownLatch allRun = new CountDownLatch(callers);
		pool.suspend();
		for (int i = 0; i < callers; i++) {
			pool.acquire(OWNER, SECOND, new OnLease((lease) -> {
				allRun.countDown();
				await(allRun);
				lease.close();
			}));
		}
		pool.resume();
		executor.shutdown();
		assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
		assertThat(allRun.getCount()).isZero();
	}

	@Test
	void nonBlockingCallbacksTakeLeasesOnTheReleasingThreadAndFailuresOnTheExecutor() {
		List<Runnable> handedOver = new ArrayList<>();
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).executor(handedOver::add));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease served = new CapturedLease(true);
		CapturedLease late = new CapturedLease(true);
		pool.acquire(OWNER, SECOND, served);
		pool.acquire(OWNER, SECOND, late);
		held.close();
		assertThat(served.lease).isNotNull();
		assertThat(handedOver).isEmpty();
		this.time.advance(SECOND);
		assertThat(late.failure).isNull();
		handedOver.forEach(Runnable::run);
		assertThat(late.failure).isNotNull();
		served.lease.close();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private record OnLease(Consumer<Lease<Connection>> action) implements LeaseCallback<Connection> {

		@Override
		public void onLease(Lease<Connection> lease) {
			this.action.accept(lease);
		}

		@Override
		public void onFailure(PoolException cause) {
			throw new AssertionError(cause);
		}

	}

}
