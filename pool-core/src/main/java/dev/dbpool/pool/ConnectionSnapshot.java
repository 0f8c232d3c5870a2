package dev.dbpool.pool;

import java.time.Duration;

/**
 * The state of one connection at one moment.
 *
 * @param id its number
 * @param state what it is doing
 * @param age time since its opening began
 * @param inState time since it got into its state
 * @param uses leases that it has served
 * @param unused time since its last lease ended, or since its opening began if there was
 * none; zero while it is leased
 * @param errors what its holders have reported, see {@link Lease#recordError()}
 * @param description what {@link Connector#describe} returns for it, such as the
 * addresses of its socket; empty while it is being opened
 */
public record ConnectionSnapshot(long id, State state, Duration age, Duration inState, long uses, Duration unused,
		long errors, String description) {

	/**
	 * What a connection is doing.
	 */
	public enum State {

		/** Being opened. */
		OPENING,

		/** Free. */
		IDLE,

		/** Idle, and being checked. */
		VALIDATING,

		/** Held by a lease. */
		LEASED,

		/** Being made ready for reuse after a lease. */
		RESETTING,

		/** Being closed. */
		CLOSING

	}

}
