package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.transport.ConnectionHolder;
import dev.dbpool.transport.HttpConnection;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * Holds the connection of a lease that the application has. It refers neither to the
 * {@link ClientLease} nor to the subscriber that received it, so that a lease which the
 * application has lost becomes unreachable. Safe for use from any thread.
 */
final class HandedOverLease implements ConnectionHolder {

	private final OperationState state;

	private final Lease<ClientConnection> lease;

	private final HttpConnection connection;

	private final AtomicBoolean closed = new AtomicBoolean();

	private final Duration waited;

	private final long since = System.nanoTime();

	private volatile @Nullable Duration held;

	HandedOverLease(OperationState state, Lease<ClientConnection> lease, HttpConnection connection, Duration waited) {
		this.state = state;
		this.lease = lease;
		this.connection = connection;
		this.waited = waited;
	}

	/**
	 * Begins to hold the connection.
	 */
	void hold() {
		this.connection.heldBy(this);
	}

	void close() {
		if (this.closed.compareAndSet(false, true)) {
			this.held = Duration.ofNanos(System.nanoTime() - this.since);
			this.connection.heldBy(null);
			this.lease.close();
			this.state.lanes().changed();
		}
	}

	/**
	 * Returns how long the operation had waited for the lease.
	 */
	Duration waited() {
		return this.waited;
	}

	/**
	 * Returns how long the application has, or had, the lease.
	 */
	Duration held() {
		Duration past = this.held;
		return (past != null) ? past : Duration.ofNanos(System.nanoTime() - this.since);
	}

	@Override
	public void connectionActive() {
		this.lease.renew();
	}

	/**
	 * What uses the lease ends by itself.
	 */
	@Override
	public boolean subscriberFailed(Throwable thrown) {
		return false;
	}

	/**
	 * Ends the operation when its lease was revoked. That runs on a thread of its own,
	 * since this is one of the pool's.
	 */
	@Override
	public void connectionClosing() {
		try {
			if (!this.closed.get()) {
				this.lease.connection();
			}
		}
		catch (LeaseRevokedException ex) {
			Schedulers.parallel().schedule(() -> this.state.fail(ex));
		}
	}

}
