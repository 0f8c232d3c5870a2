package dev.dbpool.autoconfigure.fleet;

import java.time.Duration;

/**
 * Hands out shares of a maximum of connections to the members of a fleet: the instances
 * of an application, each with one pool. A bean of this type takes the place of Redis.
 * <p>
 * The sum of what the members hold must never be more than the maximum. So a share only
 * grows by what no member holds, and what a member holds counts until it claims less,
 * leaves, or has not renewed its share for the lease.
 * <p>
 * Methods may block and may throw anything; then the member keeps its share and tries
 * again. The claims of one member come one at a time, those of several members at the
 * same time.
 */
public interface FleetBudget {

	/**
	 * Renews the share of a member, who joins by the first claim.
	 * @param claim what the member has and wants
	 * @return what it may have from now on
	 */
	Grant renew(Claim claim);

	/**
	 * Ends the membership. What the member holds is free immediately.
	 * @param fleet name of the fleet
	 * @param member name of the member
	 */
	void leave(String fleet, String member);

	/**
	 * What a member has and wants.
	 *
	 * @param fleet name of the fleet
	 * @param member name of the member, which no other one has or will ever have
	 * @param sequence number of the claim, greater than those of the claims before it. A
	 * claim that arrives after a later one has to be ignored
	 * @param held connections that it may open or has still open
	 * @param wanted connections that it can use at most; 0 if it is about to leave
	 * @param least the smallest share that is of any use; a smaller one is given as 0
	 * @param budget the maximum of connections of all members
	 * @param lease how long what it holds counts if this is its last claim
	 * @param unheard how long no claim of it was answered, if several were not
	 */
	record Claim(String fleet, String member, long sequence, int held, int wanted, int least, int budget,
			Duration lease, Duration unheard) {

	}

	/**
	 * What a member may have.
	 *
	 * @param share connections that it may open; it has to close those beyond as soon as
	 * they are free
	 * @param target its fair share, which it gets when other members have given back
	 * @param members how many members there are
	 * @param held connections that all members hold
	 */
	record Grant(int share, int target, int members, int held) {

	}

}
