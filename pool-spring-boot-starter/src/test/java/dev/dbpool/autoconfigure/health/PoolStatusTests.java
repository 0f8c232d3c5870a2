package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

class PoolStatusTests {

	private static final ErrorWindow.Counts QUIET = counts(1000, 0, 0);

	@Test
	void isUpWhenNothingIsWrong() {
		assertThat(status(Verdict.OK, State.CLOSED, 0, QUIET)).isEqualTo(Status.UP);
	}

	@Test
	void isUnknownBeforeTheFirstCheck() {
		assertThat(PoolStatus.of(Optional.empty(), null, Map.of(), new WaitingWindow(), QUIET, 5, Optional.empty())
			.status()).isEqualTo(Status.UNKNOWN);
	}

	@Test
	void isDownWhenTheCheckFailedOrTheBreakerIsOpen() {
		assertThat(status(Verdict.FAILED, State.CLOSED, 0, QUIET)).isEqualTo(Status.DOWN);
		assertThat(status(Verdict.FAILED, State.HALF_OPEN, 3, QUIET)).isEqualTo(Status.DOWN);
		assertThat(status(Verdict.OK, State.OPEN, 0, QUIET)).isEqualTo(Status.DOWN);
		assertThat(status(Verdict.OK, State.FORCED_OPEN, 0, QUIET)).isEqualTo(Status.DOWN);
	}

	@Test
	void isDegradedWhileTheBreakerTriesOrCallersWait() {
		assertThat(status(Verdict.OK, State.HALF_OPEN, 0, QUIET)).isEqualTo(PoolStatus.DEGRADED);
		assertThat(status(Verdict.OK, State.CLOSED, 1, QUIET)).isEqualTo(PoolStatus.DEGRADED);
	}

	@Test
	void isDownWhenALaneThatWantsAConnectionCannotOpenOne() {
		assertThat(cutOff(1, 0)).isEqualTo(Status.DOWN);
		assertThat(cutOff(0, 1)).isEqualTo(Status.DOWN);
		assertThat(cutOff(0, 0)).isEqualTo(Status.UP);
	}

	@Test
	void isDownWhenCallsAreUnderWayAndNothingIsAnswered() {
		assertThat(silent(1, 0)).isEqualTo(Status.DOWN);
		assertThat(silent(0, 1)).isEqualTo(Status.DOWN);
		assertThat(silent(0, 0)).isEqualTo(Status.UP);
	}

	private static Status cutOff(int min, int pending) {
		return of(Verdict.OK, null, lane(min, 0, pending, "refused"), QUIET, Optional.empty()).status();
	}

	private static Status silent(int active, int pending) {
		return of(Verdict.OK, null, lane(2, active, pending, null), QUIET, Optional.of(Duration.ofSeconds(6))).status();
	}

	@Test
	void isDegradedWhenOneOperationInTwentyIsTroubled() {
		assertThat(status(Verdict.OK, null, 0, counts(60, 1, 2))).isEqualTo(PoolStatus.DEGRADED);
		assertThat(status(Verdict.OK, null, 0, counts(61, 1, 2))).isEqualTo(Status.UP);
		assertThat(status(Verdict.OK, null, 0, counts(2, 1, 1))).isEqualTo(Status.UP);
	}

	@Test
	void reasonCountsInCorrectEnglish() {
		assertThat(of(Verdict.OK, null, 1, QUIET).reason()).hasValue(
				"callers waited for the read lane in 5 of the last 5 seconds (2 of 2 connections leased, 0 opening, 1 waits now)");
		assertThat(of(Verdict.OK, null, 3, QUIET).reason()).hasValue(
				"callers waited for the read lane in 5 of the last 5 seconds (2 of 2 connections leased, 0 opening, 3 wait now)");
		assertThat(of(Verdict.OK, null, 0, counts(20, 1, 2)).reason())
			.hasValue("1 retry and 2 failures of the server in 20 operations within the last 30000ms");
		assertThat(of(Verdict.OK, null, 0, counts(1, 3, 1)).reason())
			.hasValue("3 retries and 1 failure of the server in 1 operation within the last 30000ms");
	}

	private static Status status(Verdict verdict, State breaker, int pending, ErrorWindow.Counts counts) {
		return of(verdict, breaker, pending, counts).status();
	}

	private static PoolStatus of(Verdict verdict, State breaker, int pending, ErrorWindow.Counts counts) {
		return of(verdict, breaker, lane(2, 2, pending, null), counts, Optional.empty());
	}

	private static PoolStatus of(Verdict verdict, State breaker, PoolSnapshot lane, ErrorWindow.Counts counts,
			Optional<Duration> silence) {
		CheckResult check = new CheckResult(Instant.EPOCH, Duration.ZERO, verdict, "reason", false, Optional.empty());
		return PoolStatus.of(Optional.of(check), breaker, Map.of(Lane.READ, lane), waiting(lane), counts, 5, silence);
	}

	private static WaitingWindow waiting(PoolSnapshot lane) {
		WaitingWindow waiting = new WaitingWindow();
		for (int second = 0; second < WaitingWindow.SECONDS; second++) {
			waiting.add(Map.of(Lane.READ, lane));
		}
		return waiting;
	}

	@Test
	void isUpWhileCallersWaitForAMoment() {
		WaitingWindow waiting = new WaitingWindow();
		assertThat(after(waiting, 1)).isEqualTo(Status.UP);
		assertThat(after(waiting, 1)).isEqualTo(Status.UP);
		assertThat(after(waiting, 0)).isEqualTo(Status.UP);
		assertThat(after(waiting, 1)).isEqualTo(PoolStatus.DEGRADED);
		assertThat(after(waiting, 0)).isEqualTo(PoolStatus.DEGRADED);
		assertThat(after(waiting, 0)).isEqualTo(Status.UP);
	}

	private static Status after(WaitingWindow waiting, int pending) {
		Map<Lane, PoolSnapshot> lanes = Map.of(Lane.READ, lane(2, 2, pending, null));
		waiting.add(lanes);
		CheckResult check = new CheckResult(Instant.EPOCH, Duration.ZERO, Verdict.OK, "", true, Optional.empty());
		return PoolStatus.of(Optional.of(check), null, lanes, waiting, QUIET, 5, Optional.empty()).status();
	}

	private static PoolSnapshot lane(int min, int active, int pending, String openFailure) {
		return new PoolSnapshot("read", min, 2, active, active, 0, 0, 0, pending, 2, 0, 2, 0, 0, 0, 0, 0, 0,
				Duration.ZERO, Duration.ZERO, Optional.empty(), Optional.empty(), Optional.ofNullable(openFailure),
				false);
	}

	private static ErrorWindow.Counts counts(long operations, long retries, long errors) {
		return new ErrorWindow.Counts(Duration.ofSeconds(30), operations, retries, errors);
	}

}
