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

	/**
	 * A request for batched reads is about to be sent, see {@link EntityTable#batched()}.
	 * Requests for a single key are included.
	 * @param operation what is requested
	 * @param keys the number of different keys
	 */
	default void onBatch(Operation operation, int keys) {
	}

	/**
	 * An exchange for coalesced reads has ended, see {@link PooledClient#coalesced()}.
	 * Exchanges of a single caller are included.
	 * @param operation what was read
	 * @param callers the number of callers that shared it
	 */
	default void onCoalesced(Operation operation, int callers) {
	}

}
