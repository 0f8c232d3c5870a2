package dev.dbpool.autoconfigure.health;

import java.util.concurrent.atomic.AtomicReference;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.health.contributor.Status;

/**
 * Logs each change of the health with its reason.
 */
final class StatusLog {

	private static final Logger logger = LoggerFactory.getLogger(StatusLog.class);

	private final AtomicReference<Status> last = new AtomicReference<>(Status.UNKNOWN);

	void update(PoolStatus now) {
		Status before = this.last.getAndSet(now.status());
		if (before.equals(now.status())) {
			return;
		}
		if (now.status().equals(Status.UP)) {
			logger.info("Health of the database pool is UP, it was {}", before);
		}
		else {
			logger.warn("Health of the database pool is {}, it was {}: {}", now.status(), before,
					now.reason().orElse(""));
		}
	}

}
