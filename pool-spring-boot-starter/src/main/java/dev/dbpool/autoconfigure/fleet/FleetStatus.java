package dev.dbpool.autoconfigure.fleet;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What one pool knows about its fleet, as of the last renewal of its share.
 *
 * @param fleet name of the fleet
 * @param state how the pool is connected with the fleet
 * @param budget the maximum of connections of all members
 * @param share connections that this pool may open
 * @param target its fair share; more than {@code share} while it waits for other members
 * to give back
 * @param held connections that it may open or has still open; more than {@code share}
 * while leased connections are to be given back
 * @param members how many members the fleet has; 0 if that is not known yet
 * @param fleetHeld connections that all members hold
 * @param renewed when the share was renewed last, or {@code null} if it never was
 * @param failures how many renewals have failed since the start
 */
public record FleetStatus(String fleet, State state, int budget, int share, int target, int held, int members,
		int fleetHeld, @Nullable Instant renewed, long failures) {

	/**
	 * How a pool is connected with its fleet.
	 */
	public enum State {

		/** The first renewal is still to come. */
		JOINING,

		/** The last renewal was answered. */
		MEMBER,

		/** Renewals fail: the pool keeps its share. */
		DETACHED,

		/** The process was frozen for too long: nothing is sent until a renewal. */
		FROZEN

	}

}
