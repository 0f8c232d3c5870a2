package dev.dbpool.pool.engine;

import dev.dbpool.pool.LeaseOwner;

/**
 * What is kept of a lease that was revoked, so that its holder can be notified.
 *
 * @param ticket the ticket of the lease
 * @param owner who held it
 * @param connectionId number of the connection that it held
 */
record RevokedLease(long ticket, LeaseOwner owner, long connectionId) {

}
