package dev.dbpool.client;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Deadlines}.
 */
class DeadlinesTests {

	private VirtualTimeScheduler time = VirtualTimeScheduler.create();

	private final Deadlines deadlines = new Deadlines(() -> this.time, this::now);

	private final List<String> passed = new ArrayList<>();

	@Test
	void deadlinePassesAtItsTimeHoweverFarItIs() {
		for (int millis : new int[] { 0, 1, 1_500, 2_000, 2_001, 30_000 }) {
			schedule(millis);
		}
		advanceTo(1_499);
		assertThat(this.passed).containsExactly("0", "1");
		advanceTo(2_000);
		assertThat(this.passed).containsExactly("0", "1", "1500", "2000");
		advanceTo(29_999);
		assertThat(this.passed).containsExactly("0", "1", "1500", "2000", "2001");
		advanceTo(30_000);
		assertThat(this.passed).endsWith("30000");
	}

	@Test
	void deadlineThatIsTakenBackDoesNotPass() {
		Disposable near = schedule(1_000);
		Disposable far = schedule(30_000);
		Disposable almostDue = schedule(10_000);
		near.dispose();
		far.dispose();
		advanceTo(9_900);
		almostDue.dispose();
		advanceTo(60_000);
		assertThat(this.passed).isEmpty();
	}

	@Test
	void deadlineThatIsTakenBackTwiceLeavesTheOthers() {
		schedule(10_000);
		Disposable between = schedule(10_001);
		schedule(10_002);
		between.dispose();
		between.dispose();
		advanceTo(10_002);
		assertThat(this.passed).containsExactly("10000", "10002");
	}

	@Test
	void nothingIsScheduledOnceNoDeadlineIsLeft() {
		schedule(30_000).dispose();
		advanceTo(1_000);
		assertThat(this.time.getScheduledTaskCount()).isOne();
		schedule(30_000);
		advanceTo(31_000);
		assertThat(this.passed).containsExactly("30000");
	}

	@Test
	void deadlinesPassAfterASchedulerWasReplaced() {
		schedule(30_000).dispose();
		VirtualTimeScheduler before = this.time;
		this.time = VirtualTimeScheduler.create();
		this.time.advanceTimeTo(Instant.ofEpochMilli(5_000));
		schedule(10_000);
		advanceTo(15_000);
		assertThat(this.passed).containsExactly("10000");
		before.dispose();
	}

	@Test
	void deadlinesPassInVirtualTimeThatIsAheadOfTheClock() {
		Deadlines standing = new Deadlines(() -> this.time, () -> 0);
		standing.schedule(0, Duration.ofSeconds(30), () -> this.passed.add("30000"));
		advanceTo(29_999);
		assertThat(this.passed).isEmpty();
		advanceTo(30_000);
		assertThat(this.passed).containsExactly("30000");
	}

	private Disposable schedule(int millis) {
		return this.deadlines.schedule(now(), Duration.ofMillis(millis), () -> this.passed.add(String.valueOf(millis)));
	}

	private long now() {
		return this.time.now(TimeUnit.NANOSECONDS);
	}

	private void advanceTo(long millis) {
		this.time.advanceTimeTo(Instant.ofEpochMilli(millis));
	}

}
