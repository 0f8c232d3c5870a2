package dev.dbpool.pool.engine;

import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.pool.Connector.ConnectionEvents;

/**
 * Counts its users at the same time.
 */
final class StressedConnection {

	private final ConnectionEvents events;

	private final int leases;

	private final AtomicInteger overuse;

	private final AtomicInteger users = new AtomicInteger();

	StressedConnection(ConnectionEvents events, int leases, AtomicInteger overuse) {
		this.events = events;
		this.leases = leases;
		this.overuse = overuse;
	}

	void enter() {
		if (this.users.incrementAndGet() > this.leases) {
			this.overuse.incrementAndGet();
		}
	}

	void leave() {
		this.users.decrementAndGet();
	}

	void lose() {
		this.events.disconnected();
	}

}
