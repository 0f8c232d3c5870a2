package dev.dbpool.transport;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When connections are used without a probe, on virtual time.
 */
class KeepAliveTests {

	private final AtomicLong clock = new AtomicLong();

	private final KeepAlive keepAlive = new KeepAlive(Origin.of(URI.create("http://localhost")), this.clock::get);

	@Test
	void oneConnectionThatIsClosedShowsNothing() {
		closed(2);
		this.keepAlive.keptOpen();
		closed(2);
		assertThat(this.keepAlive.isMissing()).isFalse();
		assertThat(this.keepAlive.forbidsProbe()).isFalse();
	}

	@Test
	void severalInARowForbidProbesForAMinute() {
		closed(3);
		assertThat(this.keepAlive.isMissing()).isTrue();
		pass(Duration.ofSeconds(59));
		assertThat(this.keepAlive.forbidsProbe()).isTrue();
		pass(Duration.ofSeconds(1));
		assertThat(this.keepAlive.forbidsProbe()).isFalse();
		assertThat(this.keepAlive.isMissing()).isTrue();
	}

	@Test
	void aProbeThatIsClosedAgainForbidsThemForAnotherMinute() {
		closed(3);
		pass(Duration.ofSeconds(60));
		closed(1);
		assertThat(this.keepAlive.forbidsProbe()).isTrue();
	}

	@Test
	void aConnectionThatStaysOpenEndsIt() {
		closed(3);
		pass(Duration.ofSeconds(60));
		this.keepAlive.keptOpen();
		assertThat(this.keepAlive.isMissing()).isFalse();
		closed(2);
		assertThat(this.keepAlive.isMissing()).isFalse();
	}

	private void closed(int times) {
		for (int i = 0; i < times; i++) {
			this.keepAlive.closedAfterAnswer();
		}
	}

	private void pass(Duration time) {
		this.clock.addAndGet(time.toNanos());
	}

}
