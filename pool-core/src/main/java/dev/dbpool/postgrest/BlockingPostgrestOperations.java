package dev.dbpool.postgrest;

/**
 * What can be addressed in a database behind PostgREST, for callers that may block:
 * servlet threads, virtual threads, jobs.
 * <p>
 * A call from a thread that must not block (an event loop, a parallel scheduler) throws
 * an {@link IllegalStateException} before anything is sent.
 */
public interface BlockingPostgrestOperations {

	/**
	 * Addresses a table or view.
	 * @param table its name, without schema
	 * @return the table
	 * @throws IllegalArgumentException when the name is blank or cannot be part of a path
	 */
	BlockingTable from(String table);

	/**
	 * Addresses a function.
	 * @param function its name, without schema
	 * @return the call, without arguments yet
	 * @throws IllegalArgumentException when the name is blank or cannot be part of a path
	 */
	BlockingRpcCall rpc(String function);

	/**
	 * The same operations on another schema, which must be one that PostgREST exposes.
	 * @param schema the schema's name
	 * @return operations on that schema
	 */
	BlockingPostgrestOperations schema(String schema);

}
