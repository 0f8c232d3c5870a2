package dev.dbpool.autoconfigure.endpoint;

import java.util.Map;

/**
 * The state of the pools.
 *
 * @param pools the pools by name
 */
record PoolsDescriptor(Map<String, PoolDescriptor> pools) {

}
