package dev.dbpool.pool;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PoolOptionsTests {

	@Test
	void minimumGreaterThanMaximumIsRefusedWithBothValues() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> PoolOptions.builder("read").minConnections(30).maxConnections(20).build())
			.withMessage("pool 'read': minConnections (30) is greater than maxConnections (20). "
					+ "Lower the one or raise the other");
	}

	@Test
	void negativeValuesAreRefusedByName() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> PoolOptions.builder("read").idleTimeout(Duration.ofSeconds(-1)).build())
			.withMessage("pool 'read': idleTimeout is PT-1S. Set it to zero or more");
		assertThatIllegalArgumentException().isThrownBy(() -> PoolOptions.builder("read").maxPending(-1))
			.withMessage("pool 'read': maxPending is -1. Set it to 0 or more");
		assertThatIllegalArgumentException().isThrownBy(() -> PoolOptions.builder("read").maxConnections(0).build())
			.withMessage("pool 'read': maxConnections is 0. Set it to 1 or more");
		assertThatIllegalArgumentException().isThrownBy(() -> PoolOptions.builder(" ").build())
			.withMessage("pool ' ': name is blank. Give the pool a name");
	}

	@Test
	void theQueueIsTenTimesThePoolByDefault() {
		assertThat(PoolOptions.builder("read").maxConnections(7).build().maxPending()).isEqualTo(700);
		assertThat(PoolOptions.builder("read").maxPending(0).build().maxPending()).isZero();
	}

}
