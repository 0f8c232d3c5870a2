package dev.dbpool.autoconfigure.alert;

import java.time.Duration;
import java.time.Instant;

/**
 * An alert was raised or resolved. Published as an application event, and passed to each
 * {@link AlertNotifier}.
 *
 * @param pool name of the pool
 * @param type what it is about
 * @param state whether it is raised or resolved
 * @param message what is wrong, or was, for people; without secrets
 * @param since when the state began
 * @param at when the alert was raised or resolved, by the clock as it was set when the
 * state began
 */
public record PoolAlert(String pool, Type type, State state, String message, Instant since, Instant at) {

	/**
	 * Returns how long the state has lasted.
	 * @return the time from its beginning to this alert
	 */
	public Duration lasted() {
		return Duration.between(this.since, this.at);
	}

	/**
	 * What alerts are about.
	 */
	public enum Type {

		/** All connections of a lane are leased, and callers wait. */
		EXHAUSTED,

		/** A caller has waited for more than half of its timeout, or timed out. */
		WAITING_TOO_LONG,

		/** Connections cannot be opened. */
		CONNECTION_ERRORS,

		/** The circuit breaker is open. */
		CIRCUIT_BREAKER_OPEN,

		/** Reads are not sent to a read replica. */
		REPLICA_LEFT_OUT,

		/** A lease was held for longer than the leak detection timeout. */
		LEAK,

		/** The health is {@code DEGRADED}. */
		DEGRADED,

		/** The health is {@code DOWN}. */
		UNHEALTHY

	}

	/**
	 * The state of an alert.
	 */
	public enum State {

		/** The state of the pool has lasted for the delay of alerts. */
		RAISED,

		/** The state of the pool is over. */
		RESOLVED

	}

}
