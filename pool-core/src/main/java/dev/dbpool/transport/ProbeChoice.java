package dev.dbpool.transport;

import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which request probes connections: the usual one, unless a server or a gateway drops it
 * and answers another one. The other one is tried after several probes in a row without
 * an answer, and only if the usual one was never answered. Safe for use from any thread.
 */
final class ProbeChoice {

	private static final Logger logger = LoggerFactory.getLogger(HttpConnector.class);

	/** A server that starts leaves some probes without an answer, too. */
	private static final int UNANSWERED_IN_A_ROW = 3;

	private final Origin origin;

	private final HttpProbe usual;

	private final @Nullable HttpProbe fallback;

	private final AtomicInteger unanswered = new AtomicInteger();

	private volatile @Nullable HttpProbe proved;

	ProbeChoice(Origin origin, HttpProbe usual, @Nullable HttpProbe fallback) {
		this.origin = origin;
		this.usual = usual;
		this.fallback = fallback;
	}

	/**
	 * Returns the probe to send: one that was answered before, or each of both in turn.
	 */
	HttpProbe next() {
		HttpProbe known = this.proved;
		if (known != null) {
			return known;
		}
		HttpProbe other = this.fallback;
		boolean isDropped = this.unanswered.get() % (UNANSWERED_IN_A_ROW + 1) == UNANSWERED_IN_A_ROW;
		return (other != null && isDropped) ? other : this.usual;
	}

	/**
	 * Notes that a probe was answered.
	 */
	void answered(HttpProbe probe) {
		if (this.proved != null) {
			return;
		}
		this.proved = probe;
		if (probe == this.fallback) {
			logger.warn("{} does not answer the probe {}, so connections are probed by {}, which costs the server more."
					+ " Let {} pass the gateway", this.origin, this.usual, probe, this.usual.method());
		}
	}

	/**
	 * Notes that a probe was not answered.
	 */
	void unanswered() {
		if (this.proved == null) {
			this.unanswered.incrementAndGet();
		}
	}

}
