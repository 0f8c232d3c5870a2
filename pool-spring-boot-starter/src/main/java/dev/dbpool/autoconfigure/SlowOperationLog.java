package dev.dbpool.autoconfigure;

import java.time.Duration;

import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down operations that took long, queueing, retries and back-off included.
 */
final class SlowOperationLog implements OperationListener {

	private static final Logger logger = LoggerFactory.getLogger(SlowOperationLog.class);

	private final Duration threshold;

	SlowOperationLog(Duration threshold) {
		this.threshold = threshold;
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		if (!this.threshold.isZero() && outcome.duration().compareTo(this.threshold) > 0) {
			logger.warn("Slow operation: {} took {}ms in {} attempt(s), {}", outcome.operation(),
					outcome.duration().toMillis(), outcome.attempts(), outcome.result());
		}
	}

}
