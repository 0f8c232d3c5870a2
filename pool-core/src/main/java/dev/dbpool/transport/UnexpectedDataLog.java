package dev.dbpool.transport;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs that connections of one connector were closed because of data that no request has
 * asked for: the first time, and after that once in each interval with the number of
 * connections closed since the line before.
 */
final class UnexpectedDataLog {

	private static final Logger logger = LoggerFactory.getLogger(HttpConnection.class);

	private static final long INTERVAL = Duration.ofSeconds(30).toNanos();

	private final AtomicLong next = new AtomicLong(System.nanoTime());

	private final AtomicInteger closed = new AtomicInteger();

	void unexpectedData(Origin origin, long connectionId, int bytes, int status) {
		this.closed.incrementAndGet();
		long now = System.nanoTime();
		long due = this.next.get();
		if (now - due < 0 || !this.next.compareAndSet(due, now + INTERVAL)) {
			return;
		}
		logger.warn("Closing connection {} to {}: {} bytes {} (connections closed for this reason since the last such"
				+ " line: {}). The server, or a gateway before it, sends data that no request has asked for; on an open"
				+ " connection it would be taken for the answer to another request", connectionId, origin, bytes,
				(status != 0) ? "followed the end of the answer with status " + status
						: "arrived while no request was outstanding",
				this.closed.getAndSet(0));
	}

}
