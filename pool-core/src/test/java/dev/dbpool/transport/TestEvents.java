package dev.dbpool.transport;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import dev.dbpool.pool.Connector.ConnectionEvents;

/**
 * Counts what a pool would be notified of.
 */
final class TestEvents implements ConnectionEvents {

	private static final AtomicLong IDS = new AtomicLong();

	private final long id = IDS.incrementAndGet();

	private final AtomicInteger disconnections = new AtomicInteger();

	private final AtomicInteger expiries = new AtomicInteger();

	private final AtomicInteger unexpectedData = new AtomicInteger();

	@Override
	public long connectionId() {
		return this.id;
	}

	@Override
	public void disconnected() {
		this.disconnections.incrementAndGet();
	}

	@Override
	public void expired() {
		this.expiries.incrementAndGet();
	}

	@Override
	public void unexpectedData() {
		this.unexpectedData.incrementAndGet();
	}

	int unexpectedDataSeen() {
		return this.unexpectedData.get();
	}

	int disconnections() {
		return this.disconnections.get();
	}

	int expiries() {
		return this.expiries.get();
	}

}
