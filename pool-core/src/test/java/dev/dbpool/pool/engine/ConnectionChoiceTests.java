package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConnectionChoiceTests extends PoolTestSupport {

	@Test
	void theHottestIsTheThreadsLastOne() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(4).maxConnections(4));
		List<Long> used = useOneAfterAnother(pool, 5);
		assertThat(used).containsOnly(used.get(0));
	}

	@Test
	void whatTheLoadNoLongerNeedsGoesCold() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).maxConnections(4).idleTimeout(Duration.ofMinutes(1)));
		List<CapturedLease> burst = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			burst.add(acquire(pool));
		}
		burst.forEach((caller) -> caller.lease.close());
		for (int second = 0; second < 90; second++) {
			pool.acquire(OWNER).close();
			this.time.advance(SECOND);
		}
		assertThat(pool.snapshot().total()).isEqualTo(1);
	}

	@Test
	void theLeastRecentlyUsedComesRound() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(3)
			.maxConnections(3)
			.connectionChoice(ConnectionChoice.LEAST_RECENTLY_USED));
		List<Long> used = useOneAfterAnother(pool, 6);
		assertThat(used.subList(0, 3)).doesNotHaveDuplicates();
		assertThat(used.subList(3, 6)).isEqualTo(used.subList(0, 3));
	}

	private List<Long> useOneAfterAnother(ConnectionPool<Connection> pool, int times) {
		List<Long> used = new ArrayList<>();
		for (int i = 0; i < times; i++) {
			this.time.advance(SECOND);
			try (Lease<Connection> lease = pool.acquire(OWNER)) {
				used.add(lease.connectionId());
			}
		}
		return used;
	}

}
