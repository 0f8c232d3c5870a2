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

	private @Nullable Long reasonSince;

	private @Nullable Long quietSince;

	private @Nullable Long lastRaised;

	private Instant begun = Instant.EPOCH;

	private @Nullable PoolAlert raised;

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
	 * @param nanoTime the time of the monotonic clock, by which durations are measured
	 * @return the alert, if it is raised or resolved by this
	 */
	Optional<PoolAlert> update(Optional<String> reason, Instant now, long nanoTime) {
		return reason.isPresent() ? reasonFor(reason.get(), now, nanoTime) : noReason(nanoTime);
	}

	private Optional<PoolAlert> reasonFor(String reason, Instant now, long nanoTime) {
		this.quietSince = null;
		if (this.reasonSince == null) {
			this.reasonSince = nanoTime;
			this.begun = now;
		}
		if (this.raised != null || isShorterThan(this.delay, this.reasonSince, nanoTime) || isCoolingDown(nanoTime)) {
			return Optional.empty();
		}
		this.lastRaised = nanoTime;
		this.raised = alert(State.RAISED, reason, nanoTime - this.reasonSince);
		return Optional.of(this.raised);
	}

	private Optional<PoolAlert> noReason(long nanoTime) {
		if (this.raised == null || this.reasonSince == null) {
			this.reasonSince = null;
			return Optional.empty();
		}
		if (this.quietSince == null) {
			this.quietSince = nanoTime;
		}
		if (isShorterThan(this.delay, this.quietSince, nanoTime)) {
			return Optional.empty();
		}
		PoolAlert resolved = alert(State.RESOLVED, this.raised.message(), nanoTime - this.reasonSince);
		this.raised = null;
		this.reasonSince = null;
		this.quietSince = null;
		return Optional.of(resolved);
	}

	private boolean isCoolingDown(long nanoTime) {
		return this.lastRaised != null && isShorterThan(this.coolDown, this.lastRaised, nanoTime);
	}

	private static boolean isShorterThan(Duration time, long since, long nanoTime) {
		return Duration.ofNanos(nanoTime - since).compareTo(time) < 0;
	}

	/**
	 * Returns the alert while it is raised.
	 */
	Optional<PoolAlert> active() {
		return Optional.ofNullable(this.raised);
	}

	private PoolAlert alert(State state, String message, long lastedNanos) {
		return new PoolAlert(this.pool, this.type, state, message, this.begun, this.begun.plusNanos(lastedNanos));
	}

}
