package dev.dbpool.client;

import dev.dbpool.postgrest.http.RequestHeaders;

/**
 * The header by which a server and its logs recognise a repeated attempt, as supabase-js
 * sends it.
 */
final class RetryCount {

	static final String HEADER = "X-Retry-Count";

	private RetryCount() {
	}

	/**
	 * Adds the header to those of an attempt, unless it is the first.
	 * @param identity the headers of the attempt, which are left as they are
	 * @param attempt the number of the attempt, from 1
	 */
	static RequestHeaders addTo(RequestHeaders identity, int attempt) {
		if (attempt == 1) {
			return identity;
		}
		return identity.with(HEADER, String.valueOf(attempt - 1));
	}

}
