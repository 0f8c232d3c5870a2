package dev.dbpool.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PoolListenerTests {

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final List<String> log = new ArrayList<>();

	@Test
	void ofNoListenersIsNone() {
		assertThat(PoolListener.all(List.of())).isSameAs(PoolListener.NONE);
		assertThat(PoolListener.all(List.of(PoolListener.NONE, PoolListener.NONE))).isSameAs(PoolListener.NONE);
	}

	@Test
	void ofListenersOfSeveralNotifiesEachOnce() {
		PoolListener inner = PoolListener.all(List.of(listener("first", false), PoolListener.NONE));
		PoolListener all = PoolListener.all(List.of(inner, listener("second", false)));
		all.onConnectionClosed(1, CloseReason.IDLE);
		assertThat(this.log).containsExactly("first closed", "second closed");
		assertThat(all.listensToLeases()).isFalse();
	}

	@Test
	void ofSeveralListenersNotifiesEachInOrder() {
		PoolListener all = PoolListener.all(List.of(listener("first", true), listener("second", true)));
		all.onLeaseAcquired(OWNER, Duration.ZERO);
		all.onConnectionClosed(1, CloseReason.IDLE);
		assertThat(this.log).containsExactly("first acquired", "second acquired", "first closed", "second closed");
	}

	@Test
	void ofSeveralListenersNotifiesThoseOfLeasesThatListenToThem() {
		PoolListener all = PoolListener.all(List.of(listener("first", false), listener("second", true)));
		assertThat(all.listensToLeases()).isTrue();
		all.onLeaseAcquired(OWNER, Duration.ZERO);
		all.onLeaseReleased(OWNER, Duration.ZERO);
		all.onConnectionClosed(1, CloseReason.IDLE);
		assertThat(this.log).containsExactly("second acquired", "second released", "first closed", "second closed");
	}

	@Test
	void ofSeveralListenersListensToLeasesIfOneDoes() {
		PoolListener all = PoolListener.all(List.of(listener("first", false), listener("second", false)));
		assertThat(all.listensToLeases()).isFalse();
	}

	@Test
	void aFailureKeepsNoEventFromTheNextListener() {
		PoolListener failing = new PoolListener() {

			@Override
			public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
				throw new IllegalStateException("bug in the listener");
			}

			@Override
			public void onLeaseReleased(LeaseOwner owner, Duration held) {
				throw new IllegalStateException("bug in the listener");
			}

			@Override
			public void onConnectionClosed(long connectionId, CloseReason reason) {
				throw new IllegalStateException("bug in the listener");
			}

		};
		PoolListener all = PoolListener.all(List.of(failing, listener("second", true)));
		all.onLeaseAcquired(OWNER, Duration.ZERO);
		all.onLeaseReleased(OWNER, Duration.ZERO);
		all.onConnectionClosed(1, CloseReason.IDLE);
		assertThat(this.log).containsExactly("second acquired", "second released", "second closed");
	}

	@Test
	void aPoolNotifiesAListenerThatDoesNotListenToLeasesOfConnectionsOnly() {
		PoolOptions options = PoolOptions.builder("test").listener(listener("log", false)).build();
		try (ConnectionPool<String> pool = ConnectionPool.create(options, new StringConnector())) {
			pool.acquire(OWNER).close();
			Lease<String> revoked = pool.acquire(OWNER);
			pool.revoke(revoked.id());
		}
		assertThat(this.log).containsExactly("log closed");
	}

	private PoolListener listener(String name, boolean leases) {
		return new PoolListener() {

			@Override
			public boolean listensToLeases() {
				return leases;
			}

			@Override
			public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
				PoolListenerTests.this.log.add(name + " acquired");
			}

			@Override
			public void onLeaseReleased(LeaseOwner owner, Duration held) {
				PoolListenerTests.this.log.add(name + " released");
			}

			@Override
			public void onConnectionClosed(long connectionId, CloseReason reason) {
				PoolListenerTests.this.log.add(name + " closed");
			}

		};
	}

}
