package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.pool.engine.PooledConnection.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parts of the life cycle share, and the lock that guards all of it that
 * changes, except for the maximum, which any thread may read, and the slots, which guard
 * themselves.
 * <p>
 * A connection goes {@code OPENING -> OPEN <-> VALIDATING}, and from any of these to
 * {@code CLOSING}, after which it is forgotten. Its slots are out except when it is
 * {@code OPEN}. Each move is made in a step, by the part whose concern it is:
 * {@link ConnectionRetirer}, {@link ConnectionChecker}, {@link ConnectionOpener},
 * {@link ConnectionUpkeep} and {@link PoolShutdown}, each of which calls only those
 * before it in this line.
 * <p>
 * The life cycle goes on in steps, one at a time. A step decides under the lock, and
 * leaves what is not ours to run there (connector, listener, callbacks) to actions that
 * run after it, in order; one that fails does not keep the others from being done. Before
 * the lock is released the step is settled: what it has found to be missing is seen to.
 * <p>
 * Callers that come while there is no room rely on being seen by the step that makes
 * some: it looks for them once the room can be seen. What a step has decided is done even
 * if it fails then.
 *
 * @param <C> the type of connection
 */
final class PoolState<C> {

	private static final Logger logger = LoggerFactory.getLogger(PoolState.class);

	/** How many steps a thread may make within each other. */
	private static final int DEEPEST = 48;

	/**
	 * What a step has found to be missing, to be opened at its end.
	 */
	enum Demand {

		/** Connections for waiters. */
		WAITERS,

		/** A connection for the next caller, though no caller waits. */
		NEXT_CALLER,

		/** Connections up to the minimum. */
		MINIMUM,

		/** A connection for callers that will come, unless one is opened anyway. */
		REPLACEMENT

	}

	final PoolOptions options;

	final PoolScheduler scheduler;

	final ConnectorCalls<C> calls;

	final PoolListener listener;

	final LeaseSlots<C> slots;

	final PoolConnections<C> connections = new PoolConnections<>();

	final OpenBackoff backoff;

	final ConnectionRetirer<C> retirer = new ConnectionRetirer<>(this);

	final ConnectionChecker<C> checker = new ConnectionChecker<>(this);

	final ConnectionOpener<C> opener = new ConnectionOpener<>(this);

	final ConnectionUpkeep<C> upkeep;

	final PoolShutdown<C> shutdown = new PoolShutdown<>(this);

	final PoolMessages<C> messages;

	private final ReentrantLock lock = new ReentrantLock();

	private final Set<Demand> demand = EnumSet.noneOf(Demand.class);

	/** What is left to do after the step; made by the first action of a step. */
	private List<Runnable> actions = List.of();

	/** Within how many others this step may be; see {@link #afterStep}. */
	private int depth;

	int min;

	/** The maximum without the restriction. */
	volatile int size;

	/** The bound below that size. */
	int restriction;

	volatile int max;

	boolean closing;

	/**
	 * Whether another connection could be opened at the end of the last step, once
	 * failures allow it.
	 */
	volatile boolean room;

	/** Whether a connection could be opened at the end of the last step. */
	private boolean couldOpen;

	long created;

	long destroyed;

	long openFailures;

	long leaked;

	final LongAdder waitedNanos = new LongAdder();

	final LongAdder timedOut = new LongAdder();

	final LongAdder shed = new LongAdder();

	final LongAdder rejected = new LongAdder();

	PoolState(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, int restriction) {
		this.options = options;
		this.scheduler = scheduler;
		this.calls = new ConnectorCalls<>(connector, scheduler);
		this.listener = PoolListener.all(List.of(options.listener()));
		this.slots = new LeaseSlots<>(options, scheduler, connector, this.listener, this.checker);
		this.backoff = new OpenBackoff(options.minOpenBackoff(), options.maxOpenBackoff());
		this.upkeep = new ConnectionUpkeep<>(this);
		this.messages = new PoolMessages<>(this);
		resize(options.minConnections(), options.maxConnections(), restriction);
	}

	/**
	 * Sets the size, and the bound below it. What that leaves to do is up to the caller.
	 */
	void resize(int min, int size, int restriction) {
		this.min = min;
		this.size = size;
		this.restriction = restriction;
		this.max = Math.min(size, restriction);
	}

	long now() {
		return this.scheduler.nanoTime();
	}

	/**
	 * Makes a step, or a part of the one that this thread makes.
	 */
	void run(Runnable step) {
		call(() -> {
			step.run();
			return true;
		});
	}

	/**
	 * Makes a step that is due to a connection, perhaps within a call of the connector.
	 */
	void run(PooledConnection<C> cause, Runnable step) {
		run(() -> {
			this.depth = Math.max(this.depth, cause.depth);
			step.run();
		});
	}

