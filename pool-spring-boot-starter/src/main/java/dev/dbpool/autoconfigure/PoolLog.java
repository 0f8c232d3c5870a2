package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.dbpool.client.Lane;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions.LeakAction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs leaks, and the beginning and the end of each time in which connections cannot be
 * opened.
 */
final class PoolLog implements LanePoolListener {

	private static final Logger logger = LoggerFactory.getLogger(PoolLog.class);

	@Override
	public PoolListener forLane(Lane lane) {
		return forLane(DatabasePool.DEFAULT, lane);
	}

	@Override
	public PoolListener forLane(String pool, Lane lane) {
		return new LaneLog(pool.equals(DatabasePool.DEFAULT) ? lane.id() : pool + "-" + lane.id());
	}

	@Override
	public PoolListener forReadEndpoint(String pool, URI replica) {
		return new LaneLog((pool.equals(DatabasePool.DEFAULT) ? "" : pool + "-") + "replica " + replica.getAuthority());
	}

	private static final class LaneLog implements PoolListener {

		private final String pool;

		private final AtomicBoolean outage = new AtomicBoolean();

		LaneLog(String pool) {
			this.pool = pool;
		}

		@Override
		public boolean listensToLeases() {
			return false;
		}

		@Override
		public void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
			if (this.outage.compareAndSet(false, true)) {
				logger.warn("Pool '{}' cannot open connections, and goes on trying: {}", this.pool, reason(cause));
			}
		}

		@Override
		public void onConnectionOpened(long connectionId, Duration took) {
			if (this.outage.get() && this.outage.compareAndSet(true, false)) {
				logger.info("Pool '{}' can open connections again", this.pool);
			}
		}

		@Override
		public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
			logger.warn("Pool '{}' has a leaked lease: {} holds connection {} for {}s, asked for by thread {}. {}",
					this.pool, lease.owner(), lease.connectionId(), lease.age().toSeconds(), lease.thread(),
					(action == LeakAction.RECLAIM) ? "It is reclaimed" : "It is left alone",
					lease.owner().stackTrace());
		}

		private static String reason(Throwable failure) {
			return (failure.getMessage() != null) ? failure.getMessage() : failure.getClass().getSimpleName();
		}

	}

}
