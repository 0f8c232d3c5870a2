package dev.dbpool.pool;

/**
 * What a pool has counted since its start. Guarded by the pool's lock.
 */
final class PoolCounters {

	long acquired;

	long released;

	long created;

	long destroyed;

	long openFailures;

	long timedOut;

	long rejected;

	long leaked;

}
