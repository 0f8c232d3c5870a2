package dev.dbpool.autoconfigure.alert;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.activity.PoolSampler;
import dev.dbpool.autoconfigure.alert.PoolAlert.Type;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.RETURNS_DEEP_STUBS;
import static org.mockito.Mockito.mock;

class AlertConditionsTests {

	private final Map<Lane, PoolSnapshot> lanes = new EnumMap<>(Lane.class);

	private final PoolSampler sampler = mock(PoolSampler.class);

	private AlertConditions conditions;

	@BeforeEach
	void setUp() {
		PooledClient client = mock(PooledClient.class, RETURNS_DEEP_STUBS);
		DatabasePoolProperties properties = mock(DatabasePoolProperties.class);
		given(properties.connectionTimeout()).willReturn(Duration.ofSeconds(30));
		for (Lane lane : Lane.values()) {
			given(client.pool(lane).snapshot()).willAnswer((call) -> this.lanes.get(lane));
			this.lanes.put(lane, lane(2, 0, null));
		}
		this.conditions = new AlertConditions(new DatabasePool("default", client, properties, "db.pool"), this.sampler,
				null, null);
	}

	@Test
	void callersThatTimedOutAreAReasonOnlyOnce() {
		assertThat(reason(Type.WAITING_TOO_LONG)).isEmpty();
		this.lanes.put(Lane.READ, lane(2, 1, null));
		this.lanes.put(Lane.WRITE, lane(2, 1, null));
		assertThat(reason(Type.WAITING_TOO_LONG)).get().asString().startsWith("read lane: ");
		assertThat(reason(Type.WAITING_TOO_LONG)).isEmpty();
	}

	@Test
	void aFailureToOpenIsAReasonWhileMoreFollow() {
		this.lanes.put(Lane.READ, lane(2, 0, "connection refused"));
		given(this.sampler.openFailures(eq("default"), eq(Lane.READ), any())).willReturn(1L, 0L);
		assertThat(reason(Type.CONNECTION_ERRORS))
			.hasValue("read lane: connections cannot be opened: connection refused");
		assertThat(reason(Type.CONNECTION_ERRORS)).isEmpty();
	}

	@Test
	void aFailureToOpenIsAReasonWhileALaneHasNoConnection() {
		this.lanes.put(Lane.WRITE, lane(0, 0, "connection refused"));
		assertThat(reason(Type.CONNECTION_ERRORS)).get().asString().startsWith("write lane: ");
	}

	private Optional<String> reason(Type type) {
		return this.conditions.evaluate().get(type);
	}

	private static PoolSnapshot lane(int idle, int timedOut, String lastOpenFailure) {
		return new PoolSnapshot("read", 1, 4, idle, 0, idle, 0, 0, 0, 0, 0, idle, 0, 0, timedOut, 0, 0, 0,
				Duration.ZERO, Duration.ZERO, Optional.empty(), Optional.empty(), Optional.ofNullable(lastOpenFailure),
				false);
	}

}
