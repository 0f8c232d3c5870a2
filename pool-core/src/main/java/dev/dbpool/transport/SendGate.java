package dev.dbpool.transport;

import java.util.concurrent.CompletionStage;

/**
 * Gate that requests pass before they are sent, and connections before they are opened.
 * It is for a right to use connections that can run out while the process is frozen: the
 * gate is checked by the thread that writes the request, immediately before it does. A
 * request that finds it closed is not sent, and its connection is closed. A connection is
 * opened when the gate is open again. Safe for use from any thread.
 */
public interface SendGate {

	/**
	 * Returns whether a request may be sent now. Called for each request on its event
	 * loop, so it must be quick.
	 * @return whether the gate is open
	 */
	boolean isOpen();

	/**
	 * Waits until the gate is open. A connection that waits for it checks it no second
	 * time.
	 * @return completed on any thread when it is
	 */
	CompletionStage<Void> whenOpen();

}
