package dev.dbpool.autoconfigure;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * How long operations under way may go on at shutdown. To close the connections after
 * that takes two seconds at most, and all of it has to end before Spring stops to wait.
 */
final class DrainTimeout {

	private static final Logger logger = LoggerFactory.getLogger(DrainTimeout.class);

	private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(30);

	/** Leaves something of the 30 s after which Kubernetes kills a container. */
	private static final Duration MARGIN = Duration.ofSeconds(5);

	private static final Duration CLOSE = Duration.ofSeconds(2);

	private DrainTimeout() {
	}

	static Duration of(DatabasePool pool, Environment environment) {
		Duration phase = Binder.get(environment)
			.bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
			.orElse(DEFAULT_PHASE_TIMEOUT);
		Duration own = pool.properties().drainTimeout();
		if (own == null) {
			return before(phase, MARGIN);
		}
		Duration longest = before(phase, CLOSE);
		if (own.compareTo(longest) <= 0) {
			return own;
		}
		logger.warn(
				"{} is {}ms, but Spring waits for no more than {}ms. Operations may go on for {}ms. "
						+ "Increase spring.lifecycle.timeout-per-shutdown-phase",
				pool.property("drain-timeout"), own.toMillis(), phase.toMillis(), longest.toMillis());
		return longest;
	}

	private static Duration before(Duration phase, Duration margin) {
		return (phase.compareTo(margin.multipliedBy(2)) > 0) ? phase.minus(margin) : phase.dividedBy(2);
	}

}
