package dev.dbpool.transport;

/**
 * Failures of requests whose connection was closed, for tests of what follows from them.
 */
public final class ConnectionClosedFaults {

	private ConnectionClosedFaults() {
	}

	public static ConnectionClosedException beforeSending() {
		return ConnectionClosedException.beforeSending(null, false);
	}

	public static ConnectionClosedException inGoodOrder() {
		return ConnectionClosedException.beforeSending(null, true);
	}

}
