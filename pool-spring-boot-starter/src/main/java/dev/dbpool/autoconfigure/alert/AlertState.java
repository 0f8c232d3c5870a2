package dev.dbpool.autoconfigure.alert;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import dev.dbpool.autoconfigure.alert.PoolAlert.State;
import dev.dbpool.autoconfigure.alert.PoolAlert.Type;
import org.jspecify.annotations.Nullable;

/**
 * One alert of one pool: {@code QUIET -> (reason for the delay) -> RAISED -> (no reason
 * for the delay) -> QUIET}. Within the cool-down after it was raised, it is not raised
 * again. Not safe for use from several threads.
 */
final class AlertState {

	private final String pool;

	private final Type type;

	private final Duration delay;

	private final Duration coolDown;

	private @Nullable Instant reasonSince;

	private @Nullable Instant quietSince;

	private @Nullable Instant lastRaised;

	private boolean raised;

	private Instant begun = Instant.EPOCH;

	private String message = "";

	AlertState(String pool, Type type, Duration delay, Duration coolDown) {
		this.pool = pool;
		this.type = type;
		this.delay = delay;
		this.coolDown = coolDown;
	}

	/**
	 * Updates the alert.
	 * @param reason why there is reason for it, if there is
	 * @param now the time
	 * @return the alert, if it is raised or resolved by this
	 */
	Optional<PoolAlert> update(Optional<String> reason, Instant now) {
		return reason.isPresent() ? reasonFor(reason.get(), now) : noReason(now);
	}

	private Optional<PoolAlert> reasonFor(String reason, Instant now) {
		this.quietSince = null;
		Instant since = (this.reasonSince != null) ? this.reasonSince : now;
		this.reasonSince = since;
		if (this.raised || isShorterThan(this.delay, since, now) || isCoolingDown(now)) {
			return Optional.empty();
		}
		this.raised = true;
		this.lastRaised = now;
		this.begun = since;
		this.message = reason;
		return Optional.of(alert(State.RAISED, now));
	}

	private Optional<PoolAlert> noReason(Instant now) {
		if (!this.raised) {
			this.reasonSince = null;
			return Optional.empty();
		}
		Instant since = (this.quietSince != null) ? this.quietSince : now;
		this.quietSince = since;
		if (isShorterThan(this.delay, since, now)) {
			return Optional.empty();
		}
		this.raised = false;
		this.reasonSince = null;
		this.quietSince = null;
		return Optional.of(alert(State.RESOLVED, now));
	}

	private boolean isCoolingDown(Instant now) {
		return this.lastRaised != null && isShorterThan(this.coolDown, this.lastRaised, now);
	}

	/**
	 * Whether less time has passed. It has not if the clock was set back, so that no
	 * alert waits for the clock to come back.
	 */
	private static boolean isShorterThan(Duration time, Instant since, Instant now) {
		Duration passed = Duration.between(since, now);
		return !passed.isNegative() && passed.compareTo(time) < 0;
	}

	/**
	 * Returns the alert while it is raised.
	 */
	Optional<PoolAlert> active() {
		return this.raised ? Optional.of(alert(State.RAISED, (this.lastRaised != null) ? this.lastRaised : this.begun))
				: Optional.empty();
	}

	private PoolAlert alert(State state, Instant at) {
		return new PoolAlert(this.pool, this.type, state, this.message, this.begun, at);
	}

}
