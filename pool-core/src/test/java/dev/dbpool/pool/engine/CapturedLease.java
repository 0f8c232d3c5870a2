package dev.dbpool.pool.engine;

import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.engine.StubConnector.Connection;

/**
 * Remembers what an asynchronous acquisition came to.
 */
final class CapturedLease implements LeaseCallback<Connection> {

	final AtomicInteger calls = new AtomicInteger();

	volatile Lease<Connection> lease;

	volatile PoolException failure;

	private final boolean nonBlocking;

	CapturedLease() {
		this(false);
	}

	CapturedLease(boolean nonBlocking) {
		this.nonBlocking = nonBlocking;
	}

	@Override
	public boolean isNonBlocking() {
		return this.nonBlocking;
	}

	@Override
	public void onLease(Lease<Connection> lease) {
		this.lease = lease;
		this.calls.incrementAndGet();
	}

	@Override
	public void onFailure(PoolException cause) {
		this.failure = cause;
		this.calls.incrementAndGet();
	}

}
