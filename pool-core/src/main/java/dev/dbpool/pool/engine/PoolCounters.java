package dev.dbpool.pool.engine;

import java.util.concurrent.atomic.LongAdder;

/**
 * What a pool has counted since its start, beside its leases, which its slots count. The
 * plain fields are guarded by the lock of the life cycle.
 */
final class PoolCounters {

	long created;

	long destroyed;

	long openFailures;

	long leaked;

	final LongAdder timedOut = new LongAdder();

	final LongAdder rejected = new LongAdder();

}
