package dev.dbpool.autoconfigure.health;

import java.time.Instant;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.fleet.FleetStatus;
import dev.dbpool.autoconfigure.fleet.FleetStatus.State;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HealthDetailsTests {

	private static final DatabasePool POOL = new DatabasePool("default", null, null, "db.pool");

	private static FleetStatus fleet(State state, int share, Instant renewed) {
		return new FleetStatus("shop:default", state, 6, share, 0, share, 4, 6, renewed, 0);
	}

	@Test
	void aPoolWithAShareIsNotDegraded() {
		assertThat(HealthDetails.withoutShare(fleet(State.MEMBER, 2, Instant.now()), POOL)).isEmpty();
	}

	@Test
	void aPoolWithoutAShareIsDegradedAndNamesTheProperty() {
		assertThat(HealthDetails.withoutShare(fleet(State.MEMBER, 0, Instant.now()), POOL)).hasValue(
				"the pool has no connection of the 6 of db.pool.fleet.max-connections at present: 4 members hold 6");
	}

	@Test
	void aPoolThatWaitsForItsFirstShareIsDegraded() {
		assertThat(HealthDetails.withoutShare(fleet(State.DETACHED, 0, null), POOL))
			.hasValue("the pool waits for its share of the 6 of db.pool.fleet.max-connections");
	}

}
