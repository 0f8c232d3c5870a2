package dev.dbpool.embedded;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports of the loopback interface, below the range that operating systems take for
 * outgoing connections (from 32768 on Linux, from 49152 elsewhere). A port of that range
 * could be taken while its server is stopped, even by a client that reconnects to it in a
 * loop and ends up connected to itself. A port stays taken until it is released or this
 * JVM ends, so that two stacks never get the same, not even those of two JVMs while a
 * server is stopped: the UDP port with the same number, which no server of a stack uses,
 * is bound for so long.
 */
public final class LoopbackPorts {

	private static final int FIRST = 20_000;

	private static final int LAST = 32_000;

	private static final int ATTEMPTS = 1_000;

	private static final Map<Integer, DatagramSocket> taken = new ConcurrentHashMap<>();

	private LoopbackPorts() {
	}

	/**
	 * Takes a free port.
	 * @return the port
	 * @throws EmbeddedPostgrestException if no port is free
	 */
	public static int take() {
		for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
			int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
			if (reserve(port)) {
				if (isFree(port)) {
					return port;
				}
				release(port);
			}
		}
		throw new EmbeddedPostgrestException(
				"found no free port on the loopback interface between %d and %d".formatted(FIRST, LAST));
	}

	/**
	 * Takes a free port until the cleanup.
	 */
	static int take(Cleanup cleanup) {
		int port = take();
		cleanup.add(() -> release(port));
		return port;
	}

	/**
	 * Takes a free port until the cleanup, unless the user asks for one.
	 * @param wanted the user's port, which has to be free, or 0
	 */
	static int take(int wanted, Cleanup cleanup) {
		if (wanted == 0) {
			return take(cleanup);
		}
		if (!isFree(wanted)) {
			throw new EmbeddedPostgrestException(
					"port %d is taken by another program; choose another one, or 0 for a free one".formatted(wanted));
		}
		return wanted;
	}

	/**
	 * Releases a port that was taken.
	 * @param port the port
	 */
	public static void release(int port) {
		DatagramSocket reservation = taken.remove(port);
		if (reservation != null) {
			reservation.close();
		}
	}

	/**
	 * Reserves a port against all JVMs.
	 * @return whether it was not reserved yet
	 */
	static boolean reserve(int port) {
		try {
			taken.put(port, new DatagramSocket(new InetSocketAddress("127.0.0.1", port)));
			return true;
		}
		catch (SocketException ex) {
			return false;
		}
	}

	static boolean isFree(int port) {
		try (ServerSocket socket = new ServerSocket()) {
			socket.bind(new InetSocketAddress("127.0.0.1", port));
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

}
