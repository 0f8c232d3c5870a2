package dev.dbpool.pool;

import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.dbpool.pool.ConnectionSnapshot.State;
import dev.dbpool.pool.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;

/**
 * The pool engine: one lock around the state, one FIFO queue of waiters.
 * <p>
 * A connection goes {@code OPENING -> IDLE <-> VALIDATING}, {@code IDLE -> LEASED ->
 * RESETTING -> IDLE}, and from any of these to {@code CLOSING}, after which it is
 * forgotten. All moves are made under the lock, which is the happens-before edge between
 * one holder of a connection and the next. What follows from a move and is not ours to
 * run under a lock (connector, listener, callbacks) is collected in {@link Effects} and
 * run after it. A connection that becomes free while callers wait goes to the first of
 * them under the same lock, so nobody overtakes; a waiter leaves the queue under the lock
 * too, so it is either served or has given up, never both.
 *
 * @param <C> the type of connection
 */
final class QueuedConnectionPool<C> implements ConnectionPool<C> {

	private static final Duration SLOWEST_HOUSEKEEPING = Duration.ofSeconds(5);

	private static final Duration FASTEST_HOUSEKEEPING = Duration.ofMillis(20);

	private final PoolOptions options;

	private final Connector<C> connector;

	private final PoolListener listener;

	private final PoolMessages messages;

	private final ReentrantLock lock = new ReentrantLock();

	private final PoolConnections<C> connections = new PoolConnections<>();

	private final Set<Waiter<C>> waiters = new LinkedHashSet<>();

	private final PoolCounters counters = new PoolCounters();

	private final OpenBackoff backoff;

	private final CompletableFuture<Void> closed = new CompletableFuture<>();

	private long connectionIds;

	private long leaseIds;

	private boolean closing;

	private @Nullable ScheduledTask housekeeping;

	QueuedConnectionPool(PoolOptions options, Connector<C> connector) {
		this.options = options;
		this.connector = connector;
		this.listener = new PoolListeners(List.of(options.listener()));
		this.messages = new PoolMessages(options);
		this.backoff = new OpenBackoff(options.minOpenBackoff(), options.maxOpenBackoff());
	}

	void start() {
		change(this::keepMinimum);
		scheduleHousekeeping();
	}

	long now() {
		return this.options.scheduler().nanoTime();
	}

	@Override
	public PoolOptions options() {
		return this.options;
	}

	@Override
	public Lease<C> acquire(LeaseOwner owner, Duration timeout) {
		long start = now();
		Waiter.Blocking<C> waiter = new Waiter.Blocking<>(owner, start);
		change((effects) -> enqueue(waiter, timeout, effects));
		if (!waiter.isServed()) {
			await(waiter, timeout);
		}
		if (waiter.failure != null) {
			throw waiter.failure;
		}
		return Objects.requireNonNull(waiter.lease);
	}

	@Override
	public Acquisition acquire(LeaseOwner owner, Duration timeout, LeaseCallback<C> callback) {
		Waiter.Async<C> waiter = new Waiter.Async<>(owner, now(), this.options, callback);
		boolean queued = changeAndGet((effects) -> enqueue(waiter, timeout, effects));
		if (queued) {
			waiter.timedBy(this.options.scheduler()
				.schedule(timeout, () -> change((effects) -> giveUp(waiter, timeout, effects))));
		}
		else {
			waiter.callBack();
		}
		return () -> changeAndGet((effects) -> cancel(waiter));
	}

	/**
	 * Serves a caller at once, refuses it, or puts it into the queue.
	 * @return whether it was put into the queue
	 */
	private boolean enqueue(Waiter<C> waiter, Duration timeout, Effects effects) {
		if (this.closing) {
			waiter.failure = this.messages.closed();
		}
		else {
			PooledConnection<C> free = this.waiters.isEmpty() ? pollFree(effects) : null;
			if (free != null) {
				lease(free, waiter, effects);
				return false;
			}
			if (timeout.isZero()) {
				waiter.failure = timedOut(timeout);
			}
			else if (this.waiters.size() >= this.options.maxPending()) {
				this.counters.rejected++;
				waiter.failure = this.messages.rejected(state());
			}
		}
		PoolException refused = waiter.failure;
		if (refused != null) {
			effects.add(() -> this.listener.onAcquireFailed(waiter.owner, refused));
			return false;
		}
		this.waiters.add(waiter);
		growForWaiters(effects);
		return true;
	}

