package dev.dbpool.transport;

import java.net.ConnectException;

import org.jspecify.annotations.Nullable;

/**
 * The socket of an {@link HttpConnection} was closed before the request was begun:
 * nothing of it was sent, so any request may be repeated on another connection. The same
 * holds for a request that an HTTP/2 server has declined to process. A socket that is
 * lost later, while a request is written or answered, gives an ordinary error, since the
 * outcome is unknown then. It is a {@link ConnectException}, which says the same to those
 * that do not know this package.
 */
public final class ConnectionClosedException extends ConnectException {

	private static final long serialVersionUID = 1L;

	/** Whether the server has ended the socket without an error. */
	private final boolean inGoodOrder;

	ConnectionClosedException(String message, @Nullable Throwable cause) {
		this(message, cause, false);
	}

	private ConnectionClosedException(String message, @Nullable Throwable cause, boolean inGoodOrder) {
		super(message);
		initCause(cause);
		this.inGoodOrder = inGoodOrder;
	}

	/**
	 * The failure of an exchange whose connection was closed before it began.
	 */
	static ConnectionClosedException beforeSending(@Nullable Throwable cause, boolean inGoodOrder) {
		return new ConnectionClosedException(
				"The connection was closed before the request was sent. "
						+ "Nothing of it reached the server: it can be repeated on another connection",
				cause, inGoodOrder);
	}

	/**
	 * The failure of an exchange whose request the server has declined to process, which
	 * HTTP/2 guarantees (RFC 9113, section 8.7).
	 */
	static ConnectionClosedException unprocessed(Throwable cause, boolean inGoodOrder) {
		return new ConnectionClosedException("The server did not process the request, and takes no further one on this"
				+ " connection. It can be repeated on another connection", cause, inGoodOrder);
	}

	/**
	 * Returns whether the server has ended the socket without an error (GOAWAY) after it
	 * had processed requests on it, as gateways do after some number of them. It does not
	 * refuse requests in general then.
	 * @return whether the socket was ended in good order
	 */
	public boolean isInGoodOrder() {
		return this.inGoodOrder;
	}

}
