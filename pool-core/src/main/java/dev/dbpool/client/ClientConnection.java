package dev.dbpool.client;

import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.http.WebClientExchange;
import dev.dbpool.transport.HttpConnection;
import org.jspecify.annotations.Nullable;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * A pooled connection, and a client of the REST root that speaks over just this one.
 *
 * @param http the connection
 * @param webClient the client, without identity
 * @param exchange sends the requests of a {@code WebClient}
 * @param direct what statements are sent with, or {@code null} if they are sent over the
 * client
 */
record ClientConnection(HttpConnection http, WebClient webClient, WebClientExchange exchange,
		DirectExchange.@Nullable Settings direct) {

	/**
	 * Sends the requests of operations.
	 * @param identity the headers of the identity that they act as
	 */
	PostgrestExchange exchange(RequestHeaders identity) {
		return (this.direct != null) ? new DirectExchange(this.http, this.direct, identity)
				: this.exchange.with(identity);
	}

}
