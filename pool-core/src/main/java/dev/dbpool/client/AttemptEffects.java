package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.PostgrestRequest;

/**
 * What the requests of one attempt have done on the server, or may have done. Safe for
 * use from any thread.
 */
final class AttemptEffects {

	private final AtomicInteger writes = new AtomicInteger();

	private final AtomicInteger unrepeatable = new AtomicInteger();

	private volatile boolean begun;

	/**
	 * Notes that a request is about to be sent.
	 */
	void begin() {
		this.begun = true;
	}

	/**
	 * Notes that a request is about to be written whose body can be read only once.
	 */
	void beginStream() {
		this.unrepeatable.incrementAndGet();
	}

	/**
	 * Notes that a request which changes something is about to be sent.
	 */
	void beginWrite(PostgrestRequest request) {
		this.writes.incrementAndGet();
		if (!request.isIdempotent()) {
			this.unrepeatable.incrementAndGet();
		}
	}

	/**
	 * Takes a write back that surely had no effect.
	 */
	void failedWrite(PostgrestRequest request, Throwable failure) {
		if (!Failure.of(failure).mayHaveRun()) {
			this.writes.decrementAndGet();
			if (!request.isIdempotent()) {
				this.unrepeatable.decrementAndGet();
			}
		}
	}

	/**
	 * Returns whether all requests may be sent again.
	 */
	boolean mayBeRepeated() {
		return this.unrepeatable.get() == 0;
	}

	/**
	 * Returns whether a write has taken effect, or may have.
	 */
	boolean mayHaveWritten() {
		return this.writes.get() > 0;
	}

	/**
	 * Returns whether any request was sent.
	 */
	boolean hasBegun() {
		return this.begun;
	}

}
