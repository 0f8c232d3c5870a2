package dev.dbpool.autoconfigure.activity;

import java.time.Duration;
import java.util.Optional;

import dev.dbpool.pool.PoolSnapshot;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PoolSamplerTests {

	private final PoolSampler.History history = new PoolSampler.History();

	@Test
	void knowsNothingAtFirst() {
		assertThat(this.history.utilization(60)).isZero();
		assertThat(this.history.leaks(60)).isZero();
	}

	@Test
	void utilizationIsTheMeanOfTheWindow() {
		add(4, 0, 60);
		add(0, 0, 30);
		assertThat(this.history.utilization(60)).isEqualTo(0.5);
		assertThat(this.history.utilization(30)).isZero();
		assertThat(this.history.utilization(1000)).isEqualTo(60.0 / 300);
	}

	@Test
	void leaksLeaveTheWindow() {
		add(1, 0, 10);
		add(1, 2, 1);
		assertThat(this.history.leaks(300)).isEqualTo(2);
		add(1, 2, 100);
		assertThat(this.history.leaks(60)).isZero();
		assertThat(this.history.leaks(300)).isEqualTo(2);
		add(1, 2, 300);
		assertThat(this.history.leaks(300)).isZero();
	}

	private void add(int active, long leaked, int times) {
		for (int i = 0; i < times; i++) {
			this.history.add(
					new PoolSnapshot("read", 1, 4, 4, active, 4 - active, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, leaked,
							Duration.ZERO, Duration.ZERO, Optional.empty(), Optional.empty(), Optional.empty(), false),
					leaked);
		}
	}

}
