package dev.dbpool.client;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolSnapshot;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Lanes}: loans between pools that are exhausted or have room.
 */
class LanesTests {

	private final List<String> calls = new ArrayList<>();

	private boolean resetting;

	private final Lanes lanes = new Lanes(Map.of(Lane.READ, pool(3), Lane.WRITE, pool(0)), LaneSharing.IDLE, 1,
			List.of(), ConcurrencyLimit.FIXED, () -> this.resetting);

	@Test
	void laneLendsAllButOneOfItsConnections() {
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.READ);
		assertThat(chosen()).isEqualTo(Lane.READ);
	}

	@Test
	void laneLendsAgainAfterALoanHasEnded() {
		laneLendsAllButOneOfItsConnections();
		this.lanes.returned(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.READ);
	}

	@Test
	void connectionsAreNotListedUnlessOneWaitsForALateAnswer() {
		chosen();
		assertThat(this.calls).contains("snapshot").doesNotContain("connections");
		this.resetting = true;
		chosen();
		assertThat(this.calls).contains("connections");
	}

	private Lane chosen() {
		return this.lanes.laneForStatement(Lane.READ);
	}

	/**
	 * A pool of three connections.
	 * @param active how many of them are leased
	 */
	@SuppressWarnings("unchecked")
	private ConnectionPool<ClientConnection> pool(int active) {
		PoolSnapshot snapshot = new PoolSnapshot("test", 0, 3, 3, active, 3 - active, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
				0, Duration.ZERO, Duration.ZERO, Optional.empty(), Optional.empty(), Optional.empty(), false);
		return (ConnectionPool<ClientConnection>) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { ConnectionPool.class }, (proxy, method, arguments) -> {
					this.calls.add(method.getName());
					return switch (method.getName()) {
						case "options" -> PoolOptions.builder("test").build();
						case "isAnyFree" -> active < 3;
						case "pending" -> 0;
						case "isSuspended" -> false;
						case "snapshot" -> snapshot;
						case "connections" -> List.of();
						case "hashCode" -> System.identityHashCode(proxy);
						case "equals" -> proxy == arguments[0];
						default -> throw new UnsupportedOperationException(method.getName());
					};
				});
	}

}
