package dev.dbpool.transport;

/**
 * Whether connections may speak HTTP/2.
 */
public enum Http2Mode {

	/**
	 * HTTP/2 if the server chooses it in the TLS handshake (ALPN), else HTTP/1.1. Plain
	 * connections speak HTTP/1.1.
	 */
	AUTO,

	/**
	 * HTTP/1.1.
	 */
	OFF

}
