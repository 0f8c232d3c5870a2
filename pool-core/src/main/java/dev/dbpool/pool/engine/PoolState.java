package dev.dbpool.pool.engine;

import java.util.concurrent.atomic.LongAdder;

import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.engine.PooledConnection.Phase;

/**
 * What the parts of the life cycle share. All of it that changes is guarded by the lock
 * of {@link LifecycleLock}, except for the maximum, which any thread may read, and the
 * slots, which guard themselves.
 *
 * @param <C> the type of connection
 */
final class PoolState<C> {

	final PoolOptions options;

	final PoolScheduler scheduler;

	final LeaseSlots<C> slots;

	final PoolConnections<C> connections = new PoolConnections<>();

	final Counters counters = new Counters();

	final OpenDemand demand = new OpenDemand();

	final OpenBackoff backoff;

	int min;

	volatile int max;

	boolean closing;

	PoolState(PoolOptions options, PoolScheduler scheduler, LeaseSlots<C> slots) {
		this.options = options;
		this.scheduler = scheduler;
		this.slots = slots;
		this.backoff = new OpenBackoff(options.minOpenBackoff(), options.maxOpenBackoff());
		this.min = options.minConnections();
		this.max = options.maxConnections();
	}

	long now() {
		return this.scheduler.nanoTime();
	}

	/**
	 * Provides as many slots as the pool needs at its size and for the connections that
	 * it has, which may be more for a while.
	 */
	void fitSlots() {
		this.slots.provide(Math.max(this.max, this.connections.places()) * this.options.leasesPerConnection());
	}

	/**
	 * Returns whether another connection may be opened, once failures allow it.
	 */
	boolean hasRoom() {
		return !this.closing && this.connections.total() < this.max
				&& this.connections.count(Phase.OPENING) < this.options.maxConcurrentOpens();
	}

	/**
	 * Returns whether another connection may be opened now.
	 */
	boolean mayOpen() {
		return hasRoom() && mayRetry();
	}

	/**
	 * Returns whether the last failure to open a connection is long enough ago. Any
	 * thread may ask.
	 */
	boolean mayRetry() {
		return this.backoff.isOver(this.scheduler);
	}

	/**
	 * What a pool has counted since its start, beside its leases, which its slots count.
	 * The plain fields are guarded by the lock of the life cycle.
	 */
	static final class Counters {

		long created;

		long destroyed;

		long openFailures;

		long leaked;

		final LongAdder waitedNanos = new LongAdder();

		final LongAdder timedOut = new LongAdder();

		final LongAdder rejected = new LongAdder();

	}

}
