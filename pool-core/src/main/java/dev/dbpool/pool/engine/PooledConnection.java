package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Connector.ConnectionEvents;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool with what its life cycle knows of it. The fields that change
 * are guarded by the lock of the life cycle. Whether an open connection is idle or leased
 * is not known here but in its slots.
 *
 * @param <C> the type of connection
 */
final class PooledConnection<C> implements ConnectionEvents {

	/**
	 * What the life cycle does with a connection.
	 */
	enum Phase {

		OPENING, OPEN, VALIDATING, CLOSING

	}

	private final PoolState<C> state;

	final long id;

	final long createdAt;

	private final long expiresAt;

	final AtomicLong errors = new AtomicLong();

	Phase phase = Phase.OPENING;

	long phaseSince;

	/** Within how many steps the connector was last called for it, at most. */
	int depth;

	/** Leases of earlier connections on the same slots. */
	private long usesBefore;

	/** Whether a replacement is opened, ahead of the end of its lifetime. */
	boolean replaced;

	/** Whether it is to be replaced when it is closed, though no caller waits. */
	boolean replaceWhenClosed;

	/** The connection that this one is opened to replace. */
	@Nullable PooledConnection<C> replaces;

	@Nullable CloseReason closeReason;

	/** Whether a lease or a check has shown that it works. */
	volatile boolean proved;

	private @Nullable C connection;

	/** Its slots; none until it is open. */
	List<Slot<C>> slots = List.of();

	PooledConnection(PoolState<C> state, long id, long now, Duration lifetime) {
		this.state = state;
		this.id = id;
		this.createdAt = now;
		this.phaseSince = now;
		this.expiresAt = now + (lifetime.isZero() ? Long.MAX_VALUE / 2
				: Math.min(PoolScheduler.nanos(lifetime), Long.MAX_VALUE / 2));
	}

	@Override
	public long connectionId() {
		return this.id;
	}

	@Override
	public void disconnected() {
		this.state.opener.lost(this, CloseReason.DISCONNECTED);
	}

	@Override
	public void expired() {
		this.state.run(this, () -> this.state.retirer.expire(this));
	}

	@Override
	public void unexpectedData() {
		this.state.opener.lost(this, CloseReason.UNEXPECTED_DATA);
	}

	/**
	 * Retires this connection, which a holder reports as broken, if the lease is still
	 * theirs.
	 */
	void invalidate(Slot<C> slot, long ticket) {
		this.state.run(() -> {
			if (Slot.ticket(slot.word()) == ticket) {
				this.state.retirer.retire(this, CloseReason.INVALIDATED);
			}
		});
	}

	/**
	 * Takes its place in the pool.
	 * @param opened the connection itself
	 * @param taken the slots of the place, all out
	 */
	void opened(C opened, List<Slot<C>> taken, long now) {
		this.connection = opened;
		this.slots = taken;
		this.usesBefore = generations();
		taken.forEach((slot) -> slot.bind(this, opened, now));
	}

	/**
	 * Lets go of the connection itself, which is closed.
	 */
	void forget() {
		this.connection = null;
		this.slots.forEach(Slot::unbind);
	}

	void prove() {
		this.proved = true;
		this.state.backoff.proved();
		this.slots.forEach((slot) -> slot.proved = true);
	}

	boolean isExpired(long now) {
		return now - this.expiresAt >= 0;
	}

	/**
	 * The connection itself; only for the phases that have one.
	 */
	C connection() {
		return Objects.requireNonNull(this.connection,
				() -> "connection " + this.id + " is " + this.phase + ", not open");
	}

	boolean isIdle() {
		return this.phase == Phase.OPEN && all(Slot.FREE);
	}

	/**
	 * Returns whether the watch has not noted the last use yet.
	 */
	boolean isUsedLately() {
		return this.slots.stream().anyMatch((slot) -> slot.slots.isWatched() && Slot.isWarm(slot.word()));
	}

	boolean isLeased() {
		return any(Slot.LEASED);
	}

	/**
	 * Takes all slots out of use, if all of them are free.
	 */
	boolean withdraw() {
		return this.slots.stream().allMatch(Slot::withdraw);
	}

	boolean isDetached() {
		return all(Slot.DETACHED);
	}

	private boolean all(long status) {
		return this.slots.stream().allMatch((slot) -> Slot.is(status, slot.word()));
	}

	private boolean any(long status) {
		return this.slots.stream().anyMatch((slot) -> Slot.is(status, slot.word()));
	}

	private long generations() {
		return this.slots.stream().mapToLong((slot) -> Slot.generation(slot.word())).sum();
	}

	boolean wasUsed() {
		return generations() > this.usesBefore;
	}

	/**
	 * Takes a snapshot.
	 * @param description describes the connection once it is open
	 * @return completes the snapshot, to be called without any lock
	 */
	Supplier<ConnectionSnapshot> snapshot(long now, Function<C, String> description) {
		C open = this.connection;
		List<Slot<C>> leased = this.slots.stream().filter((slot) -> Slot.is(Slot.LEASED, slot.word())).toList();
		long since = leased.stream()
			.mapToLong((slot) -> slot.acquiredAt(now))
			.min()
			.orElse(Math.max(this.phaseSince, lastUse()));
		ConnectionSnapshot.State state = state(!leased.isEmpty());
		Duration age = Duration.ofNanos(Math.max(0, now - this.createdAt));
		Duration inState = Duration.ofNanos(Math.max(0, now - since));
		Duration unused = Duration.ofNanos(leased.isEmpty() ? Math.max(0, now - lastUse()) : 0);
		long uses = generations() - this.usesBefore;
		return () -> new ConnectionSnapshot(this.id, state, age, inState, uses, unused, this.errors.get(),
				(open != null) ? description.apply(open) : "");
	}

	/**
	 * Returns when a lease last ended here, or else when it was opened.
	 */
	long lastUse() {
		return latest((slot) -> slot.releasedAt);
	}

	/**
	 * Returns when it was last known to work.
	 */
	long checkedAt() {
		return latest((slot) -> slot.checkedAt);
	}

	private long latest(ToLongFunction<Slot<C>> time) {
		return this.slots.stream()
			.mapToLong(time)
			.reduce(this.createdAt, (first, second) -> (first - second >= 0) ? first : second);
	}

	private ConnectionSnapshot.State state(boolean leased) {
		return switch (this.phase) {
			case OPENING -> ConnectionSnapshot.State.OPENING;
			case VALIDATING -> ConnectionSnapshot.State.VALIDATING;
			case CLOSING -> ConnectionSnapshot.State.CLOSING;
			case OPEN -> leased ? ConnectionSnapshot.State.LEASED
					: any(Slot.CLAIMED) ? ConnectionSnapshot.State.RESETTING : ConnectionSnapshot.State.IDLE;
		};
	}

}
