package dev.dbpool.autoconfigure.endpoint;

import java.util.Map;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The state of the pools.
 *
 * @param pools the pools by name
 */
record PoolsDescriptor(Map<String, PoolDescriptor> pools) implements OperationResponseBody {

}
