package dev.dbpool.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.ConnectionSnapshot.State;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The pools of a client, one for each lane.
 */
final class Lanes {

	private static final long LATE_NANOS = Duration.ofSeconds(10).toNanos();

	/**
	 * How long the state of a pool counts as its present one: a look at it costs more
	 * than the rest of a loan.
	 */
	private static final long RECENT_NANOS = Duration.ofMillis(50).toNanos();

	/**
	 * How often the lanes are looked at while statements wait for a loan. No other
	 * occasion follows when a lane may lend again after an overload, is resumed or
	 * resized, or has received a late answer.
	 */
	private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

	/**
	 * After how many statements those are forgotten that no longer wait, but came after
	 * one that does.
	 */
	private static final int PURGE_INTERVAL = 256;

	private final Map<Lane, ConnectionPool<ClientConnection>> pools;

	private final Map<Lane, Duration> acquireTimeouts = new EnumMap<>(Lane.class);

	private final LaneSharing sharing;

	private final Map<ConnectionPool<ClientConnection>, BackgroundQueue> background;

	private final List<ReadEndpoint> replicas;

	private final Map<ConnectionPool<ClientConnection>, ConcurrencyLimiter> limiters;

	/** The statements that wait in the read lane, in the order of their arrival. */
	private final Queue<Borrower> waitingToRead = new ConcurrentLinkedQueue<>();

	private final Queue<Borrower> waitingToWrite = new ConcurrentLinkedQueue<>();

	private final AtomicInteger added = new AtomicInteger();

	private final DrainLoop lending = new DrainLoop(() -> {
		lendToWaiting(Lane.READ);
		lendToWaiting(Lane.WRITE);
	});

	private final AtomicInteger lentByRead = new AtomicInteger();

	private final AtomicInteger lentByWrite = new AtomicInteger();

	/** What the pools were like when they were last looked at, by their lanes. */
	private final AtomicReferenceArray<@Nullable Look> looks = new AtomicReferenceArray<>(Lane.values().length);

	private final BooleanSupplier resetting;

	private final LongSupplier nanoTime;

	/** When the next look is due, or was. */
	private final AtomicLong nextLook;

	/** Whether any background operation was ever started. */
	private volatile boolean hasBackground;

	private volatile long lateAt;

	private volatile boolean late;

	/**
	 * Creates the lanes.
	 * @param backgroundShare the share of a lane that background operations may take
	 */
	Lanes(Map<Lane, ConnectionPool<ClientConnection>> pools, LaneSharing sharing, double backgroundShare) {
		this(pools, sharing, backgroundShare, List.of(), ConcurrencyLimit.FIXED, () -> true);
	}

	/**
	 * Creates the lanes.
	 * @param backgroundShare the share of a lane that background operations may take
	 * @param replicas where reads are sent
	 * @param limit what bounds each pool
	 * @param resetting whether any connection may be waiting for a late answer
	 */
	Lanes(Map<Lane, ConnectionPool<ClientConnection>> pools, LaneSharing sharing, double backgroundShare,
			List<ReadEndpoint> replicas, ConcurrencyLimit limit, BooleanSupplier resetting) {
		this(pools, sharing, backgroundShare, replicas, limit, resetting, System::nanoTime);
	}

	Lanes(Map<Lane, ConnectionPool<ClientConnection>> pools, LaneSharing sharing, double backgroundShare,
			List<ReadEndpoint> replicas, ConcurrencyLimit limit, BooleanSupplier resetting, LongSupplier nanoTime) {
		this.resetting = resetting;
		this.nanoTime = nanoTime;
		this.nextLook = new AtomicLong(nanoTime.getAsLong());
		this.replicas = List.copyOf(replicas);
		this.pools = Map.copyOf(pools);
		pools.forEach((lane, pool) -> this.acquireTimeouts.put(lane, pool.options().acquireTimeout()));
		this.sharing = sharing;
		this.background = all().stream()
			.distinct()
			.collect(Collectors.toUnmodifiableMap(Function.identity(),
					(pool) -> new BackgroundQueue(pool, backgroundShare)));
		this.limiters = (limit == ConcurrencyLimit.ADAPTIVE)
				? all().stream().collect(Collectors.toUnmodifiableMap(Function.identity(), ConcurrencyLimiter::new))
				: Map.of();
	}

	/**
	 * Acquires a connection of one of the pools, for a background operation if there is
	 * room.
	 */
	Acquisition acquire(ConnectionPool<ClientConnection> pool, Operation operation, LeaseOwner owner, Duration timeout,
			LeaseCallback<ClientConnection> callback) {
		BackgroundQueue queue = operation.isBackground() ? this.background.get(pool) : null;
		if (queue == null) {
			return pool.acquire(owner, timeout, callback);
		}
		this.hasBackground = true;
		return queue.acquire(owner, timeout, callback);
	}

