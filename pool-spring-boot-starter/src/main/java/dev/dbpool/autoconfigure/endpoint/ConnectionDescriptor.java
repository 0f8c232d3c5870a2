package dev.dbpool.autoconfigure.endpoint;

import dev.dbpool.pool.ConnectionSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The state of one connection.
 *
 * @param pool name of its pool
 * @param lane its lane, or its read replica, such as {@code read-1}
 * @param id its number, unique in its pool and lane
 * @param state what it is doing
 * @param socket both addresses of its socket, and the protocol if that is HTTP/2
 * @param ageMillis time since its opening began
 * @param inStateMillis time since it got into its state
 * @param unusedMillis time since its last lease ended; zero while it is leased
 * @param uses leases that it has served
 * @param errors errors that its holders have reported
 * @param lease who holds it, if it is leased
 */
record ConnectionDescriptor(String pool, String lane, long id, ConnectionSnapshot.State state, String socket,
		long ageMillis, long inStateMillis, long unusedMillis, long uses, long errors,
		@Nullable LeaseDescriptor lease) {

	static ConnectionDescriptor of(String pool, String lane, ConnectionSnapshot connection,
			@Nullable LeaseDescriptor lease) {
		return new ConnectionDescriptor(pool, lane, connection.id(), connection.state(), connection.description(),
				connection.age().toMillis(), connection.inState().toMillis(), connection.unused().toMillis(),
				connection.uses(), connection.errors(),
				(connection.state() == ConnectionSnapshot.State.LEASED) ? lease : null);
	}

}
