package dev.dbpool.autoconfigure;

import java.time.Duration;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * How long operations under way may go on at shutdown: less than the time after which
 * Spring stops to wait.
 */
final class DrainTimeout {

	private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(30);

	private static final Duration MARGIN = Duration.ofSeconds(2);

	private DrainTimeout() {
	}

	static Duration of(DatabasePoolProperties properties, Environment environment) {
		Duration own = properties.drainTimeout();
		if (own != null) {
			return own;
		}
		Duration phase = Binder.get(environment)
			.bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
			.orElse(DEFAULT_PHASE_TIMEOUT);
		return (phase.compareTo(MARGIN.multipliedBy(2)) > 0) ? phase.minus(MARGIN) : phase.dividedBy(2);
	}

}