	private void await(Waiter.Blocking<C> waiter, Duration timeout) {
		long deadline = waiter.since + Nanos.of(timeout);
		boolean interrupted = false;
		while (!waiter.isServed()) {
			long remaining = deadline - now();
			if (remaining <= 0) {
				change((effects) -> giveUp(waiter, timeout, effects));
			}
			else if (interrupted) {
				change((effects) -> {
					if (this.waiters.remove(waiter)) {
						waiter.failure = this.messages.interrupted(waiter.owner);
					}
				});
			}
			else {
				LockSupport.parkNanos(this, remaining);
				interrupted = Thread.interrupted();
			}
		}
		if (interrupted) {
			waiter.thread.interrupt();
		}
	}

	private void giveUp(Waiter<C> waiter, Duration timeout, Effects effects) {
		if (this.waiters.remove(waiter)) {
			AcquireTimeoutException failure = timedOut(timeout);
			waiter.failure = failure;
			effects.add(() -> this.listener.onAcquireFailed(waiter.owner, failure));
			effects.add(waiter::deliver);
		}
	}

	private boolean cancel(Waiter.Async<C> waiter) {
		waiter.cancelTimer();
		return this.waiters.remove(waiter);
	}

	private AcquireTimeoutException timedOut(Duration timeout) {
		this.counters.timedOut++;
		LeaseSnapshot oldest = this.connections.oldestLease().map((lease) -> lease.snapshot(now())).orElse(null);
		return this.messages.timedOut(timeout, state(), oldest, this.backoff.lastFailure());
	}

	/**
	 * Takes the idle connection used last that may be leased without a check, if there is
	 * one. Those that are past their lifetime are closed on the way.
	 */
	private @Nullable PooledConnection<C> pollFree(Effects effects) {
		long now = now();
		for (;;) {
			PooledConnection<C> free = this.connections.findIdle((candidate) -> mayLeaseUnchecked(candidate, now));
			if (free == null || !free.isExpired(now)) {
				return free;
			}
			beginClose(free, CloseReason.EXPIRED, effects);
		}
	}

	private boolean mayLeaseUnchecked(PooledConnection<C> pooled, long now) {
		return now - pooled.checkedAt <= Nanos.of(this.options.validateAfterIdle());
	}

	private void lease(PooledConnection<C> pooled, Waiter<C> waiter, Effects effects) {
		long now = now();
		this.connections.move(pooled, State.LEASED, now);
		pooled.uses++;
		PooledLease<C> lease = new PooledLease<>(this, pooled, ++this.leaseIds, waiter.owner, waiter.thread, now);
		pooled.lease = lease;
		waiter.lease = lease;
		this.counters.acquired++;
		effects.add(() -> this.listener.onLeaseAcquired(waiter.owner, Duration.ofNanos(now - waiter.since)));
	}

	/**
	 * Serves as many waiters as there are free connections, and gets more connections for
	 * the others.
	 */
	private void serveWaiters(Effects effects) {
		Iterator<Waiter<C>> queue = this.waiters.iterator();
		while (queue.hasNext()) {
			PooledConnection<C> free = pollFree(effects);
			if (free == null) {
				break;
			}
			serve(queue, free, effects);
		}
		growForWaiters(effects);
	}

	private void growForWaiters(Effects effects) {
		int missing = this.waiters.size() - this.connections.count(State.OPENING)
				- this.connections.count(State.VALIDATING);
		PooledConnection<C> unchecked = this.connections.findIdle((candidate) -> true);
		while (missing > 0 && unchecked != null) {
			beginValidate(unchecked, effects);
			missing--;
			unchecked = this.connections.findIdle((candidate) -> true);
		}
		while (missing > 0 && mayOpen()) {
			beginOpen(effects);
			missing--;
		}
	}

	private void keepMinimum(Effects effects) {
		while (this.connections.live() < this.options.minConnections() && mayOpen()) {
			beginOpen(effects);
		}
	}

