package dev.dbpool.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import dev.dbpool.pool.Acquisition;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionSnapshot.State;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolSnapshot;

/**
 * The pools of a client, one for each lane.
 */
final class Lanes {

	private static final long LATE_NANOS = Duration.ofSeconds(10).toNanos();

	private final Map<Lane, ConnectionPool<ClientConnection>> pools;

	private final LaneSharing sharing;

	private final Map<Lane, BackgroundQueue> background = new EnumMap<>(Lane.class);

	private final List<ReadEndpoint> replicas;

	private final Loans readLoans = new Loans();

	private final Loans writeLoans = new Loans();

	private final BooleanSupplier resetting;

	private volatile long lateAt;

	private volatile boolean late;

	/**
	 * Creates the lanes.
	 * @param backgroundShare the share of a lane that background operations may take
	 */
	Lanes(Map<Lane, ConnectionPool<ClientConnection>> pools, LaneSharing sharing, double backgroundShare) {
		this(pools, sharing, backgroundShare, List.of(), () -> true);
	}

	/**
	 * Creates the lanes.
	 * @param backgroundShare the share of a lane that background operations may take
	 * @param replicas where reads are sent
	 * @param resetting whether any connection may be waiting for a late answer
	 */
	Lanes(Map<Lane, ConnectionPool<ClientConnection>> pools, LaneSharing sharing, double backgroundShare,
			List<ReadEndpoint> replicas, BooleanSupplier resetting) {
		this.resetting = resetting;
		this.replicas = List.copyOf(replicas);
		this.pools = Map.copyOf(pools);
		this.sharing = sharing;
		pools.forEach((lane, pool) -> this.background.put(lane, new BackgroundQueue(pool, backgroundShare)));
	}

	/**
	 * Acquires a connection of a lane, for a background operation if there is room.
	 */
	Acquisition acquire(Lane lane, Operation operation, LeaseOwner owner, Duration timeout,
			LeaseCallback<ClientConnection> callback) {
		BackgroundQueue queue = this.background.get(lane);
		return (operation.isBackground() && queue != null) ? queue.acquire(owner, timeout, callback)
				: pool(lane).acquire(owner, timeout, callback);
	}

	/**
	 * Notes that a lease has begun or ended, or a caller has left a queue, so that there
	 * may be room for background operations.
	 */
	void changed() {
		this.background.values().forEach(BackgroundQueue::serve);
	}

	/**
	 * Notes that the pools are closed.
	 */
	void closed() {
		this.background.values().forEach(BackgroundQueue::close);
	}

	/**
	 * Returns the pool of a lane.
	 */
	ConnectionPool<ClientConnection> pool(Lane lane) {
		ConnectionPool<ClientConnection> pool = this.pools.get(lane);
		if (pool == null) {
			throw new IllegalStateException("no pool for lane " + lane.id());
		}
		return pool;
	}

	/**
	 * Returns the lane whose pool a statement leases its connection from: its own, unless
	 * all connections of that are open and in use, and the other lane lends one. The loan
	 * counts until it is {@linkplain #returned returned}.
	 */
	Lane laneForStatement(Lane own) {
		if (this.sharing == LaneSharing.NONE || pool(own).isAnyFree()) {
			return own;
		}
		Lane other = own.other();
		return (loans(other).mayGrow() && isExhausted(pool(own).snapshot()) && lends(other)) ? other : own;
	}

	private static boolean isExhausted(PoolSnapshot present) {
		return !present.suspended() && present.total() - present.opening() >= present.max();
	}

	/**
	 * Notes that the server has not answered a request before its deadline: it has enough
	 * to do, so more requests than those of the lane itself would only wait there.
	 */
	void answeredTooLate() {
		this.lateAt = System.nanoTime();
		this.late = true;
	}

	private boolean isTooLate() {
		return this.late && System.nanoTime() - this.lateAt < LATE_NANOS;
	}

	/**
	 * Makes a loan if the lane keeps its minimum, one at least. A connection on which the
	 * answer to a request that was given up is still to come counts as lent.
	 */
	private boolean lends(Lane lane) {
		if (isTooLate()) {
			return false;
		}
		ConnectionPool<ClientConnection> pool = pool(lane);
		if (pool.pending() > 0) {
			return false;
		}
		PoolSnapshot present = pool.snapshot();
		int draining = this.resetting.getAsBoolean() ? draining(pool) : 0;
		return !present.suspended() && present.active() + draining < present.max()
				&& loans(lane).add(present.max() - Math.max(1, present.min()) - draining);
	}

	private static int draining(ConnectionPool<ClientConnection> pool) {
		return (int) pool.connections().stream().filter((connection) -> connection.state() == State.RESETTING).count();
	}

	/**
	 * Notes that a statement of another lane has ended which had a connection of this
	 * one.
	 */
	void returned(Lane lane) {
		loans(lane).remove();
	}

	private Loans loans(Lane lane) {
		return (lane == Lane.READ) ? this.readLoans : this.writeLoans;
	}

	List<ReadEndpoint> readEndpoints() {
		return this.replicas;
	}

	/**
	 * Chooses a read replica for an attempt: the less loaded of two random ones that it
	 * has not used and that are not left out.
	 * @return the replica; none for the primary
	 */
	Optional<ReadEndpoint> replicaFor(Attempt attempt) {
		List<ReadEndpoint> shuffled = new ArrayList<>(this.replicas);
		Collections.shuffle(shuffled, ThreadLocalRandom.current());
		return shuffled.stream()
			.filter((replica) -> !attempt.hasUsed(replica) && replica.tryUse())
			.limit(2)
			.min(Comparator.comparingInt(ReadEndpoint::load));
	}

	Collection<ConnectionPool<ClientConnection>> all() {
		return Stream.concat(this.pools.values().stream(), this.replicas.stream().map(ReadEndpoint::connections))
			.toList();
	}

	/**
	 * The loans of a lane. One that is refused for the number of loans is followed by
	 * others, so that the pool is looked at again only after a loan has ended, or after a
	 * while.
	 */
	private static final class Loans {

		private static final long REFUSED_NANOS = Duration.ofMillis(10).toNanos();

		private final AtomicInteger number = new AtomicInteger();

		private volatile boolean refused;

		private volatile long refusedAt;

		boolean mayGrow() {
			return !this.refused || System.nanoTime() - this.refusedAt > REFUSED_NANOS;
		}

		/**
		 * Adds a loan.
		 * @return {@code false} if there would be more than allowed
		 */
		boolean add(int most) {
			if (this.number.incrementAndGet() <= most) {
				return true;
			}
			this.number.decrementAndGet();
			this.refusedAt = System.nanoTime();
			this.refused = true;
			return false;
		}

		void remove() {
			this.number.decrementAndGet();
			this.refused = false;
		}

	}

}
