package dev.dbpool.autoconfigure.alert;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.LogLines;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.autoconfigure.alert.PoolAlert.State;
import dev.dbpool.autoconfigure.alert.PoolAlert.Type;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import static org.assertj.core.api.Assertions.assertThat;

class AlertStateTests {

	private static final Optional<String> REASON = Optional.of("10 callers wait");

	private final AlertState alert = new AlertState("default", Type.EXHAUSTED, Duration.ofSeconds(5),
			Duration.ofMinutes(5));

	private Instant now = Instant.EPOCH;

	private long nanoTime = Long.MAX_VALUE;

	@Test
	void isRaisedOnceTheReasonHasLastedForTheDelay() {
		assertThat(after(0, REASON)).isEmpty();
		assertThat(after(4, REASON)).isEmpty();
		assertThat(after(1, REASON)).hasValueSatisfying((raised) -> {
			assertThat(raised.state()).isEqualTo(State.RAISED);
			assertThat(raised.message()).isEqualTo("10 callers wait");
			assertThat(raised.lasted()).isEqualTo(Duration.ofSeconds(5));
		});
		assertThat(after(60, REASON)).isEmpty();
		assertThat(this.alert.active()).isPresent();
	}

	@Test
	void aShortReasonRaisesNothing() {
		after(0, REASON);
		after(4, Optional.empty());
		assertThat(after(1, REASON)).isEmpty();
		assertThat(after(4, REASON)).isEmpty();
		assertThat(after(1, REASON)).isPresent();
	}

	@Test
	void isResolvedOnceTheReasonIsOverForTheDelay() {
		raise();
		assertThat(after(1, Optional.empty())).isEmpty();
		assertThat(after(3, REASON)).isEmpty();
		assertThat(after(1, Optional.empty())).isEmpty();
		assertThat(after(5, Optional.empty())).hasValueSatisfying((resolved) -> {
			assertThat(resolved.state()).isEqualTo(State.RESOLVED);
			assertThat(resolved.lasted()).isEqualTo(Duration.ofSeconds(15));
		});
		assertThat(this.alert.active()).isEmpty();
		assertThat(after(1, Optional.empty())).isEmpty();
	}

	@Test
	void isNotRaisedAgainWithinTheCoolDown() {
		raise();
		after(1, Optional.empty());
		after(5, Optional.empty());
		after(1, REASON);
		assertThat(after(60, REASON)).isEmpty();
		assertThat(after(300, REASON)).isPresent();
	}

	@Test
	void aClockThatIsSetBackChangesNoDelay() {
		after(0, REASON);
		setClockBack(2);
		assertThat(after(1, REASON)).isEmpty();
		setClockBack(3600);
		assertThat(after(3, REASON)).isEmpty();
		PoolAlert raised = after(1, REASON).orElseThrow();
		assertThat(raised.lasted()).isEqualTo(Duration.ofSeconds(5));
		setClockBack(3600);
		assertThat(after(1, Optional.empty())).isEmpty();
		setClockBack(3600);
		assertThat(after(4, Optional.empty())).isEmpty();
		PoolAlert resolved = after(1, Optional.empty()).orElseThrow();
		assertThat(resolved.lasted()).isEqualTo(Duration.ofSeconds(11));
		assertThat(resolved.since()).isEqualTo(raised.since());
	}

	@Test
	void aClockThatIsSetBackDoesNotChangeTheCoolDown() {
		raise();
		after(1, Optional.empty());
		assertThat(after(5, Optional.empty())).isPresent();
		setClockBack(3600);
		after(1, REASON);
		assertThat(after(292, REASON)).isEmpty();
		assertThat(after(1, REASON)).isPresent();
	}

	@Test
	void theTextOfTheEndNamesTheTimeThatHasPassedIfTheClockIsSetBack() {
		raise();
		setClockBack(3600);
		after(1, Optional.empty());
		PoolAlert resolved = after(5, Optional.empty()).orElseThrow();
		DatabasePools pools = Mockito.mock(DatabasePools.class);
		try (LogLines lines = LogLines.of(PoolAlerts.class.getName())) {
			new PoolAlerts(pools, (pool) -> Mockito.mock(AlertConditions.class), (event) -> {
			}, new PoolEvents(), List.of()).publish(resolved);
			assertThat(lines.get())
				.containsExactly("INFO Alert EXHAUSTED of pool 'default' resolved after 11s: 10 callers wait");
		}
		assertThat(new WebhookNotifier(pools, "", Duration.ZERO).text(resolved))
			.startsWith(":white_check_mark: *EXHAUSTED* resolved after 11s,");
	}

	private void raise() {
		after(0, REASON);
		assertThat(after(5, REASON)).isPresent();
	}

	private void setClockBack(int seconds) {
		this.now = this.now.minusSeconds(seconds);
	}

	private Optional<PoolAlert> after(int seconds, Optional<String> reason) {
		this.now = this.now.plusSeconds(seconds);
		this.nanoTime += Duration.ofSeconds(seconds).toNanos();
		return this.alert.update(reason, this.now, this.nanoTime);
	}

}