	private boolean mayOpen() {
		return !this.closing && this.connections.total() < this.options.maxConnections()
				&& this.connections.count(State.OPENING) < this.options.maxConcurrentOpens()
				&& this.backoff.isOver(now());
	}

	private void beginOpen(Effects effects) {
		PooledConnection<C> opening = new PooledConnection<>(this, ++this.connectionIds, now(), jitteredLifetime());
		this.connections.addOpening(opening);
		effects.add(() -> call(() -> this.connector.open(opening), (connection, failure) -> {
			if (connection != null) {
				change((next) -> opened(opening, connection, next));
			}
			else {
				Throwable cause = (failure != null) ? failure : new IllegalStateException("connector opened nothing");
				change((next) -> openFailed(opening, cause, next));
			}
		}));
	}

	/**
	 * Takes up to an eighth off the lifetime, so that connections opened together do not
	 * all end together (HikariCP takes off up to a fortieth, which spreads the ends of a
	 * half-hour lifetime over 45 seconds only).
	 */
	private Duration jitteredLifetime() {
		long lifetime = Nanos.of(this.options.maxLifetime());
		return Duration.ofNanos(lifetime - ThreadLocalRandom.current().nextLong(lifetime / 8 + 1));
	}

	private void opened(PooledConnection<C> pooled, C connection, Effects effects) {
		pooled.connection = connection;
		this.counters.created++;
		this.backoff.opened(now());
		Duration took = Duration.ofNanos(now() - pooled.createdAt);
		effects.add(() -> this.listener.onConnectionOpened(pooled.id, took));
		pooled.idleSince = now();
		if (pooled.doomed == CloseReason.DISCONNECTED) {
			backOffFromLoss(effects);
		}
		free(pooled, effects);
		replenish(effects);
	}

	private void openFailed(PooledConnection<C> pooled, Throwable cause, Effects effects) {
		this.connections.remove(pooled);
		this.counters.openFailures++;
		Duration wait = this.backoff.failed(cause, now());
		int failures = this.backoff.consecutiveFailures();
		effects.add(() -> this.listener.onConnectionOpenFailed(cause, failures));
		replenishAfter(wait, effects);
		growForWaiters(effects);
		completeCloseWhenEmpty(effects);
	}

	/**
	 * Treats a connection that was lost before it was of any use like one that could not
	 * be opened.
	 */
	private void backOffFromLoss(Effects effects) {
		Duration wait = this.backoff.lost(new IOException("the server closed a new connection before its first use"),
				now());
		replenishAfter(wait, effects);
	}

	private void replenishAfter(Duration wait, Effects effects) {
		if (!this.closing) {
			effects.add(() -> this.options.scheduler().schedule(wait, () -> change(this::replenish)));
		}
	}

	private void prove(PooledConnection<C> pooled) {
		pooled.proved = true;
		this.backoff.proved();
	}

	private void replenish(Effects effects) {
		serveWaiters(effects);
		keepMinimum(effects);
	}

	/**
	 * Hands a connection that was just opened, used or checked to the first waiter, makes
	 * it idle if nobody waits, or closes it if its time is over.
	 */
	private void free(PooledConnection<C> pooled, Effects effects) {
		long now = now();
		CloseReason reason = pooled.doomed;
		if (this.closing) {
			reason = CloseReason.POOL_CLOSED;
		}
		else if (reason == null && pooled.isExpired(now)) {
			reason = CloseReason.EXPIRED;
		}
		if (reason != null) {
			beginClose(pooled, reason, effects);
			return;
		}
		pooled.checkedAt = now;
		Iterator<Waiter<C>> queue = this.waiters.iterator();
		if (queue.hasNext()) {
			serve(queue, pooled, effects);
		}
		else {
			this.connections.move(pooled, State.IDLE, now);
		}
	}

	private void serve(Iterator<Waiter<C>> queue, PooledConnection<C> free, Effects effects) {
		Waiter<C> waiter = queue.next();
		queue.remove();
		lease(free, waiter, effects);
		effects.add(waiter::deliver);
	}

