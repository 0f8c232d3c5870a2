package dev.dbpool.pool;

import java.time.Duration;

import dev.dbpool.pool.ConnectionSnapshot.State;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool with what the pool knows of it. All fields are guarded by the
 * pool's lock, except for {@code doomed}, which may be read without it.
 *
 * @param <C> the type of connection
 */
final class PooledConnection<C> implements ConnectionEvents {

	private final QueuedConnectionPool<C> pool;

	final long id;

	final long createdAt;

	private final long expiresAt;

	private final boolean expires;

	State state = State.OPENING;

	long stateSince;

	long idleSince;

	long checkedAt;

	long uses;

	/** Whether a lease or a check has shown that it works. */
	boolean proved;

	@Nullable C connection;

	@Nullable PooledLease<C> lease;

	/** The lease whose reset is under way. */
	@Nullable PooledLease<C> resetting;

	/** Why this connection is to be closed as soon as it is not in use any more. */
	volatile @Nullable CloseReason doomed;

	PooledConnection(QueuedConnectionPool<C> pool, long id, long now, Duration lifetime) {
		this.pool = pool;
		this.id = id;
		this.createdAt = now;
		this.stateSince = now;
		this.expires = !lifetime.isZero();
		this.expiresAt = now + Nanos.of(lifetime);
	}

	@Override
	public long connectionId() {
		return this.id;
	}

	@Override
	public void disconnected() {
		this.pool.disconnected(this);
	}

	void enter(State next, long now) {
		this.state = next;
		this.stateSince = now;
	}

	void doom(CloseReason reason) {
		if (this.doomed == null) {
			this.doomed = reason;
		}
	}

	boolean isExpired(long now) {
		return this.expires && now - this.expiresAt >= 0;
	}

	/**
	 * The connection itself; only for the states that have one.
	 */
	C open() {
		C open = this.connection;
		if (open == null) {
			throw new IllegalStateException("connection " + this.id + " is " + this.state + ", not open");
		}
		return open;
	}

	ConnectionSnapshot snapshot(long now) {
		return new ConnectionSnapshot(this.id, this.state, Duration.ofNanos(now - this.createdAt),
				Duration.ofNanos(now - this.stateSince), this.uses);
	}

}
