package dev.dbpool.transport;

/**
 * Holder of a connection for the time in which it makes exchanges on it. Both methods are
 * quick and do not block.
 */
public interface ConnectionHolder {

	/**
	 * Called with what a subscriber to an exchange, or to the body of its answer, has
	 * thrown. The exchange has ended by then. Runs on the thread on which the signal was
	 * delivered.
	 * @param thrown an exception, or an error of the JVM
	 * @return whether the holder ends the subscriber; otherwise the exchange does, with
	 * what was thrown
	 */
	boolean subscriberFailed(Throwable thrown);

	/**
	 * Called when the pool closes the connection, before its exchanges end. Runs on any
	 * thread.
	 */
	void connectionClosing();

	/**
	 * Called when a part of an answer has arrived, so that a long answer is known to be
	 * in use. Runs on the event loop; quick and not blocking.
	 */
	void connectionActive();

}
