package dev.dbpool.autoconfigure.endpoint;

import java.util.List;

import dev.dbpool.autoconfigure.activity.PoolEvent;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The last events.
 *
 * @param events the events, the last one first
 */
record EventsDescriptor(List<PoolEvent> events) implements OperationResponseBody {

}
