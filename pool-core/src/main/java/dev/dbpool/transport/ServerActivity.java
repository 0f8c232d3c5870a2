package dev.dbpool.transport;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What the connections of one connector have last seen of their server. It distinguishes
 * a server that is silent from one statement that takes long, and knows when a new
 * connection needs no probe. Safe for use from any thread.
 */
final class ServerActivity {

	private static final long RECENT_NANOS = Duration.ofSeconds(1).toNanos();

	private final LongSupplier nanoTime;

	private volatile long answeredAt;

	private volatile boolean known;

	private volatile boolean answering;

	ServerActivity() {
		this(System::nanoTime);
	}

	ServerActivity(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	/**
	 * Returns the present time of its clock.
	 */
	long now() {
		return this.nanoTime.getAsLong();
	}

	/**
	 * Notes that the server has answered, and keeps the connection open.
	 */
	void answered() {
		this.answeredAt = now();
		if (!this.answering) {
			this.known = true;
			this.answering = true;
		}
	}

	/**
	 * Notes that a connection was lost, or could not be opened.
	 */
	void failed() {
		this.answering = false;
	}

	/**
	 * Returns whether the server has answered within the last so many nanoseconds.
	 */
	boolean hasAnsweredWithin(long nanos) {
		return this.known && now() - this.answeredAt <= nanos;
	}

	/**
	 * Returns whether the server has answered within the last second, and no connection
	 * has failed since.
	 */
	boolean isAnswering() {
		return this.answering && hasAnsweredWithin(RECENT_NANOS);
	}

}
