package dev.dbpool.pool;

/**
 * The clock by which a pool measures leases. Without a listener nobody needs the times of
 * each lease to be exact, and the coarse clock of the scheduler does.
 */
final class PoolClock {

	private final PoolScheduler scheduler;

	private final boolean exact;

	PoolClock(PoolScheduler scheduler, boolean exact) {
		this.scheduler = scheduler;
		this.exact = exact;
	}

	/**
	 * Returns the time for leases: exact, or cheap.
	 */
	long now() {
		return this.exact ? this.scheduler.nanoTime() : this.scheduler.coarseNanoTime();
	}

	/**
	 * Returns the exact time.
	 */
	long exact() {
		return this.scheduler.nanoTime();
	}

}
