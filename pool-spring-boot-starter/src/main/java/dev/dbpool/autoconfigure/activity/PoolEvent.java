package dev.dbpool.autoconfigure.activity;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a pool.
 *
 * @param at when it happened; the last time, if it happened several times
 * @param pool name of the pool
 * @param lane its lane, if it concerns one alone
 * @param type what kind of event it is
 * @param message what happened, for people; without secrets
 * @param count how often it happened, each time within a minute of the time before
 */
public record PoolEvent(Instant at, String pool, @Nullable String lane, Type type, String message, long count) {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	boolean repeats(PoolEvent before) {
		return before.at.isAfter(this.at.minus(MINUTE)) && this.type == before.type
				&& this.message.equals(before.message) && this.pool.equals(before.pool)
				&& String.valueOf(this.lane).equals(String.valueOf(before.lane));
	}

	PoolEvent after(PoolEvent before) {
		return new PoolEvent(this.at, this.pool, this.lane, this.type, this.message, before.count + this.count);
	}

	/**
	 * The kinds of events.
	 */
	public enum Type {

		/** A connection was opened. */
		CONNECTION_OPENED,

		/** A connection was closed. */
		CONNECTION_CLOSED,

		/** A connection could not be opened. */
		OPEN_FAILED,

		/** A caller got no connection. */
		ACQUIRE_FAILED,

		/** A write failed and may have taken effect. */
		OUTCOME_UNKNOWN,

		/** A lease was held for longer than the leak detection timeout. */
		LEAK,

		/** A thread waits for a connection while it holds one. */
		SELF_DEADLOCK_RISK,

		/** The circuit breaker changed its state. */
		CIRCUIT_BREAKER,

		/** The share of a fleet's connections changed, or whether it can be renewed. */
		FLEET,

		/** An alert was raised or resolved. */
		ALERT,

		/** An operator did something to the pool. */
		ACTION

	}

}
