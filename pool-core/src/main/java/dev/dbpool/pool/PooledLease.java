package dev.dbpool.pool;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A lease. It ends exactly once: by its holder ({@code ACTIVE -> CLOSED}) or by the pool
 * ({@code ACTIVE -> REVOKED}); whoever wins that exchange gives the connection back. Each
 * lease is an object of its own, so a late holder can never touch a later lease.
 *
 * @param <C> the type of connection
 */
final class PooledLease<C> implements Lease<C> {

	private enum Status {

		ACTIVE, CLOSED, REVOKED

	}

	private final QueuedConnectionPool<C> pool;

	private final PooledConnection<C> pooled;

	private final C connection;

	private final long id;

	private final LeaseOwner owner;

	private final Thread thread;

	private final long acquiredAt;

	private volatile long renewedAt;

	private final AtomicReference<Status> status = new AtomicReference<>(Status.ACTIVE);

	/** Guarded by the pool's lock. */
	boolean reportedAsLeaked;

	PooledLease(QueuedConnectionPool<C> pool, PooledConnection<C> pooled, long id, LeaseOwner owner, Thread thread,
			long now) {
		this.pool = pool;
		this.pooled = pooled;
		this.connection = pooled.open();
		this.id = id;
		this.owner = owner;
		this.thread = thread;
		this.acquiredAt = now;
		this.renewedAt = now;
	}

	@Override
	public long id() {
		return this.id;
	}

	@Override
	public long connectionId() {
		return this.pooled.id;
	}

	@Override
	public C connection() {
		Status current = this.status.get();
		if (current == Status.CLOSED) {
			throw new IllegalStateException(describe() + " was closed. Acquire a new one");
		}
		if (current == Status.REVOKED) {
			throw new LeaseRevokedException(describe() + " was revoked by the pool. Close leases sooner, "
					+ "renew them while they are in use, or raise the leak detection timeout", null);
		}
		return this.connection;
	}

	@Override
	public LeaseOwner owner() {
		return this.owner;
	}

	@Override
	public boolean isActive() {
		return this.status.get() == Status.ACTIVE;
	}

	@Override
	public Duration age() {
		return Duration.ofNanos(this.pool.now() - this.acquiredAt);
	}

	@Override
	public void renew() {
		this.renewedAt = this.pool.now();
	}

	@Override
	public void invalidate() {
		this.pool.invalidate(this);
	}

	@Override
	public void close() {
		if (this.status.compareAndSet(Status.ACTIVE, Status.CLOSED)) {
			this.pool.release(this);
		}
	}

	boolean markRevoked() {
		return this.status.compareAndSet(Status.ACTIVE, Status.REVOKED);
	}

	PooledConnection<C> pooled() {
		return this.pooled;
	}

	long renewedAt() {
		return this.renewedAt;
	}

	LeaseSnapshot snapshot(long now) {
		return new LeaseSnapshot(this.id, this.pooled.id, this.owner, this.thread.getName(),
				Duration.ofNanos(now - this.acquiredAt));
	}

	private String describe() {
		return "lease " + this.id + " of " + this.owner + " on connection " + this.pooled.id + " of pool '"
				+ this.pool.options().name() + "'";
	}

	@Override
	public String toString() {
		return describe() + " (" + this.status.get() + ")";
	}

}
