package dev.dbpool.autoconfigure.endpoint;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What a write operation has done.
 *
 * @param pool name of the pool
 * @param action the operation
 * @param result what came of it, for people
 */
record ActionDescriptor(String pool, String action, String result) implements OperationResponseBody {

}
