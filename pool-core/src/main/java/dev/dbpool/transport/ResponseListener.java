package dev.dbpool.transport;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Receives the answer to one request: its head, the parts of its body as they are
 * {@linkplain HttpExchange#request requested}, and then the end, or at any time a
 * failure. All methods are called on the event loop of the connection, so they must not
 * block; after the end, a failure or a cancel none is called any more.
 */
public interface ResponseListener {

	/**
	 * Called with the head of the final answer.
	 * @param status the status code
	 * @param headers the header fields, which belong to the listener from now on
	 */
	void onHead(int status, HttpHeaders headers);

	/**
	 * Called with a part of the body.
	 * @param content the bytes, valid during the call; to be retained for any longer use
	 */
	void onContent(ByteBuf content);

	/**
	 * Called when the whole answer was read. The connection can be used for the next
	 * exchange by then, unless the server closes it.
	 */
	void onComplete();

	/**
	 * Called when the exchange has failed. Nothing was sent if the failure is a
	 * {@link ConnectionClosedException}. The connection is closed by then.
	 * @param failure what happened
	 */
	void onError(Throwable failure);

}
