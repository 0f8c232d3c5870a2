package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.LeakAction;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.AfterEach;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A pool on virtual time with a connector in the hand of the test. After each test the
 * pool is closed and must have lost nothing.
 */
abstract class PoolTestSupport {

	static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	static final Duration SECOND = Duration.ofSeconds(1);

	final VirtualScheduler time = new VirtualScheduler();

	final StubConnector connector = new StubConnector();

	final RecordingListener events = new RecordingListener();

	private final List<ConnectionPool<Connection>> pools = new ArrayList<>();

	ConnectionPool<Connection> pool(UnaryOperator<PoolOptions.Builder> customizer) {
		return pool(this.time, customizer);
	}

	ConnectionPool<Connection> pool(UnaryOperator<PoolOptions.Builder> customizer, int restriction) {
		return pool(this.time, customizer, restriction);
	}

	ConnectionPool<Connection> pool(VirtualScheduler scheduler, UnaryOperator<PoolOptions.Builder> customizer) {
		return pool(scheduler, customizer, ConnectionPool.UNRESTRICTED);
	}

	private ConnectionPool<Connection> pool(VirtualScheduler scheduler, UnaryOperator<PoolOptions.Builder> customizer,
			int restriction) {
		PoolOptions.Builder builder = PoolOptions.builder("test")
			.maxConnections(2)
			.keepAliveInterval(Duration.ZERO)
			.validateAfterIdle(Duration.ofDays(1))
			.idleTimeout(Duration.ZERO)
			.maxLifetime(Duration.ZERO)
			.leakDetectionTimeout(Duration.ZERO)
			.executor(Runnable::run)
			.listener(this.events);
		DefaultConnectionPool<Connection> pool = new DefaultConnectionPool<>(customizer.apply(builder).build(),
				scheduler, this.connector, Parking.THREADS, restriction);
		pool.start();
		this.pools.add(pool);
		return pool;
	}

	CapturedLease acquire(ConnectionPool<Connection> pool) {
		return acquire(pool, OWNER);
	}

	CapturedLease acquire(ConnectionPool<Connection> pool, LeaseOwner owner) {
		CapturedLease captured = new CapturedLease();
		pool.acquire(owner, pool.options().acquireTimeout(), captured);
		return captured;
	}

	/**
	 * A pool whose only connection is leased.
	 */
	DefaultConnectionPool<Connection> exhausted(Parking parking) {
		PoolOptions options = PoolOptions.builder("exhausted")
			.maxConnections(1)
			.leakDetectionTimeout(Duration.ZERO)
			.executor(Runnable::run)
			.build();
		DefaultConnectionPool<Connection> pool = new DefaultConnectionPool<>(options, this.time, this.connector,
				parking, ConnectionPool.UNRESTRICTED);
		pool.start();
		assertThat(pool.acquire(OWNER, SECOND).isActive()).isTrue();
		return pool;
	}

	void end(ConnectionPool<Connection> pool) {
		pool.close(Duration.ZERO);
		this.time.advance(SECOND);
		assertThat(pool.snapshot().total()).isZero();
	}

	@AfterEach
	void nothingIsLost() {
		this.connector.onReset = StubConnector::done;
		this.connector.onClose = StubConnector::done;
		for (ConnectionPool<Connection> pool : this.pools) {
			pool.close(Duration.ZERO);
			this.connector.completeOpens();
			this.time.advance(Duration.ofMinutes(10));
			PoolSnapshot end = pool.snapshot();
			assertThat(end.total()).as("connections left after close").isZero();
			assertThat(end.pending()).as("waiters left after close").isZero();
			assertThat(end.acquired()).as("leases that never ended").isEqualTo(end.released());
			assertThat(end.created()).as("connections that were never closed").isEqualTo(end.destroyed());
		}
		assertThat(this.connector.closed).containsExactlyInAnyOrderElementsOf(this.connector.opened);
		assertThat(this.time.pendingTasks()).as("timers left after close").isZero();
	}

	static final class RecordingListener implements PoolListener {

		final List<String> log = new ArrayList<>();

		@Override
		public void onConnectionOpened(long connectionId, Duration took) {
			this.log.add("opened " + connectionId);
		}

		@Override
		public void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
			this.log.add("open failed " + consecutiveFailures);
		}

		@Override
		public void onConnectionClosed(long connectionId, CloseReason reason) {
			this.log.add("closed " + connectionId + " " + reason);
		}

		@Override
		public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
			this.log.add("acquired " + owner + " after " + waited.toMillis() + "ms");
		}

		@Override
		public void onLeaseReleased(LeaseOwner owner, Duration held) {
			this.log.add("released " + owner + " after " + held.toMillis() + "ms");
		}

		@Override
		public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
			this.log.add("leaked " + lease.owner() + " " + action);
		}

		@Override
		public void onAcquireFailed(LeaseOwner owner, PoolException cause) {
			this.log.add("failed " + owner + " " + cause.getClass().getSimpleName());
		}

	}

}
