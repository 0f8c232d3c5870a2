package dev.dbpool.autoconfigure.endpoint;

import java.util.List;

import dev.dbpool.autoconfigure.activity.PoolEvent;

/**
 * The last events.
 *
 * @param events the events, the last one first
 */
record EventsDescriptor(List<PoolEvent> events) {

}
