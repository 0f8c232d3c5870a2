package dev.dbpool.transport;

/**
 * Writes the request of one exchange.
 */
@FunctionalInterface
interface RequestSender {

	/**
	 * Called on the event loop when it is the turn of the exchange.
	 * @param exchange the exchange
	 * @param handler writes the request
	 */
	void send(HttpExchange exchange, ExchangeHandler handler);

}
