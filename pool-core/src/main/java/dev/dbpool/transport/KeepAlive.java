package dev.dbpool.transport;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a server keeps connections open after an answer. One that does not would close
 * each connection with the answer to its probe. Its connections are used without a probe
 * then, for one exchange each. A probe finds out from time to time whether that is still
 * so. Safe for use from any thread.
 */
final class KeepAlive {

	private static final Logger logger = LoggerFactory.getLogger(HttpConnector.class);

	/** A server that shuts down closes some connections, too. */
	private static final int CLOSED_IN_A_ROW = 3;

	private static final long PROBE_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

	private final Origin origin;

	private final LongSupplier nanoTime;

	private final AtomicInteger closed = new AtomicInteger();

	private volatile long probeAt;

	KeepAlive(Origin origin, LongSupplier nanoTime) {
		this.origin = origin;
		this.nanoTime = nanoTime;
	}

	/**
	 * Returns whether the server closes each connection after one answer.
	 */
	boolean isMissing() {
		return this.closed.get() >= CLOSED_IN_A_ROW;
	}

	/**
	 * Returns whether a new connection is to be used without a probe.
	 */
	boolean forbidsProbe() {
		return isMissing() && this.nanoTime.getAsLong() - this.probeAt < 0;
	}

	/**
	 * Notes that the server has answered a probe and closed its connection.
	 */
	void closedAfterAnswer() {
		this.probeAt = this.nanoTime.getAsLong() + PROBE_INTERVAL_NANOS;
		if (this.closed.incrementAndGet() == CLOSED_IN_A_ROW) {
			logger.warn("{} closes each connection after one answer, so a connection serves one request, and each"
					+ " request waits for a new connection. Enable keep-alive in the server, or in the gateway before it",
					this.origin);
		}
	}

	/**
	 * Notes that a connection was open after the answer to its probe.
	 */
	void keptOpen() {
		if (this.closed.get() > 0 && this.closed.getAndSet(0) >= CLOSED_IN_A_ROW) {
			logger.info("{} keeps connections open after an answer again", this.origin);
		}
	}

}
