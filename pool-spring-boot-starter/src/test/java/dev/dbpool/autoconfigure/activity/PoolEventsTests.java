package dev.dbpool.autoconfigure.activity;

import java.time.Instant;

import dev.dbpool.autoconfigure.activity.PoolEvent.Type;
import dev.dbpool.client.Lane;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

class PoolEventsTests {

	private final PoolEvents events = new PoolEvents();

	@Test
	void repeatedEventsAreCounted() {
		for (int i = 0; i < 1000; i++) {
			this.events.add("default", Lane.READ, Type.ACQUIRE_FAILED, "GET /cars: no connection in time");
			this.events.add("default", Lane.READ, Type.ACQUIRE_FAILED, "GET /vans: no connection in time");
		}
		assertThat(this.events.recent()).hasSize(2)
			.extracting(PoolEvent::message, PoolEvent::count)
			.containsExactlyInAnyOrder(tuple("GET /cars: no connection in time", 1000L),
					tuple("GET /vans: no connection in time", 1000L));
	}

	@Test
	void anEventRepeatsAnotherOfTheLastMinute() {
		Instant now = Instant.now();
		PoolEvent event = event(now, "GET /cars");
		assertThat(event.repeats(event(now.minusSeconds(59), "GET /cars"))).isTrue();
		assertThat(event.repeats(event(now.minusSeconds(60), "GET /cars"))).isFalse();
		assertThat(event.repeats(event(now, "GET /vans"))).isFalse();
	}

	private static PoolEvent event(Instant at, String message) {
		return new PoolEvent(at, "default", "read", Type.ACQUIRE_FAILED, message, 1);
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

	@Test
	void manyEventsOfOnePoolDoNotPushOutThoseOfAnother() {
		this.events.add("orders", Lane.READ, Type.CONNECTION_OPENED, "connection of orders");
		for (int i = 0; i < 1000; i++) {
			this.events.add("default", Lane.READ, Type.CONNECTION_OPENED, "connection " + i);
		}
		assertThat(this.events.recent()).hasSize(PoolEvents.MAX_OF_TYPE + 1)
			.extracting(PoolEvent::pool)
			.contains("orders");
	}

}
