package dev.dbpool.autoconfigure.resilience;

import java.lang.Thread.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class RetryBudgetTests {

	private long now = Duration.ofHours(1).toNanos();

	@Test
	void reserveServesAPoolWithoutTraffic() {
		RetryBudget budget = budget(0.2, 10);
		assertThat(withdrawals(budget)).isEqualTo(100);
		assertThat(budget.refused()).isEqualTo(1);
		assertThat(budget.remaining()).isZero();
	}

	@Test
	void retriesAreAShareOfTheOperations() {
		RetryBudget budget = budget(0.2, 0);
		operations(budget, 50);
		assertThat(withdrawals(budget)).isEqualTo(10);
	}

	@Test
	void windowSlides() {
		RetryBudget budget = budget(0.5, 0);
		operations(budget, 10);
		pass(5);
		operations(budget, 20);
		assertThat(budget.remaining()).isEqualTo(15);
		pass(5);
		assertThat(budget.remaining()).isEqualTo(10);
		assertThat(withdrawals(budget)).isEqualTo(10);
		pass(9);
		operations(budget, 30);
		assertThat(budget.remaining()).isEqualTo(5);
		pass(1);
		assertThat(budget.remaining()).isEqualTo(15);
	}

	@Test
	void nothingIsLeftOfAWindowLongAgo() {
		RetryBudget budget = budget(1, 0);
		operations(budget, 10);
		pass(1000);
		assertThat(budget.remaining()).isZero();
	}

	@Test
	void retriesThatOutliveTheirOperationsAreNoDebtToReport() {
		RetryBudget budget = budget(1, 0);
		operations(budget, 10);
		pass(5);
		assertThat(withdrawals(budget)).isEqualTo(10);
		pass(5);
		assertThat(budget.remaining()).isZero();
		operations(budget, 10);
		assertThat(budget.remaining()).isZero();
		operations(budget, 5);
		assertThat(budget.remaining()).isEqualTo(5);
	}

	@Test
	void twoThreadsDoNotTakeTheSameRetry() throws InterruptedException {
		AtomicReference<RetryBudget> shared = new AtomicReference<>();
		AtomicInteger readings = new AtomicInteger(-1);
		AtomicBoolean takenByOther = new AtomicBoolean();
		Thread other = new Thread(() -> takenByOther.set(shared.get().tryWithdraw()));
		Thread own = Thread.currentThread();
		RetryBudget budget = new RetryBudget(1, 0, () -> {
			if (Thread.currentThread() == own && readings.incrementAndGet() == 2) {
				other.start();
				await().until(() -> other.getState() == State.BLOCKED || other.getState() == State.TERMINATED);
			}
			return this.now;
		});
		shared.set(budget);
		operations(budget, 1);
		assertThat(budget.tryWithdraw()).isTrue();
		other.join();
		assertThat(takenByOther).isFalse();
	}

	@Test
	void threadThatHasReadTheClockLongAgoDeletesNothing() {
		RetryBudget budget = budget(1, 0);
		pass(RetryBudget.WINDOW_SECONDS);
		operations(budget, 10);
		pass(-RetryBudget.WINDOW_SECONDS);
		operations(budget, 1);
		pass(RetryBudget.WINDOW_SECONDS);
		assertThat(budget.remaining()).isEqualTo(11);
	}

	private RetryBudget budget(double ratio, int minPerSecond) {
		return new RetryBudget(ratio, minPerSecond, () -> this.now);
	}

	private static void operations(RetryBudget budget, int number) {
		for (int i = 0; i < number; i++) {
			budget.deposit();
		}
	}

	private static int withdrawals(RetryBudget budget) {
		int number = 0;
		while (budget.tryWithdraw()) {
			number++;
		}
		return number;
	}

	private void pass(int seconds) {
		this.now += Duration.ofSeconds(seconds).toNanos();
	}

}
