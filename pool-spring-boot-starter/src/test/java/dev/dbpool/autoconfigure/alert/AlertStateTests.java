package dev.dbpool.autoconfigure.alert;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import dev.dbpool.autoconfigure.alert.PoolAlert.State;
import dev.dbpool.autoconfigure.alert.PoolAlert.Type;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AlertStateTests {

	private static final Optional<String> REASON = Optional.of("10 callers wait");

	private final AlertState alert = new AlertState("default", Type.EXHAUSTED, Duration.ofSeconds(5),
			Duration.ofMinutes(5));

	private Instant now = Instant.EPOCH;

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
	void aClockThatIsSetBackHoldsNoAlertBack() {
		raise();
		after(-3600, Optional.empty());
		assertThat(after(5, Optional.empty())).isPresent();
		after(1, REASON);
		assertThat(after(5, REASON)).isPresent();
	}

	private void raise() {
		after(0, REASON);
		assertThat(after(5, REASON)).isPresent();
	}

	private Optional<PoolAlert> after(int seconds, Optional<String> reason) {
		this.now = this.now.plusSeconds(seconds);
		return this.alert.update(reason, this.now);
	}

}
