package dev.dbpool.autoconfigure;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

import dev.dbpool.client.Lane;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions.LeakAction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PoolLogTests {

	private final LogLines lines = LogLines.of(PoolLog.class.getName());

	private final PoolLog log = new PoolLog();

	@AfterEach
	void stopRecording() {
		this.lines.close();
	}

	@Test
	void outageOfAReplicaIsNotOneOfTheLane() {
		PoolListener lane = this.log.forLane("default", Lane.READ);
		PoolListener replica = this.log.forReadEndpoint("default", URI.create("https://replica:8443/rest/v1"));
		PoolListener other = this.log.forReadEndpoint("orders", URI.create("https://other"));
		for (int i = 1; i <= 3; i++) {
			replica.onConnectionOpenFailed(new IOException("connection refused"), i);
			lane.onConnectionOpened(i, Duration.ZERO);
			other.onConnectionOpened(i, Duration.ZERO);
		}
		replica.onConnectionOpened(1, Duration.ZERO);
		other.onConnectionOpenFailed(new IOException("no route"), 1);
		assertThat(this.lines.get()).containsExactly(
				"WARN Pool 'replica replica:8443' cannot open connections, and goes on trying: connection refused",
				"INFO Pool 'replica replica:8443' can open connections again",
				"WARN Pool 'orders-replica other' cannot open connections, and goes on trying: no route");
	}

	@Test
	void leakHasTheStackTraceOfItsOwnerIfThereIsOne() {
		Exception trace = new Exception("GET /cars asked for a lease here");
		PoolListener lane = this.log.forLane("default", Lane.READ);
		lane.onLeaseLeaked(leaked(new LeaseOwner("GET /cars", null, trace)), LeakAction.RECLAIM);
		lane.onLeaseLeaked(leaked(LeaseOwner.of("GET /cars")), LeakAction.LOG);
		String line = "WARN Pool 'read' has a leaked lease: GET /cars holds connection 3 for 61s, asked for by thread main. ";
		assertThat(this.lines.get()).containsExactly(line + "It is reclaimed", line + "It is left alone");
		assertThat(this.lines.thrown()).containsExactly("GET /cars asked for a lease here");
	}

	private static LeaseSnapshot leaked(LeaseOwner owner) {
		return new LeaseSnapshot(1, 3, owner, "main", Duration.ofSeconds(61));
	}

}