	private void beginValidate(PooledConnection<C> pooled, Effects effects) {
		this.connections.move(pooled, State.VALIDATING, now());
		C connection = pooled.open();
		effects.add(() -> call(() -> this.connector.validate(connection),
				(none, failure) -> change((next) -> validated(pooled, failure, next))));
	}

	private void validated(PooledConnection<C> pooled, @Nullable Throwable failure, Effects effects) {
		if (pooled.state != State.VALIDATING) {
			return;
		}
		if (failure != null) {
			beginClose(pooled, CloseReason.VALIDATION_FAILED, effects);
			growForWaiters(effects);
		}
		else {
			prove(pooled);
			free(pooled, effects);
		}
	}

	/**
	 * Takes a connection back from a lease that its holder has closed. A connection that
	 * is ready for reuse at once, which is the usual case, needs the lock only once.
	 */
	void release(PooledLease<C> lease) {
		PooledConnection<C> pooled = lease.pooled();
		if (pooled.doomed != null) {
			change((effects) -> {
				released(lease, effects);
				free(pooled, effects);
			});
			return;
		}
		CompletableFuture<Void> reset = stage(() -> this.connector.reset(pooled.open()));
		if (reset.isDone()) {
			change((effects) -> {
				released(lease, effects);
				finishReset(pooled, reset.isCompletedExceptionally(), effects);
			});
			return;
		}
		change((effects) -> {
			released(lease, effects);
			pooled.resetting = lease;
			this.connections.move(pooled, State.RESETTING, now());
		});
		ScheduledTask timer = this.options.scheduler()
			.schedule(this.options.releaseTimeout(), () -> change((effects) -> endReset(lease, true, effects)));
		reset.whenComplete((none, failure) -> {
			timer.cancel();
			change((effects) -> endReset(lease, failure != null, effects));
		});
	}

	private void released(PooledLease<C> lease, Effects effects) {
		PooledConnection<C> pooled = lease.pooled();
		pooled.lease = null;
		pooled.idleSince = now();
		this.counters.released++;
		Duration held = lease.age();
		effects.add(() -> this.listener.onLeaseReleased(lease.owner(), held));
	}

	private void endReset(PooledLease<C> lease, boolean failed, Effects effects) {
		PooledConnection<C> pooled = lease.pooled();
		if (pooled.resetting == lease) {
			pooled.resetting = null;
			finishReset(pooled, failed, effects);
		}
	}

	private void finishReset(PooledConnection<C> pooled, boolean failed, Effects effects) {
		if (failed) {
			pooled.doom(CloseReason.RESET_FAILED);
		}
		else {
			prove(pooled);
		}
		free(pooled, effects);
	}

	void disconnected(PooledConnection<C> pooled) {
		change((effects) -> retire(pooled, CloseReason.DISCONNECTED, effects));
	}

	void invalidate(PooledLease<C> lease) {
		change((effects) -> {
			if (lease.pooled().lease == lease) {
				lease.pooled().doom(CloseReason.INVALIDATED);
			}
		});
	}

	@Override
	public boolean evict(long connectionId) {
		return changeAndGet((effects) -> {
			PooledConnection<C> pooled = this.connections.find(connectionId);
			return pooled != null && retire(pooled, CloseReason.EVICTED, effects);
		});
	}

	/**
	 * Closes a connection as soon as nobody uses it.
	 * @return whether this was news
	 */
	private boolean retire(PooledConnection<C> pooled, CloseReason reason, Effects effects) {
		if (pooled.state == State.CLOSING || pooled.doomed != null) {
			return false;
		}
		pooled.doom(reason);
		if (reason == CloseReason.DISCONNECTED && !pooled.proved && pooled.state == State.IDLE) {
			backOffFromLoss(effects);
		}
		if (pooled.state == State.IDLE || pooled.state == State.VALIDATING) {
			beginClose(pooled, reason, effects);
			growForWaiters(effects);
		}
		return true;
	}

	@Override
	public boolean revoke(long leaseId) {
		return changeAndGet((effects) -> this.connections.all()
			.stream()
			.map((pooled) -> pooled.lease)
			.filter((lease) -> lease != null && lease.id() == leaseId)
			.anyMatch((lease) -> lease != null && revoke(lease, CloseReason.REVOKED, effects)));
	}

