package dev.dbpool.transport;

import java.io.IOException;

/**
 * The server answered a plain request with a TLS record.
 */
final class TlsExpectedException extends IOException {

	private static final long serialVersionUID = 1L;

	TlsExpectedException() {
		super("the server speaks TLS");
	}

}
