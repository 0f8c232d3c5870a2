package dev.dbpool.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
class DrainLoopTests {

	@Test
	void aCallFromTheTaskMakesItRunOnceMoreAfterwards() {
		List<String> order = new ArrayList<>();
		AtomicReference<DrainLoop> loop = new AtomicReference<>();
		loop.set(new DrainLoop(() -> {
			order.add("begins");
			if (order.size() == 1) {
				loop.get().run();
				loop.get().run();
			}
			order.add("ends");
		}));
		loop.get().run();
		assertThat(order).containsExactly("begins", "ends", "begins", "ends");
	}

	@Test
	void aCallFromAnotherThreadReturnsAndMakesTheFirstRunAgain() throws Exception {
		CountDownLatch began = new CountDownLatch(1);
		CountDownLatch mayEnd = new CountDownLatch(1);
		List<Thread> threads = new ArrayList<>();
		DrainLoop loop = new DrainLoop(() -> {
			threads.add(Thread.currentThread());
			began.countDown();
			await(mayEnd);
		});
		CompletableFuture<Void> first = CompletableFuture.runAsync(loop::run);
		await(began);
		loop.run();
		mayEnd.countDown();
		first.get(10, TimeUnit.SECONDS);
		assertThat(threads).hasSize(2).doesNotContain(Thread.currentThread());
	}

	@Test
	void whatARunThrowsIsThrownAfterTheRunThatAnotherCallAskedFor() {
		AtomicInteger runs = new AtomicInteger();
		AtomicReference<DrainLoop> loop = new AtomicReference<>();
		loop.set(new DrainLoop(() -> {
			if (runs.incrementAndGet() == 1) {
				loop.get().run();
				throw new IllegalStateException("first run");
			}
		}));
		assertThatIllegalStateException().isThrownBy(loop.get()::run).withMessage("first run");
		assertThat(runs).hasValue(2);
		loop.get().run();
		assertThat(runs).hasValue(3);
	}

	@Test
	void whatTheFirstRunThrewIsThrown() {
		AtomicInteger runs = new AtomicInteger();
		AtomicReference<DrainLoop> loop = new AtomicReference<>();
		loop.set(new DrainLoop(() -> {
			if (runs.incrementAndGet() == 1) {
				loop.get().run();
			}
			throw new IllegalStateException("run " + runs);
		}));
		assertThatIllegalStateException().isThrownBy(loop.get()::run).withMessage("run 1");
		assertThat(runs).hasValue(2);
	}

	@Test
	void runsAgainAfterAnErrorOfTheJvm() {
		AtomicInteger runs = new AtomicInteger();
		DrainLoop loop = new DrainLoop(() -> {
			if (runs.incrementAndGet() == 1) {
				throw new StackOverflowError();
			}
		});
		assertThatThrownBy(loop::run).isInstanceOf(StackOverflowError.class);
		loop.run();
		assertThat(runs).hasValue(2);
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
