package dev.dbpool.client;

/**
 * Is told of each operation when it has ended, on whatever thread that happens.
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
