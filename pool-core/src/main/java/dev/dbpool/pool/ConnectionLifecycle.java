package dev.dbpool.pool;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.dbpool.pool.PoolScheduler.ScheduledTask;
import dev.dbpool.pool.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Opens, checks, retires and closes the connections of a pool, and lends them out through
 * {@link LeaseSlots}. A caller that finds a free slot never comes here.
 * <p>
 * A connection goes {@code OPENING -> OPEN <-> VALIDATING}, and from any of these to
 * {@code CLOSING}, after which it is forgotten. Its slots are out except when it is
 * {@code OPEN}. All moves are made under one lock; what follows from a move and is not
 * ours to run under a lock (connector, listener, callbacks) is collected in
 * {@link Effects} and run after it.
 * <p>
 * To close a connection takes two steps: it is doomed, with the reason, and its slots are
 * retired; when the last of them is out, it is closed. So a lease is never cut short, but
 * for {@link #revoke}.
 *
 * @param <C> the type of connection
 */
final class ConnectionLifecycle<C> implements SlotKeeper<C> {

	private final PoolOptions options;

	private final Connector<C> connector;

	private final PoolListener listener;

	private final LeaseSlots<C> slots;

	private final ReentrantLock lock = new ReentrantLock();

	private final PoolConnections<C> connections = new PoolConnections<>();

	private final PoolCounters counters = new PoolCounters();

	private final OpenBackoff backoff;

	private final Timers timers;

	private final Housekeeping housekeeping;

	private final CompletableFuture<Void> closed = new CompletableFuture<>();

	private int min;

	private int max;

	private long connectionIds;

	private boolean closing;

	/** Whether a step has left something to do for those who wait. */
	private boolean growAfterStep;

	private volatile boolean room;

	ConnectionLifecycle(PoolOptions options, Connector<C> connector, PoolListener listener) {
		this.options = options;
		this.connector = connector;
		this.listener = listener;
		this.min = options.minConnections();
		this.max = options.maxConnections();
		this.backoff = new OpenBackoff(options.minOpenBackoff(), options.maxOpenBackoff());
		this.slots = new LeaseSlots<>(options, connector, this);
		this.timers = new Timers(options);
		this.housekeeping = new Housekeeping(options, () -> change(this::keepHouse));
	}

	void start() {
		change(this::keepMinimum);
		this.housekeeping.start();
	}

	LeaseSlots<C> slots() {
		return this.slots;
	}

	String poolName() {
		return this.options.name();
	}

	private long now() {
		return this.options.scheduler().nanoTime();
	}

	/**
	 * Tells whether another connection may be opened.
	 */
	boolean hasRoom() {
		return this.room;
	}

	/**
	 * Gets connections for those who wait.
	 */
	void grow() {
		change(this::growForWaiters);
	}

	@Override
	public void checkStale() {
		if (this.lock.isHeldByCurrentThread()) {
			this.growAfterStep = true;
		}
		else {
			grow();
		}
	}

	/**
	 * Gets a connection for the next caller, though nobody waits.
	 */
	void growForNext() {
		change((effects) -> growFor(Math.max(1, this.slots.waiting()), effects));
	}

	private void growForWaiters(Effects effects) {
		growFor(this.slots.waiting(), effects);
	}

	private void growFor(int callers, Effects effects) {
		if (this.slots.isSuspended()) {
			return;
		}
		int perConnection = this.options.leasesPerConnection();
		int missing = callers
				- perConnection * (this.connections.count(Phase.OPENING) + this.connections.count(Phase.VALIDATING));
		if (missing > 0) {
			missing -= perConnection * freshenIdle(missing, effects);
		}
		while (missing > 0 && mayOpen()) {
			beginOpen(null, effects);
			missing -= perConnection;
		}
	}

	/**
	 * Sees to connections that are free but may not be leased as they are.
	 * @return how many are being checked by this
	 */
	private int freshenIdle(int missing, Effects effects) {
		int checking = 0;
		List<PooledConnection<C>> candidates = this.connections
			.coldestFirst((pooled) -> pooled.phase == Phase.OPEN && pooled.doomed == null);
		for (int i = candidates.size() - 1; i >= 0 && checking < missing; i--) {
			PooledConnection<C> pooled = candidates.get(i);
			if (pooled.isExpired(now())) {
				expire(pooled, effects);
			}
			else if (pooled.slots().stream().anyMatch(this.slots::isFresh)) {
				continue;
			}
			else if (pooled.isLeased()) {
				offerAgain(pooled, effects);
			}
			else if (pooled.withdraw()) {
				beginValidate(pooled, effects);
				checking++;
			}
			else {
				offerAgain(pooled, effects);
			}
		}
		return checking;
	}

	/**
	 * Counts the free slots of a connection as checked: it is in use by others.
	 */
	private void offerAgain(PooledConnection<C> pooled, Effects effects) {
		for (Slot<C> slot : pooled.slots()) {
			if (slot.withdraw() || Slot.is(Slot.OUT, slot.word())) {
				this.slots.offer(slot, now(), deliverAfter(effects));
			}
		}
	}

	private void keepMinimum(Effects effects) {
		while (this.connections.live() < this.min && mayOpen()) {
			beginOpen(null, effects);
		}
	}

	private boolean mayOpen() {
		return hasRoomNow() && this.backoff.isOver(now());
	}

	private boolean hasRoomNow() {
		return !this.closing && this.connections.total() < this.max
				&& this.connections.count(Phase.OPENING) < this.options.maxConcurrentOpens();
	}

	private void beginOpen(@Nullable PooledConnection<C> replaces, Effects effects) {
		PooledConnection<C> opening = new PooledConnection<>(this, ++this.connectionIds, now(), jitteredLifetime());
		opening.replaces = replaces;
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
		long now = now();
		this.counters.created++;
		this.backoff.opened(now);
		Duration took = Duration.ofNanos(now - pooled.createdAt);
		effects.add(() -> this.listener.onConnectionOpened(pooled.id, took));
		int place = this.connections.takePlace();
		pooled.opened(connection, place, slotsAt(place), now);
		this.connections.enter(pooled, Phase.OPEN, now);
		if (pooled.doomed == CloseReason.DISCONNECTED) {
			backOffFromLoss(effects);
		}
		if (pooled.doomed != null) {
			forgetReplaced(pooled);
			beginClose(pooled, effects);
		}
		else {
			offerAll(pooled, effects);
			retireReplaced(pooled, effects);
		}
		if (this.connections.live() > this.max) {
			shrink(effects);
		}
		replenish(effects);
	}

	private List<Slot<C>> slotsAt(int place) {
		int count = this.options.leasesPerConnection();
		return Arrays.asList(this.slots.all()).subList(place * count, (place + 1) * count);
	}

	private void retireReplaced(PooledConnection<C> pooled, Effects effects) {
		PooledConnection<C> replaced = pooled.replaces;
		pooled.replaces = null;
		if (replaced != null) {
			retire(replaced, CloseReason.EXPIRED, effects);
		}
	}

	private static <C> void forgetReplaced(PooledConnection<C> pooled) {
		if (pooled.replaces != null) {
			pooled.replaces.replaced = false;
			pooled.replaces = null;
		}
	}

	private void openFailed(PooledConnection<C> pooled, Throwable cause, Effects effects) {
		this.connections.remove(pooled);
		this.counters.openFailures++;
		forgetReplaced(pooled);
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
			effects.add(() -> this.timers.set(wait, () -> change(this::replenish)));
		}
	}

	private void replenish(Effects effects) {
		growForWaiters(effects);
		keepMinimum(effects);
	}

	private void offerAll(PooledConnection<C> pooled, Effects effects) {
		long now = now();
		pooled.slots().forEach((slot) -> this.slots.offer(slot, now, deliverAfter(effects)));
	}

	private static <C> Consumer<Waiter<C>> deliverAfter(Effects effects) {
		return (waiter) -> effects.add(waiter::deliver);
	}

	private void beginValidate(PooledConnection<C> pooled, Effects effects) {
		this.connections.enter(pooled, Phase.VALIDATING, now());
		C connection = pooled.connection();
		effects.add(() -> call(() -> this.connector.validate(connection),
				(none, failure) -> change((next) -> validated(pooled, failure, next))));
	}

	private void validated(PooledConnection<C> pooled, @Nullable Throwable failure, Effects effects) {
		if (pooled.phase != Phase.VALIDATING) {
			return;
		}
		if (failure != null) {
			pooled.recordError();
			pooled.doom(CloseReason.VALIDATION_FAILED);
			beginClose(pooled, effects);
			growForWaiters(effects);
		}
		else {
			pooled.prove();
			this.backoff.proved();
			this.connections.enter(pooled, Phase.OPEN, now());
			offerAll(pooled, effects);
		}
	}

	@Override
	public void acquired(LeaseOwner owner, long waitedNanos) {
		this.listener.onLeaseAcquired(owner, Duration.ofNanos(waitedNanos));
	}

	@Override
	public void released(LeaseOwner owner, long heldNanos) {
		this.listener.onLeaseReleased(owner, Duration.ofNanos(heldNanos));
	}

	@Override
	public void reset(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		CompletableFuture<Void> reset = stage(() -> this.connector.reset(pooled.connection()));
		if (reset.isDone()) {
			endReset(slot, reset.isCompletedExceptionally());
			return;
		}
		pooled.resetStarted();
		AtomicBoolean ended = new AtomicBoolean();
		Consumer<Boolean> end = (failed) -> {
			if (ended.compareAndSet(false, true)) {
				pooled.resetEnded();
				endReset(slot, failed);
			}
		};
		ScheduledTask timer = this.timers.set(this.options.releaseTimeout(), () -> end.accept(true));
		reset.whenComplete((none, failure) -> {
			Timers.cancel(timer);
			end.accept(failure != null);
		});
	}

	private void endReset(Slot<C> slot, boolean failed) {
		PooledConnection<C> pooled = slot.pooled();
		if (failed) {
			pooled.recordError();
			change((effects) -> {
				retire(pooled, CloseReason.RESET_FAILED, effects);
				slot.putOutClaimed();
				closeIfOut(pooled, effects);
			});
			return;
		}
		if (!pooled.isProved()) {
			prove(pooled);
		}
		slot.checked(this.slots.now());
		this.slots.give(slot, Waiter::deliver);
	}

	private void prove(PooledConnection<C> pooled) {
		change((effects) -> {
			pooled.prove();
			this.backoff.proved();
		});
	}

	@Override
	public void expired(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		change((effects) -> {
			if (pooled.isExpired(now())) {
				expire(pooled, effects);
			}
		});
	}

	/**
	 * Retires a connection that is past its lifetime. One that was of use lately is
	 * replaced though nobody waits, so that nobody has to.
	 */
	private void expire(PooledConnection<C> pooled, Effects effects) {
		if (pooled.doomed == null) {
			pooled.missed = !pooled.replaced && isInDemand(pooled);
		}
		retire(pooled, CloseReason.EXPIRED, effects);
	}

	private boolean isInDemand(PooledConnection<C> pooled) {
		boolean usedLately = this.options.idleTimeout().isZero()
				|| !hasPassed(this.options.idleTimeout(), pooled.lastUse(), now());
		return pooled.isLeased() || (usedLately && pooled.wasUsed());
	}

	@Override
	public void putOut(Slot<C> slot) {
		PooledConnection<C> pooled = slot.pooled();
		change((effects) -> closeIfOut(pooled, effects));
	}

	private void closeIfOut(PooledConnection<C> pooled, Effects effects) {
		if (pooled.phase == Phase.OPEN && pooled.doomed != null && pooled.isOut()) {
			beginClose(pooled, effects);
		}
	}

	void disconnected(PooledConnection<C> pooled) {
		change((effects) -> {
			if (!pooled.isProved() && pooled.doomed == null && pooled.isIdle()) {
				backOffFromLoss(effects);
			}
			retire(pooled, CloseReason.DISCONNECTED, effects);
		});
	}

	void invalidate(PooledConnection<C> pooled, Slot<C> slot, long ticket) {
		change((effects) -> {
			if (Slot.ticket(slot.word()) == ticket) {
				retire(pooled, CloseReason.INVALIDATED, effects);
			}
		});
	}

	boolean evict(long connectionId) {
		return changeAndGet((effects) -> {
			PooledConnection<C> pooled = this.connections.find(connectionId);
			return pooled != null && retire(pooled, CloseReason.EVICTED, effects);
		});
	}

	int softReset() {
		return changeAndGet((effects) -> (int) this.connections.all()
			.stream()
			.filter((pooled) -> retire(pooled, CloseReason.EVICTED, effects))
			.count());
	}

	/**
	 * Closes a connection as soon as nobody uses it.
	 * @return whether this was news
	 */
	private boolean retire(PooledConnection<C> pooled, CloseReason reason, Effects effects) {
		if (pooled.phase == Phase.CLOSING || pooled.doomed != null) {
			return false;
		}
		pooled.doom(reason);
		if (pooled.phase == Phase.VALIDATING) {
			beginClose(pooled, effects);
		}
		else if (pooled.phase == Phase.OPEN) {
			pooled.slots().forEach(Slot::retire);
			closeIfOut(pooled, effects);
		}
		this.growAfterStep = true;
		return true;
	}

	void resize(int minConnections, int maxConnections) {
		this.options.checkSize(minConnections, maxConnections);
		change((effects) -> {
			this.min = minConnections;
			this.max = maxConnections;
			this.slots.provide(maxConnections * this.options.leasesPerConnection());
			shrink(effects);
			replenish(effects);
		});
	}

	/**
	 * Retires what is more than the maximum: those that nobody uses before the others,
	 * the coldest first.
	 */
	private void shrink(Effects effects) {
		List<PooledConnection<C>> staying = this.connections
			.coldestFirst((pooled) -> pooled.phase != Phase.CLOSING && pooled.doomed == null);
		if (staying.size() > this.max) {
			List<PooledConnection<C>> inOrder = new ArrayList<>(staying);
			inOrder.sort((first, second) -> Boolean.compare(first.isLeased(), second.isLeased()));
			inOrder.subList(0, staying.size() - this.max)
				.forEach((pooled) -> retire(pooled, CloseReason.RESIZED, effects));
		}
	}

	/**
	 * Takes a lease back from its holder.
	 */
	boolean revoke(long leaseId) {
		int index = Slot.indexOf(leaseId);
		Slot<C>[] all = this.slots.all();
		return leaseId > 0 && index < all.length
				&& changeAndGet((effects) -> revoke(all[index], Slot.ticketOf(leaseId), CloseReason.REVOKED, effects));
	}

	private boolean revoke(Slot<C> slot, long ticket, CloseReason reason, Effects effects) {
		if (Slot.ticket(slot.word()) != ticket) {
			return false;
		}
		LeaseOwner owner = slot.owner(ticket).orElse(LeaseOwner.UNKNOWN);
		Duration held = Duration.ofNanos(Math.max(0, this.slots.now() - slot.acquiredAt()));
		PooledConnection<C> pooled = slot.pooled();
		if (!this.slots.revoke(slot, ticket)) {
			return false;
		}
		slot.revoked(new RevokedLease(ticket, owner, pooled.id));
		effects.add(() -> this.listener.onLeaseReleased(owner, held));
		retire(pooled, reason, effects);
		closeIfOut(pooled, effects);
		return true;
	}

	private void beginClose(PooledConnection<C> pooled, Effects effects) {
		this.connections.enter(pooled, Phase.CLOSING, now());
		C connection = pooled.connection();
		effects.add(() -> {
			ScheduledTask timer = this.timers.set(this.options.releaseTimeout(),
					() -> change((next) -> closed(pooled, next)));
			call(() -> this.connector.close(connection), (none, failure) -> {
				Timers.cancel(timer);
				change((next) -> closed(pooled, next));
			});
		});
	}

	private void closed(PooledConnection<C> pooled, Effects effects) {
		if (this.connections.remove(pooled)) {
			this.counters.destroyed++;
			pooled.forget();
			CloseReason reason = Objects.requireNonNull(pooled.doomed, "closed without a reason");
			effects.add(() -> this.listener.onConnectionClosed(pooled.id, reason));
			int opening = this.connections.count(Phase.OPENING);
			replenish(effects);
			if (pooled.missed && this.connections.count(Phase.OPENING) == opening && mayOpen()) {
				beginOpen(null, effects);
			}
			completeCloseWhenEmpty(effects);
		}
	}

	private void keepHouse(Effects effects) {
		long now = now();
		this.slots.forgetHints();
		for (PooledConnection<C> pooled : this.connections.coldestFirst((candidate) -> candidate.phase == Phase.OPEN)) {
			if (pooled.isExpired(now)) {
				expire(pooled, effects);
			}
			else if (pooled.isIdle()) {
				keepIdle(pooled, now, effects);
			}
		}
		replaceAhead(now, effects);
		findLeaks(now, effects);
		replenish(effects);
	}

	private void keepIdle(PooledConnection<C> pooled, long now, Effects effects) {
		boolean dispensable = this.connections.live() > this.min
				&& hasPassed(this.options.idleTimeout(), pooled.lastUse(), now);
		if (!dispensable && !hasPassed(this.options.keepAliveInterval(), pooled.checkedAt(), now)) {
			return;
		}
		if (!pooled.withdraw()) {
			offerAgain(pooled, effects);
		}
		else if (dispensable) {
			pooled.doom(CloseReason.IDLE);
			beginClose(pooled, effects);
		}
		else {
			beginValidate(pooled, effects);
		}
	}

	/**
	 * Opens replacements for connections that are in use and near the end of their
	 * lifetime, as far as there is room for both.
	 */
	private void replaceAhead(long now, Effects effects) {
		long ahead = 2 * Nanos.of(this.housekeeping.interval());
		for (PooledConnection<C> pooled : this.connections.all()) {
			boolean due = pooled.phase == Phase.OPEN && pooled.doomed == null && !pooled.replaced
					&& pooled.isExpired(now + ahead);
			if (due && isInDemand(pooled) && mayOpen()) {
				pooled.replaced = true;
				beginOpen(pooled, effects);
			}
		}
	}

	/**
	 * Looks for leases that are held for too long. The times of a slot are those of an
	 * earlier lease until it says whose it is, so they are looked at again after that.
	 */
	private void findLeaks(long now, Effects effects) {
		for (Slot<C> slot : this.slots.all()) {
			long word = slot.word();
			if (Slot.is(Slot.LEASED, word) && hasPassed(this.options.leakDetectionTimeout(), slot.renewedAt(), now)) {
				slot.lease(now)
					.filter((lease) -> lease.id() == slot.leaseId(Slot.ticket(word)))
					.filter((lease) -> hasPassed(this.options.leakDetectionTimeout(), slot.renewedAt(), now))
					.ifPresent((lease) -> leaked(slot, Slot.ticket(word), lease, effects));
			}
		}
	}

	private void leaked(Slot<C> slot, long ticket, LeaseSnapshot lease, Effects effects) {
		if (slot.reportLeak(ticket)) {
			this.counters.leaked++;
			effects.add(() -> this.listener.onLeaseLeaked(lease, this.options.leakAction()));
		}
		if (this.options.leakAction() == LeakAction.RECLAIM) {
			revoke(slot, ticket, CloseReason.REVOKED, effects);
		}
	}

	private static boolean hasPassed(Duration limit, long since, long now) {
		return !limit.isZero() && now - since >= Nanos.of(limit);
	}

	boolean resume() {
		boolean news = this.slots.resume();
		grow();
		return news;
	}

	/**
	 * Refuses everybody, lets leases end, and revokes those that do not.
	 */
	CompletionStage<Void> close(Duration drainTime, Supplier<PoolException> refusal) {
		change((effects) -> beginCloseAll(drainTime, refusal, effects));
		return this.closed.minimalCompletionStage();
	}

	private void beginCloseAll(Duration drainTime, Supplier<PoolException> refusal, Effects effects) {
		if (this.closing) {
			return;
		}
		this.closing = true;
		this.slots.close();
		for (Waiter<C> waiter : this.slots.waiters()) {
			if (this.slots.select(waiter)) {
				PoolException cause = refusal.get();
				waiter.refuse(cause);
				effects.add(() -> this.listener.onAcquireFailed(waiter.owner(), cause));
				effects.add(waiter::deliver);
			}
		}
		for (PooledConnection<C> pooled : this.connections.all()) {
			retire(pooled, CloseReason.POOL_CLOSED, effects);
		}
		if (this.connections.total() > 0) {
			effects.add(() -> endDrainAfter(drainTime));
		}
		completeCloseWhenEmpty(effects);
	}

	private void endDrainAfter(Duration drainTime) {
		ScheduledTask timer = this.timers.set(drainTime, () -> change(this::endDrain));
		if (timer == null) {
			change(this::endDrain);
		}
		this.closed.whenComplete((none, failure) -> Timers.cancel(timer));
	}

	private void endDrain(Effects effects) {
		for (Slot<C> slot : this.slots.all()) {
			long word = slot.word();
			if (Slot.is(Slot.LEASED, word)) {
				revoke(slot, Slot.ticket(word), CloseReason.POOL_CLOSED, effects);
			}
		}
	}

	private void completeCloseWhenEmpty(Effects effects) {
		if (this.closing && this.connections.total() == 0) {
			effects.add(this.housekeeping::stop);
			effects.add(() -> this.closed.complete(null));
		}
	}

	CompletionStage<Void> closed() {
		return this.closed;
	}

	PoolCounters counters() {
		return this.counters;
	}

	Optional<Throwable> lastOpenFailure() {
		return Optional.ofNullable(this.backoff.lastFailure());
	}

	PoolSnapshot snapshot() {
		return changeAndGet((effects) -> {
			SlotCensus census = SlotCensus.of(this.slots.all());
			int active = (int) this.connections.open().filter(census::isLeased).count();
			int idle = this.connections.count(Phase.OPEN) + this.connections.count(Phase.VALIDATING) - active;
			return new PoolSnapshot(this.options.name(), this.min, this.max, this.connections.total(), active, idle,
					this.connections.count(Phase.OPENING), this.connections.count(Phase.CLOSING), this.slots.waiting(),
					census.acquired(), census.released(), this.counters.created, this.counters.destroyed,
					this.counters.openFailures, this.counters.timedOut.sum(), this.counters.rejected.sum(),
					this.counters.leaked, this.slots.oldestLease().map(LeaseSnapshot::age),
					Optional.ofNullable(this.backoff.lastFailure()).map(PoolMessages::describe),
					this.slots.isSuspended());
		});
	}

	List<ConnectionSnapshot> connections() {
		return changeAndGet((effects) -> {
			long now = now();
			return this.connections.all().stream().map((pooled) -> pooled.snapshot(now)).toList();
		});
	}

	private void change(Consumer<Effects> step) {
		changeAndGet((effects) -> {
			step.accept(effects);
			return true;
		});
	}

	/**
	 * Makes one step under the lock, and runs what follows from it after. Those who come
	 * while there is no room rely on being seen by the step that makes some: it looks for
	 * them once the room can be seen. What a step has decided is done even if it fails
	 * then.
	 */
	private <R> R changeAndGet(Function<Effects, R> step) {
		Effects effects = new Effects();
		boolean roomMade = false;
		try {
			this.lock.lock();
			try {
				R result = step.apply(effects);
				while (this.growAfterStep) {
					this.growAfterStep = false;
					growForWaiters(effects);
				}
				return result;
			}
			finally {
				roomMade = !this.room && hasRoomNow();
				this.room = hasRoomNow();
				this.lock.unlock();
			}
		}
		finally {
			effects.run();
			if (roomMade && this.slots.waiting() > 0) {
				grow();
			}
		}
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
