package dev.dbpool.client;

/**
 * Listener for the end of each operation, called on the thread that ends it.
 * Implementations are quick and do not block; what they throw is logged and otherwise
 * ignored.
 */
@FunctionalInterface
public interface OperationListener {

	/**
	 * An operation ended.
	 * @param outcome what came of it
	 */
	void onEnd(OperationOutcome outcome);

}
