package dev.dbpool.client;

/**
 * What sends the statements of a client over its leased connections.
 */
public enum ExchangeMode {

	/**
	 * The connection itself, without a {@code WebClient} in between. Of the builder of
	 * the {@code WebClient}, codecs and default headers apply; filters do not.
	 */
	DIRECT,

	/**
	 * A {@code WebClient} for each connection, so that the filters and observations of
	 * its builder apply to statements, for more processor time and memory.
	 */
	WEB_CLIENT

}
