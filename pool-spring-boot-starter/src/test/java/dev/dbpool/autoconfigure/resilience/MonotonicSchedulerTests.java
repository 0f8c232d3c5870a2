package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

class MonotonicSchedulerTests {

	private final VirtualTimeScheduler machine = VirtualTimeScheduler.create();

	private final MonotonicScheduler scheduler = new MonotonicScheduler(this.machine);

	@Test
	void timeIsThatOfTheJvmWhateverTheClockOfTheMachineIsSetTo() {
		long before = this.scheduler.now(TimeUnit.NANOSECONDS);
		this.machine.advanceTimeBy(Duration.ofDays(1));
		assertThat(Duration.ofNanos(this.scheduler.now(TimeUnit.NANOSECONDS) - before)).isBetween(Duration.ZERO,
				Duration.ofHours(1));
	}

	@Test
	void tasksRunOnTheOtherScheduler() {
		AtomicInteger runs = new AtomicInteger();
		this.scheduler.schedule(runs::incrementAndGet);
		this.scheduler.schedule(runs::incrementAndGet, 1, TimeUnit.SECONDS);
		Mono.delay(Duration.ofSeconds(2), this.scheduler).subscribe((tick) -> runs.incrementAndGet());
		Mono.fromRunnable(runs::incrementAndGet).subscribeOn(this.scheduler).subscribe();
		assertThat(runs).hasValue(2);
		this.machine.advanceTimeBy(Duration.ofSeconds(2));
		assertThat(runs).hasValue(4);
		this.scheduler.schedulePeriodically(runs::incrementAndGet, 0, 1, TimeUnit.SECONDS);
		this.machine.advanceTimeBy(Duration.ofSeconds(2));
		assertThat(runs).hasValue(7);
	}

}
