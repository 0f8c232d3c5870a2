package dev.dbpool.autoconfigure.endpoint;

import java.time.Instant;

import dev.dbpool.pool.LeaseSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a connection.
 *
 * @param pool name of its pool
 * @param lane its lane, or its read replica, such as {@code read-1}
 * @param id its number, unique in its pool and lane
 * @param connection number of the connection
 * @param operation name of the operation that holds it
 * @param thread name of the thread that acquired it
 * @param traceId identifier of the trace, if there is one
 * @param since when it was acquired
 * @param ageMillis time since then
 */
record LeaseDescriptor(String pool, String lane, long id, long connection, String operation, String thread,
		@Nullable String traceId, Instant since, long ageMillis) {

	static LeaseDescriptor of(String pool, String lane, LeaseSnapshot lease) {
		return new LeaseDescriptor(pool, lane, lease.id(), lease.connectionId(), lease.owner().operation(),
				lease.thread(), lease.owner().traceId(), Instant.now().minus(lease.age()), lease.age().toMillis());
	}

}