	private boolean revoke(PooledLease<C> lease, CloseReason reason, Effects effects) {
		if (!lease.markRevoked()) {
			return false;
		}
		released(lease, effects);
		beginClose(lease.pooled(), reason, effects);
		return true;
	}

	private void beginClose(PooledConnection<C> pooled, CloseReason reason, Effects effects) {
		pooled.doom(reason);
		this.connections.move(pooled, State.CLOSING, now());
		C connection = pooled.open();
		effects.add(() -> {
			ScheduledTask timer = this.options.scheduler()
				.schedule(this.options.releaseTimeout(), () -> change((next) -> closed(pooled, reason, next)));
			call(() -> this.connector.close(connection), (none, failure) -> {
				timer.cancel();
				change((next) -> closed(pooled, reason, next));
			});
		});
	}

	private void closed(PooledConnection<C> pooled, CloseReason reason, Effects effects) {
		if (this.connections.remove(pooled)) {
			this.counters.destroyed++;
			effects.add(() -> this.listener.onConnectionClosed(pooled.id, reason));
			replenish(effects);
			completeCloseWhenEmpty(effects);
		}
	}

	private void scheduleHousekeeping() {
		ScheduledTask next = this.options.scheduler().schedule(housekeepingInterval(), () -> {
			change(this::keepHouse);
			scheduleHousekeeping();
		});
		boolean tooLate = changeAndGet((effects) -> {
			this.housekeeping = next;
			return this.closing && this.connections.total() == 0;
		});
		if (tooLate) {
			next.cancel();
		}
	}

	/**
	 * A quarter of the shortest limit that housekeeping watches over.
	 */
	private Duration housekeepingInterval() {
		Duration interval = Stream
			.of(this.options.idleTimeout(), this.options.maxLifetime(), this.options.keepAliveInterval(),
					this.options.leakDetectionTimeout())
			.filter((limit) -> !limit.isZero())
			.map((limit) -> limit.dividedBy(4))
			.min(Comparator.naturalOrder())
			.orElse(SLOWEST_HOUSEKEEPING);
		if (interval.compareTo(SLOWEST_HOUSEKEEPING) > 0) {
			return SLOWEST_HOUSEKEEPING;
		}
		return (interval.compareTo(FASTEST_HOUSEKEEPING) < 0) ? FASTEST_HOUSEKEEPING : interval;
	}

	private void keepHouse(Effects effects) {
		long now = now();
		for (PooledConnection<C> pooled : this.connections.coldestFirst()) {
			if (pooled.isExpired(now)) {
				beginClose(pooled, CloseReason.EXPIRED, effects);
			}
			else if (this.connections.live() > this.options.minConnections()
					&& hasPassed(this.options.idleTimeout(), pooled.idleSince, now)) {
				beginClose(pooled, CloseReason.IDLE, effects);
			}
			else if (hasPassed(this.options.keepAliveInterval(), pooled.checkedAt, now)) {
				beginValidate(pooled, effects);
			}
		}
		for (PooledConnection<C> pooled : this.connections.all()) {
			PooledLease<C> lease = pooled.lease;
			if (lease != null && hasPassed(this.options.leakDetectionTimeout(), lease.renewedAt(), now)) {
				leaked(lease, now, effects);
			}
		}
		replenish(effects);
	}

	private static boolean hasPassed(Duration limit, long since, long now) {
		return !limit.isZero() && now - since >= Nanos.of(limit);
	}

	private void leaked(PooledLease<C> lease, long now, Effects effects) {
		if (!lease.reportedAsLeaked) {
			lease.reportedAsLeaked = true;
			this.counters.leaked++;
			LeaseSnapshot snapshot = lease.snapshot(now);
			effects.add(() -> this.listener.onLeaseLeaked(snapshot, this.options.leakAction()));
		}
		if (this.options.leakAction() == LeakAction.RECLAIM) {
			revoke(lease, CloseReason.REVOKED, effects);
		}
	}

	@Override
	public CompletionStage<Void> close(Duration drainTime) {
		change((effects) -> beginCloseAll(drainTime, effects));
		return this.closed.minimalCompletionStage();
	}

