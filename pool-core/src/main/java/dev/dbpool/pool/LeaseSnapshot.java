package dev.dbpool.pool;

import java.time.Duration;

/**
 * Who holds a connection, at one moment.
 *
 * @param id number of the lease
 * @param connectionId number of the connection
 * @param owner who holds it
 * @param thread name of the thread that asked for it
 * @param age time since it was acquired
 */
public record LeaseSnapshot(long id, long connectionId, LeaseOwner owner, String thread, Duration age) {

}
