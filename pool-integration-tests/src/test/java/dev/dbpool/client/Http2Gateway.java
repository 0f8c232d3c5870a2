package dev.dbpool.client;

import java.net.URI;

/**
 * A gateway that ends TLS, speaks HTTP/2 with clients and HTTP/1.1 with PostgREST.
 */
interface Http2Gateway extends AutoCloseable {

	URI url();

	/**
	 * Closes all connections of clients without a word, and takes others.
	 */
	void kill() throws Exception;

	@Override
	void close();

	/**
	 * Limits of a gateway.
	 *
	 * @param streams how many streams there may be on a connection at a time
	 * @param requests after how many requests it announces the end of a connection
	 */
	record Limits(int streams, int requests) {

		static final Limits USUAL = new Limits(128, 1_000);

	}

}