	<R> R call(Supplier<R> step) {
		if (this.lock.isHeldByCurrentThread()) {
			return step.get();
		}
		List<Runnable> decided = List.of();
		boolean roomMade = false;
		try {
			this.lock.lock();
			try {
				R result = step.get();
				this.opener.meetDemand();
				this.shutdown.completeIfEmpty();
				return result;
			}
			finally {
				decided = this.actions;
				this.actions = List.of();
				this.depth = 0;
				boolean canOpen = mayOpen();
				roomMade = canOpen && !this.couldOpen;
				this.couldOpen = canOpen;
				this.room = hasRoom();
			}
		}
		finally {
			// an overflow of the stack may be thrown by lock() though it has locked
			if (this.lock.isHeldByCurrentThread()) {
				this.lock.unlock();
			}
			decided.forEach(PoolState::runAnyway);
			if (roomMade && this.slots.queue.waiting() > 0) {
				demand(Demand.WAITERS);
			}
		}
	}

	private static void runAnyway(Runnable action) {
		try {
			action.run();
		}
		catch (Throwable ex) {
			logger.error("A step of a pool failed", ex);
		}
	}

	/**
	 * Does something after the step that this thread makes, without the lock.
	 */
	void afterStep(Runnable action) {
		if (this.actions.isEmpty()) {
			this.actions = new ArrayList<>(2);
		}
		this.actions.add(action);
	}

	/**
	 * Calls the connector for a connection after the step that this thread makes. If that
	 * completes immediately, the next step is made within this one. So the scheduler goes
	 * on once there are many of them, before the stack overflows.
	 */
	void afterStep(PooledConnection<C> pooled, Runnable call) {
		pooled.depth = (this.depth + 1) % DEEPEST;
		afterStep((pooled.depth > 0) ? call : () -> this.scheduler.schedule(Duration.ZERO, () -> runAnyway(call)));
	}

	/**
	 * Asks for connections: at the end of the step that this thread makes, or else now.
	 */
	void demand(Demand missing) {
		run(() -> this.demand.add(missing));
	}

	/**
	 * Hands over the demand, which is no longer asked for here.
	 */
	Set<Demand> takeDemand() {
		Set<Demand> taken = this.demand.isEmpty() ? Set.of() : EnumSet.copyOf(this.demand);
		this.demand.clear();
		return taken;
	}

	/**
	 * Provides as many slots as the pool needs at its size and for the connections that
	 * it has, which may be more for a while.
	 */
	void fitSlots() {
		this.slots.provide(Math.max(this.max * this.options.leasesPerConnection(), this.connections.slots()));
	}

	private boolean hasRoom() {
		return !this.closing && this.connections.total() < this.max
				&& this.connections.count(Phase.OPENING) < this.options.maxConcurrentOpens();
	}

	/**
	 * Returns whether another connection may be opened now.
	 */
	boolean mayOpen() {
		return hasRoom() && this.backoff.isOver(this.scheduler);
	}

	/**
	 * Returns whether a step now could open a connection. While it could not, since
	 * connections cannot be opened, callers have no reason to take the lock: the timer at
	 * the end of the back-off sees to them. Any thread may ask.
	 */
	boolean couldOpenNow() {
		return this.room && this.backoff.isOver(this.scheduler);
	}

	/**
	 * Takes a snapshot. The word of each slot is read once, so that what is counted from
	 * the words agrees.
	 */
	PoolSnapshot snapshot() {
		return call(() -> {
			long[] words = Arrays.stream(this.slots.all).mapToLong(Slot::word).toArray();
			long acquired = LongStream.of(words).map(Slot::generation).sum();
			long leased = LongStream.of(words).filter((word) -> Slot.is(Slot.LEASED, word)).count();
			int active = (int) this.connections.in(Phase.OPEN)
				.stream()
				.filter((pooled) -> pooled.slots.stream().anyMatch((slot) -> Slot.is(Slot.LEASED, words[slot.index])))
				.count();
			long held = Arrays.stream(this.slots.all).mapToLong((slot) -> slot.held).sum();
			int idle = this.connections.count(Phase.OPEN) + this.connections.count(Phase.VALIDATING) - active;
			return new PoolSnapshot(this.options.name(), this.min, this.max, this.connections.total(), active, idle,
					this.connections.count(Phase.OPENING), this.connections.count(Phase.CLOSING),
					this.slots.queue.waiting(), acquired, acquired - leased, this.created, this.destroyed,
					this.openFailures, this.timedOut.sum(), this.shed.sum(), this.rejected.sum(), this.leaked,
					Duration.ofNanos(this.waitedNanos.sum()), Duration.ofNanos(held),
					this.slots.queue.oldestWait(now()),
					leasesNow().map(LeaseSnapshot::age).max(Comparator.naturalOrder()),
					Optional.ofNullable(this.backoff.lastFailure).map(PoolMessages::describe),
					this.slots.queue.isSuspended());
		});
	}

	/**
	 * Returns the leases of this moment, the oldest first. Any thread may ask.
	 */
	List<LeaseSnapshot> leases() {
		return leasesNow().sorted(Comparator.comparing(LeaseSnapshot::age).reversed().thenComparing(LeaseSnapshot::id))
			.toList();
	}

	private Stream<LeaseSnapshot> leasesNow() {
		long now = now();
		return Arrays.stream(this.slots.slots).flatMap((slot) -> slot.lease(now).stream());
	}

}
