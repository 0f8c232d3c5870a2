package dev.dbpool.autoconfigure.activity;

import dev.dbpool.autoconfigure.activity.PoolEvent.Type;
import dev.dbpool.client.Lane;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PoolEventsTests {

	private final PoolEvents events = new PoolEvents();

	@Test
	void repeatedEventsAreCounted() {
		for (int i = 0; i < 1000; i++) {
			this.events.add("default", Lane.READ, Type.ACQUIRE_FAILED, "GET /cars: no connection in time");
		}
		assertThat(this.events.recent()).singleElement()
			.satisfies((event) -> assertThat(event.count()).isEqualTo(1000));
	}

	@Test
	void manyEventsOfOneTypeDoNotPushOutTheOthers() {
		this.events.add("default", null, Type.ALERT, "exhausted");
		for (int i = 0; i < 1000; i++) {
			this.events.add("default", Lane.READ, Type.CONNECTION_OPENED, "connection " + i);
		}
		assertThat(this.events.recent()).hasSize(PoolEvents.MAX_OF_TYPE + 1)
			.extracting(PoolEvent::message)
			.contains("exhausted", "connection 999")
			.doesNotContain("connection 1");
	}

}