	/**
	 * Returns how many background operations of a lane wait, those that wait for a
	 * replica included.
	 */
	int backgroundPending(Lane lane) {
		Stream<ConnectionPool<ClientConnection>> replicas = (lane == Lane.READ)
				? this.replicas.stream().map(ReadEndpoint::connections) : Stream.empty();
		return Stream.concat(Stream.of(pool(lane)), replicas)
			.map(this.background::get)
			.mapToInt((queue) -> (queue != null) ? queue.pending() : 0)
			.sum();
	}

	/**
	 * Notes that a lease has begun or ended, or a caller has left a queue, so that there
	 * may be a connection to lend, or room for background operations.
	 */
	void changed() {
		lendToWaiting();
		if (this.hasBackground) {
			this.background.values().forEach(BackgroundQueue::serve);
		}
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
		return ofLane(this.pools, lane);
	}

	/**
	 * Returns how many connections to the primary there may be, those of both lanes: a
	 * statement may borrow one, and with HTTP/2 the lanes share sockets.
	 */
	int size() {
		return this.pools.values().stream().distinct().mapToInt(ConnectionPool::size).sum();
	}

	/**
	 * Returns how long an attempt may wait for connections of a lane.
	 */
	Duration acquireTimeout(Lane lane) {
		return ofLane(this.acquireTimeouts, lane);
	}

	private static <V> V ofLane(Map<Lane, V> values, Lane lane) {
		V value = values.get(lane);
		if (value == null) {
			throw new IllegalStateException("no pool for lane " + lane.id());
		}
		return value;
	}

	/**
	 * Returns what resizes a pool.
	 * @return the limiter, or {@code null} if the limit is fixed
	 */
	@Nullable ConcurrencyLimiter limiter(ConnectionPool<ClientConnection> pool) {
		return this.limiters.get(pool);
	}

	/**
	 * Returns the lane whose pool a statement leases its connection from: its own, unless
	 * all connections of that are open and in use, no other statement waits for one, and
	 * the other lane lends one. The loan counts until it is {@linkplain #returned
	 * returned}.
	 */
	Lane laneForStatement(Lane own) {
		if (this.sharing == LaneSharing.NONE || pool(own).isAnyFree() || !waiting(own).isEmpty()) {
			return own;
		}
		return borrows(own) ? own.other() : own;
	}

	/**
	 * Notes a statement that waits in its lane. As soon as the other lane lends a
	 * connection, the statement gets it that has waited for the longest time.
	 */
	void waits(Lane own, Borrower statement) {
		if (this.sharing != LaneSharing.NONE) {
			Queue<Borrower> statements = waiting(own);
			statements.add(statement);
			if (this.added.incrementAndGet() % PURGE_INTERVAL == 0) {
				statements.removeIf((other) -> !other.isWaiting());
			}
			lendToWaiting();
			lookLater();
		}
	}

	/**
	 * Looks again after a while. A look that is overdue may have been forgotten by its
	 * scheduler, and is replaced.
	 */
	private void lookLater() {
		long due = this.nextLook.get();
		if (due - this.nanoTime.getAsLong() <= 0) {
			lookAfter(due);
		}
	}

	private void lookAfter(long due) {
		long next = this.nanoTime.getAsLong() + LOOK_NANOS;
		if (isAnyWaiting() && this.nextLook.compareAndSet(due, next)) {
			Schedulers.parallel().schedule(() -> {
				lendToWaiting();
				lookAfter(next);
			}, LOOK_NANOS, TimeUnit.NANOSECONDS);
		}
	}

	private boolean isAnyWaiting() {
		return !this.waitingToRead.isEmpty() || !this.waitingToWrite.isEmpty();
	}

	private Queue<Borrower> waiting(Lane lane) {
		return (lane == Lane.READ) ? this.waitingToRead : this.waitingToWrite;
	}

	/**
	 * Lends what there is to lend.
	 */
	private void lendToWaiting() {
		if (isAnyWaiting()) {
			this.lending.run();
		}
	}

	private void lendToWaiting(Lane own) {
		Queue<Borrower> statements = waiting(own);
		for (Borrower first = statements.peek(); first != null; first = statements.peek()) {
			if (first.isWaiting()) {
				if (!borrows(own)) {
					return;
				}
				if (!first.borrow(own.other())) {
					returned(own.other());
				}
			}
			statements.remove(first);
		}
	}

