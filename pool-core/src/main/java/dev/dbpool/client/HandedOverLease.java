package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicBoolean;

import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.transport.ConnectionHolder;
import dev.dbpool.transport.HttpConnection;
import reactor.core.scheduler.Schedulers;

/**
 * Holds the connection of a lease that the application has. It refers neither to the
 * {@link ClientLease} nor to the subscriber that received it, so that a lease which the
 * application has lost becomes unreachable. Safe for use from any thread.
 */
final class HandedOverLease implements ConnectionHolder {

	private final OperationCall call;

	private final Lease<ClientConnection> lease;

	private final HttpConnection connection;

	private final AtomicBoolean closed = new AtomicBoolean();

	HandedOverLease(OperationCall call, Lease<ClientConnection> lease, HttpConnection connection) {
		this.call = call;
		this.lease = lease;
		this.connection = connection;
	}

	/**
	 * Begins to hold the connection.
	 */
	void hold() {
		this.connection.heldBy(this);
	}

	void close() {
		if (this.closed.compareAndSet(false, true)) {
			this.connection.heldBy(null);
			this.lease.close();
		}
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
			Schedulers.parallel().schedule(() -> this.call.fail(ex));
		}
	}

}
