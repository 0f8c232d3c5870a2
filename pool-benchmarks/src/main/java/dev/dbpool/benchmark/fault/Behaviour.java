package dev.dbpool.benchmark.fault;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Gateway} does with each request.
 *
 * @param instead what it answers itself, or {@code null} if it passes the request on
 * @param share the share of the answers of the server that are spoilt
 * @param spoiling how these are spoilt
 */
record Behaviour(@Nullable Answer instead, double share, Spoiling spoiling) {

	static final Behaviour NORMAL = new Behaviour(null, 0, Spoiling.CLOSE);

	static Behaviour answer(int status, String contentType, String body, Map<String, String> headers) {
		return new Behaviour(new Answer(status, contentType, body, headers), 0, Spoiling.CLOSE);
	}

	static Behaviour spoil(double share, Spoiling spoiling) {
		return new Behaviour(null, share, spoiling);
	}

	/**
	 * An answer that does not come from the server.
	 */
	record Answer(int status, String contentType, String body, Map<String, String> headers) {

	}

	/**
	 * What can happen to an answer of the server.
	 */
	enum Spoiling {

		/** It arrives with {@code Connection: close}, and the connection is closed. */
		CLOSE,

		/**
		 * The connection is closed in the middle of its body; without a body it arrives.
		 */
		TRUNCATE,

		/** The connection is reset in its place. */
		RESET

	}

}
