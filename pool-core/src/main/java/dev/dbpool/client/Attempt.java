package dev.dbpool.client;

import java.time.Duration;

import org.springframework.http.HttpHeaders;

/**
 * One attempt of an operation, on one connection after the other for as long as nothing
 * of a request was sent. All of them share the acquire timeout of the pool.
 */
final class Attempt {

	private final int number;

	private final HttpHeaders headers;

	private volatile long waitedNanos;

	private volatile int moves;

	/**
	 * Creates an attempt.
	 * @param number its number in the operation, from 1
	 * @param headers what its requests send
	 */
	Attempt(int number, HttpHeaders headers) {
		this.number = number;
		this.headers = headers;
	}

	int number() {
		return this.number;
	}

	HttpHeaders headers() {
		return this.headers;
	}

	/**
	 * Notes how long it has waited for a connection.
	 */
	void waited(long nanos) {
		this.waitedNanos = this.waitedNanos + nanos;
	}

	/**
	 * Returns how long it may wait for the next connection.
	 * @param acquireTimeout how long it may wait in all
	 * @return the time, or zero
	 */
	Duration mayWait(Duration acquireTimeout) {
		Duration remaining = acquireTimeout.minusNanos(this.waitedNanos);
		return remaining.isNegative() ? Duration.ZERO : remaining;
	}

	/**
	 * Moves to another connection, unless as many as there may be have failed.
	 * @return whether it did
	 */
	boolean move(int maxConnections) {
		if (this.moves >= maxConnections) {
			return false;
		}
		this.moves = this.moves + 1;
		return true;
	}

}
