package dev.dbpool.autoconfigure.resilience;

import dev.dbpool.client.Operation;
import reactor.core.publisher.Mono;

/**
 * Finds the key by which an operation is admitted, such as the id of the user it is for.
 * A bean of this type gives each key a rate limiter and a bulkhead of its own, so that no
 * key can take all connections.
 */
@FunctionalInterface
public interface AdmissionKeyResolver {

	/**
	 * Finds the key of an operation. Subscribed to once for each operation, in the
	 * context and on the thread of its subscriber; must not block.
	 * @param operation the operation
	 * @return the key; nothing if the operation shares the limits of all operations
	 * without a key. An error fails the operation
	 */
	Mono<String> key(Operation operation);

}