	private boolean borrows(Lane own) {
		Lane other = own.other();
		return !isTooLate() && pool(other).pending() == 0 && !pool(own).isSuspended() && !pool(other).isSuspended()
				&& isExhausted(own) && lends(other);
	}

	/**
	 * Looks again if the lane was not exhausted a moment ago: it may be since, and there
	 * may be no later occasion to lend.
	 */
	private boolean isExhausted(Lane lane) {
		return look(lane).isExhausted() || lookAgain(lane).isExhausted();
	}

	/**
	 * Notes that the server has not answered a request before its deadline: it has enough
	 * to do, so more requests than those of the lane itself would only wait there.
	 */
	void answeredTooLate() {
		this.lateAt = this.nanoTime.getAsLong();
		this.late = true;
	}

	private boolean isTooLate() {
		return this.late && this.nanoTime.getAsLong() - this.lateAt < LATE_NANOS;
	}

	/**
	 * Makes a loan if the lane keeps its minimum, one at least. A connection on which the
	 * answer to a request that was given up is still to come counts as lent.
	 */
	private boolean lends(Lane lane) {
		int mostLent = look(lane).mostLent();
		AtomicInteger lent = lent(lane);
		if (lent.get() >= mostLent || (!pool(lane).isAnyFree() && !lookAgain(lane).hasRoom())) {
			return false;
		}
		if (lent.incrementAndGet() <= mostLent) {
			return true;
		}
		lent.decrementAndGet();
		return false;
	}

	/**
	 * Returns what the pool of a lane was like a moment ago. All statements of a lane
	 * that is exhausted ask for it.
	 */
	private Look look(Lane lane) {
		Look last = this.looks.get(lane.ordinal());
		boolean isRecent = last != null && this.nanoTime.getAsLong() - last.at() < RECENT_NANOS;
		return (isRecent && !this.resetting.getAsBoolean()) ? last : lookAgain(lane);
	}

	private Look lookAgain(Lane lane) {
		ConnectionPool<ClientConnection> pool = pool(lane);
		Look look = Look.at(this.nanoTime.getAsLong(), pool.snapshot(),
				this.resetting.getAsBoolean() ? draining(pool) : 0);
		this.looks.set(lane.ordinal(), look);
		return look;
	}

	private static int draining(ConnectionPool<ClientConnection> pool) {
		return (int) pool.connections().stream().filter((connection) -> connection.state() == State.RESETTING).count();
	}

	/**
	 * Notes that a statement of another lane has ended which had a connection of this
	 * one.
	 */
	void returned(Lane lane) {
		lent(lane).decrementAndGet();
	}

	private AtomicInteger lent(Lane lane) {
		return (lane == Lane.READ) ? this.lentByRead : this.lentByWrite;
	}

	List<ReadEndpoint> readEndpoints() {
		return this.replicas;
	}

	/**
	 * Chooses a read replica: the less loaded of two random ones that are not left out.
	 * @param usable which ones may be chosen
	 * @return the read that the replica has let through; none for the primary
	 */
	Optional<ReadEndpoint.Use> replicaFor(Predicate<ReadEndpoint> usable) {
		List<ReadEndpoint> shuffled = new ArrayList<>(this.replicas);
		shuffled.removeIf((replica) -> !usable.test(replica) || !replica.isUsable());
		Collections.shuffle(shuffled, ThreadLocalRandom.current());
		if (shuffled.size() > 1 && shuffled.get(1).load() < shuffled.get(0).load()) {
			Collections.swap(shuffled, 0, 1);
		}
		return shuffled.stream().map(ReadEndpoint::tryUse).flatMap(Optional::stream).findFirst();
	}

	Collection<ConnectionPool<ClientConnection>> all() {
		return Stream.concat(this.pools.values().stream(), this.replicas.stream().map(ReadEndpoint::connections))
			.toList();
	}

	/**
	 * A statement that may take a connection of the other lane.
	 */
	interface Borrower {

		/**
		 * Returns whether it still waits in its own lane.
		 */
		boolean isWaiting();

		/**
		 * Waits no more in its own lane, and takes a connection of another one.
		 * @return {@code false} if it waits no more already
		 */
		boolean borrow(Lane lender);

	}

	/**
	 * What decides about loans at a time.
	 *
	 * @param at the time
	 * @param isExhausted whether all connections are open and in use
	 * @param hasRoom whether there is a connection for another lease
	 * @param mostLent how many connections may be lent
	 */
	private record Look(long at, boolean isExhausted, boolean hasRoom, int mostLent) {

		static Look at(long at, PoolSnapshot present, int draining) {
			return new Look(at, present.total() - present.opening() >= present.max(),
					present.active() + draining < present.max(), present.max() - Math.max(1, present.min()) - draining);
		}

	}

}
