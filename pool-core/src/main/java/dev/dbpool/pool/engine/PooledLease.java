package dev.dbpool.pool.engine;

import java.lang.invoke.VarHandle;
import java.time.Duration;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease: a slot and the ticket to it. It is active for as long as the slot's word is
 * the ticket, retired or not, and the word never becomes that ticket again. Kept at 24
 * bytes: all else is in the slot.
 *
 * @param <C> the type of connection
 */
final class PooledLease<C> implements Lease<C> {

	private static final Logger logger = LoggerFactory.getLogger(PooledLease.class);

	private static final long CLOSED = Long.MIN_VALUE;

	private final Slot<C> slot;

	/** Marked as closed once the holder has ended the lease, for the message only. */
	private long ticket;

	PooledLease(Slot<C> slot, long ticket) {
		this.slot = slot;
		this.ticket = ticket;
	}

	/**
	 * Hands this lease to a callback. If that fails the lease is closed, since no other
	 * thread would.
	 */
	void handTo(LeaseCallback<C> callback) {
		try {
			callback.onLease(this);
		}
		catch (Throwable ex) {
			try {
				logger.error("Callback of {} failed", this, ex);
			}
			finally {
				close();
			}
		}
	}

	private long ticket() {
		return this.ticket & ~CLOSED;
	}

	@Override
	public long id() {
		return this.slot.leaseId(ticket());
	}

	@Override
	public long connectionId() {
		return this.slot.revoked(ticket())
			.map(Slot.RevokedLease::connectionId)
			.or(() -> this.slot.pooled(ticket()).map((pooled) -> pooled.id))
			.orElse(0L);
	}

	@Override
	public C connection() {
		@Nullable C connection = this.slot.connection;
		VarHandle.loadLoadFence();
		if (connection == null || !isActive()) {
			throw ended();
		}
		return connection;
	}

	private RuntimeException ended() {
		if (this.ticket < 0) {
			return new IllegalStateException(describe() + " was closed. Acquire a new one");
		}
		boolean closed = this.slot.revoked(ticket())
			.filter((lease) -> lease.reason() == CloseReason.POOL_CLOSED)
			.isPresent();
		return new LeaseRevokedException(describe() + (closed ? " was revoked, since the pool is closed"
				: " was revoked by the pool. Close leases sooner, "
						+ "renew() them while they are held without requests, or raise the leak detection timeout"),
				null);
	}

	@Override
	public LeaseOwner owner() {
		return this.slot.revoked(ticket())
			.map(Slot.RevokedLease::owner)
			.or(() -> this.slot.owner(ticket()))
			.orElse(LeaseOwner.UNKNOWN);
	}

	@Override
	public boolean isActive() {
		return Slot.ticket(this.slot.word()) == this.ticket;
	}

	@Override
	public Duration age() {
		long now = this.slot.slots.now();
		return isActive() ? Duration.ofNanos(Math.max(0, now - this.slot.acquiredAt(now))) : Duration.ZERO;
	}

	@Override
	public void renew() {
		if (isActive()) {
			this.slot.renew(this.slot.slots.now());
		}
	}

	@Override
	public void recordError() {
		if (isActive()) {
			this.slot.pooled(this.ticket).ifPresent((pooled) -> pooled.errors.incrementAndGet());
		}
	}

	@Override
	public void invalidate() {
		this.slot.pooled(this.ticket).ifPresent((pooled) -> pooled.invalidate(this.slot, this.ticket));
	}

	@Override
	public void close() {
		if (this.ticket >= 0 && this.slot.slots.release(this.slot, this.ticket)) {
			this.ticket |= CLOSED;
		}
	}

	private String describe() {
		return "lease " + id() + " of " + owner() + " on connection " + connectionId() + " of pool '"
				+ this.slot.slots.pool + "'";
	}

	@Override
	public String toString() {
		return describe() + " (" + (isActive() ? "active" : (this.ticket < 0) ? "closed" : "revoked") + ")";
	}

}
