package dev.dbpool.pool.engine;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import static org.assertj.core.api.Assertions.assertThat;

class ParkingTests {

	@Test
	void platformThreadIsNotCheapToPark() {
		assertThat(Parking.THREADS.isCheap()).isFalse();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadIsCheapToPark() throws Exception {
		assertThat(onVirtualThread(Parking.THREADS::isCheap)).isTrue();
	}

	/**
	 * It inherits the thread group of all virtual threads.
	 */
	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void platformThreadStartedByAVirtualOneIsNotCheapToPark() throws Exception {
		boolean cheap = onVirtualThread(() -> {
			CompletableFuture<Boolean> result = new CompletableFuture<>();
			new Thread(() -> complete(result, Parking.THREADS::isCheap)).start();
			return result.get(10, TimeUnit.SECONDS);
		});
		assertThat(cheap).isFalse();
	}

	private static boolean onVirtualThread(Callable<Boolean> question) throws Exception {
		CompletableFuture<Boolean> result = new CompletableFuture<>();
		Runnable task = () -> complete(result, question);
		Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
		return result.get(20, TimeUnit.SECONDS);
	}

	private static void complete(CompletableFuture<Boolean> result, Callable<Boolean> question) {
		try {
			result.complete(question.call());
		}
		catch (Throwable ex) {
			result.completeExceptionally(ex);
		}
	}

}
