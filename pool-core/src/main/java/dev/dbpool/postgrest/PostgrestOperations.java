package dev.dbpool.postgrest;

import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

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

	/**
	 * The same operations with a preference: each request has it, unless it has a value
	 * of its own for it. What servers may ignore silently ({@code tx=rollback},
	 * {@code max-affected}) must be confirmed by their answers.
	 * @param preference the preference as PostgREST's {@code Prefer} header takes it,
	 * such as {@code timezone=Europe/Berlin} or {@code handling=strict}
	 * @return operations with the preference
	 * @throws IllegalArgumentException when it cannot be sent
	 */
	PostgrestOperations prefer(String preference);

	/**
	 * Describes the tables and functions of the schema, as far as the role may see them.
	 * Costs PostgREST about 10 ms.
	 * @return the description in OpenAPI's format
	 */
	Mono<JsonNode> openApi();

}
