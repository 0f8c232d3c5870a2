package dev.dbpool.autoconfigure.health;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.autoconfigure.DatabasePool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.health.contributor.Status;

/**
 * Logs each change of the health with its reason.
 */
final class StatusLog {

	private static final Logger logger = LoggerFactory.getLogger(StatusLog.class);

	private final AtomicReference<Status> last = new AtomicReference<>(Status.UNKNOWN);

	private final String pool;

	StatusLog(String pool) {
		this.pool = pool.equals(DatabasePool.DEFAULT) ? "the database pool" : "database pool '" + pool + "'";
	}

	/**
	 * Returns whether the status was {@code DOWN} last.
	 */
	boolean isDown() {
		return Objects.equals(this.last.get(), Status.DOWN);
	}

	void update(PoolStatus now) {
		Status before = this.last.getAndSet(now.status());
		if (before.equals(now.status())) {
			return;
		}
		if (now.status().equals(Status.UP)) {
			logger.info("Health of {} is UP, it was {}", this.pool, before);
		}
		else {
			logger.warn("Health of {} is {}, it was {}: {}", this.pool, now.status(), before, now.reason().orElse(""));
		}
	}

}
