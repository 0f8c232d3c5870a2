package dev.dbpool.autoconfigure.health;

import java.time.Duration;

import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

import dev.dbpool.client.OperationOutcome;
import dev.dbpool.client.OperationOutcome.Result;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ErrorWindowTests {

	private final AtomicLong clock = new AtomicLong(-5_000_000_000L);

	private final ErrorWindow window = new ErrorWindow(Duration.ofSeconds(10), this.clock::get);

	@Test
	void countsOperationsRetriesAndErrors() {
		this.window.onEnd(outcome(Result.SUCCESS, 1, null));
		this.window.onEnd(outcome(Result.SUCCESS, 3, null));
		this.window.onEnd(outcome(Result.FAILURE, 1, new TimeoutException()));
		this.window.onEnd(outcome(Result.FAILURE, 1, new IllegalArgumentException()));
		ErrorWindow.Counts counts = this.window.counts();
		assertThat(counts.operations()).isEqualTo(4);
		assertThat(counts.retries()).isEqualTo(2);
		assertThat(counts.errors()).isEqualTo(1);
	}

	@Test
	void forgetsWhatIsOlderThanItsLength() {
		this.window.onEnd(outcome(Result.SUCCESS, 2, null));
		this.clock.addAndGet(Duration.ofSeconds(9).toNanos());
		this.window.onEnd(outcome(Result.SUCCESS, 1, null));
		assertThat(this.window.counts().operations()).isEqualTo(2);
		this.clock.addAndGet(Duration.ofSeconds(1).toNanos());
		assertThat(this.window.counts().operations()).isEqualTo(1);
		assertThat(this.window.counts().retries()).isZero();
		this.clock.addAndGet(Duration.ofSeconds(60).toNanos());
		this.window.onEnd(outcome(Result.SUCCESS, 1, null));
		assertThat(this.window.counts().operations()).isEqualTo(1);
	}

	@Test
	void threadThatHasReadTheClockLongAgoDeletesNothing() {
		this.clock.addAndGet(Duration.ofSeconds(10).toNanos());
		this.window.onEnd(outcome(Result.SUCCESS, 1, null));
		this.clock.addAndGet(-Duration.ofSeconds(10).toNanos());
		this.window.onEnd(outcome(Result.SUCCESS, 1, null));
		this.clock.addAndGet(Duration.ofSeconds(10).toNanos());
		assertThat(this.window.counts().operations()).isEqualTo(2);
	}

	private static OperationOutcome outcome(Result result, int attempts, Throwable failure) {
		return new OperationOutcome(null, result, attempts, Duration.ofMillis(1), Duration.ZERO, Duration.ZERO, null,
				failure);
	}

}
