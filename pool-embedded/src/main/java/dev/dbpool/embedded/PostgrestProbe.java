package dev.dbpool.embedded;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;

/**
 * Checks the state of a PostgREST.
 */
record PostgrestProbe(String host, int port, int adminPort) {

	private static final int REQUEST_TIMEOUT_MILLIS = 1_000;

	private static final int HOLD_MILLIS = 100;

	/**
	 * Returns whether PostgREST works, with a connection to the database and a schema.
	 */
	boolean answers() {
		return status("GET", this.adminPort, "/ready") == HttpURLConnection.HTTP_OK
				&& status("OPTIONS", this.port, "/") == HttpURLConnection.HTTP_OK;
	}

	/**
	 * Returns whether PostgREST accepts connections, whatever its database does. A proxy
	 * such as Docker's accepts them even before, and closes them immediately.
	 */
	boolean accepts() {
		try (Socket socket = new Socket()) {
			socket.connect(new InetSocketAddress(this.host, this.port), REQUEST_TIMEOUT_MILLIS);
			socket.setSoTimeout(HOLD_MILLIS);
			return socket.getInputStream().read() >= 0;
		}
		catch (SocketTimeoutException ex) {
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * The status of an answer, or -1 when there is none. The connection is not kept.
	 */
	private int status(String method, int port, String path) {
		try {
			HttpURLConnection connection = (HttpURLConnection) URI.create("http://" + this.host + ":" + port + path)
				.toURL()
				.openConnection(Proxy.NO_PROXY);
			connection.setConnectTimeout(REQUEST_TIMEOUT_MILLIS);
			connection.setReadTimeout(REQUEST_TIMEOUT_MILLIS);
			connection.setRequestMethod(method);
			connection.setRequestProperty("Connection", "close");
			try {
				return connection.getResponseCode();
			}
			finally {
				connection.disconnect();
			}
		}
		catch (IOException ex) {
			return -1;
		}
	}

}
