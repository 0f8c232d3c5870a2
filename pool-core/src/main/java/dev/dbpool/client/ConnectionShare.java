package dev.dbpool.client;

import java.util.Map;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.transport.SendGate;

/**
 * The share of a client in a budget of connections that other clients use as well, mostly
 * in other processes. It bounds the pools of the lanes by
 * {@link ConnectionPool#restrict}. As a gate it is closed when the process cannot know
 * whether it still has the share, since it was frozen for too long.
 */
public interface ConnectionShare extends SendGate {

	/**
	 * Begins to bound the pools of a client. Called once, when the client is built. The
	 * pools are restricted to no connection until this or a later call of
	 * {@code restrict} permits some.
	 * @param name name of the client's pool
	 * @param pools the pools of its lanes
	 */
	void begin(String name, Map<Lane, ConnectionPool<?>> pools);

}