	private void beginCloseAll(Duration drainTime, Effects effects) {
		if (this.closing) {
			return;
		}
		this.closing = true;
		for (Waiter<C> waiter : this.waiters) {
			PoolClosedException refusal = this.messages.closed();
			waiter.failure = refusal;
			effects.add(() -> this.listener.onAcquireFailed(waiter.owner, refusal));
			effects.add(waiter::deliver);
		}
		this.waiters.clear();
		for (PooledConnection<C> pooled : this.connections.all()) {
			if (pooled.state == State.IDLE || pooled.state == State.VALIDATING) {
				beginClose(pooled, CloseReason.POOL_CLOSED, effects);
			}
		}
		if (this.connections.total() > 0) {
			effects.add(() -> endDrainAfter(drainTime));
		}
		completeCloseWhenEmpty(effects);
	}

	private void endDrainAfter(Duration drainTime) {
		ScheduledTask timer = this.options.scheduler().schedule(drainTime, () -> change((effects) -> {
			for (PooledConnection<C> pooled : this.connections.all()) {
				PooledLease<C> lease = pooled.lease;
				if (lease != null) {
					revoke(lease, CloseReason.POOL_CLOSED, effects);
				}
			}
		}));
		this.closed.whenComplete((none, failure) -> timer.cancel());
	}

	private void completeCloseWhenEmpty(Effects effects) {
		if (this.closing && this.connections.total() == 0) {
			ScheduledTask task = this.housekeeping;
			if (task != null) {
				effects.add(task::cancel);
			}
			effects.add(() -> this.closed.complete(null));
		}
	}

	@Override
	public PoolSnapshot snapshot() {
		return changeAndGet((effects) -> state());
	}

	private PoolSnapshot state() {
		int idle = this.connections.count(State.IDLE) + this.connections.count(State.VALIDATING)
				+ this.connections.count(State.RESETTING);
		return new PoolSnapshot(this.options.name(), this.options.minConnections(), this.options.maxConnections(),
				this.connections.total(), this.connections.count(State.LEASED), idle,
				this.connections.count(State.OPENING), this.connections.count(State.CLOSING), this.waiters.size(),
				this.counters.acquired, this.counters.released, this.counters.created, this.counters.destroyed,
				this.counters.openFailures, this.counters.timedOut, this.counters.rejected, this.counters.leaked,
				this.connections.oldestLease().map(PooledLease::age),
				Optional.ofNullable(this.backoff.lastFailure()).map(PoolMessages::describe));
	}

	@Override
	public List<ConnectionSnapshot> connections() {
		long now = now();
		return changeAndGet(
				(effects) -> this.connections.all().stream().map((pooled) -> pooled.snapshot(now)).toList());
	}

	@Override
	public List<LeaseSnapshot> leases() {
		long now = now();
		return changeAndGet((effects) -> this.connections.all()
			.stream()
			.map((pooled) -> pooled.lease)
			.filter(Objects::nonNull)
			.map((lease) -> lease.snapshot(now))
			.sorted(Comparator.comparingLong(LeaseSnapshot::id))
			.toList());
	}

	private void change(Consumer<Effects> step) {
		changeAndGet((effects) -> {
			step.accept(effects);
			return true;
		});
	}

	/**
	 * Makes one step under the lock, and runs what follows from it after.
	 */
	private <R> R changeAndGet(Function<Effects, R> step) {
		Effects effects = new Effects();
		R result;
		this.lock.lock();
		try {
			result = step.apply(effects);
		}
		finally {
			this.lock.unlock();
		}
		effects.run();
		return result;
	}

	/**
	 * Calls the connector, whose exceptions mean the same as failed stages.
	 */
	private static <T> void call(Supplier<CompletionStage<T>> operation,
			BiConsumer<@Nullable T, @Nullable Throwable> then) {
		stage(operation).whenComplete(then);
	}

	/**
	 * Starts an operation of the connector. Whatever goes wrong with that is a failure of
	 * the operation: the pool has to hear of its end in any case.
	 */
	private static <T> CompletableFuture<T> stage(Supplier<CompletionStage<T>> operation) {
		try {
			return operation.get().toCompletableFuture();
		}
		catch (Throwable ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

}
