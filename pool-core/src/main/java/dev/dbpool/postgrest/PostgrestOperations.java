package dev.dbpool.postgrest;

/**
 * What can be addressed in a database behind PostgREST.
 */
public interface PostgrestOperations {

	/**
	 * Addresses a table or view.
	 * @param table its name, without schema
	 * @return the table
	 * @throws IllegalArgumentException when the name is blank or cannot be part of a path
	 */
	Table from(String table);

	/**
	 * Addresses a function.
	 * @param function its name, without schema
	 * @return the call, without arguments yet
	 * @throws IllegalArgumentException when the name is blank or cannot be part of a path
	 */
	RpcCall rpc(String function);

	/**
	 * The same operations on another schema, which must be one that PostgREST exposes.
	 * @param schema the schema's name
	 * @return operations on that schema
	 */
	PostgrestOperations schema(String schema);

}
