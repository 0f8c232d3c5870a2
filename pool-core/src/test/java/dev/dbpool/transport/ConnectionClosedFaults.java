package dev.dbpool.transport;

/**
 * Failures of requests whose connection was closed, for tests of what follows from them.
 */
public final class ConnectionClosedFaults {

	private ConnectionClosedFaults() {
	}

	public static ConnectionClosedException beforeSending() {
		return new ConnectionClosedException("The connection was closed before the request was sent", null);
	}

}
