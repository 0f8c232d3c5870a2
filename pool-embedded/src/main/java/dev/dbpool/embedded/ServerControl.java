package dev.dbpool.embedded;

import java.util.OptionalLong;

/**
 * Stops, kills, pauses and restarts one server, so that a test can have the faults that
 * production has. Every method returns when the server has reached the state that it
 * names. Safe for use by several threads.
 */
public interface ServerControl {

	/**
	 * Starts the server after {@link #stop()}, {@link #kill()} or a crash, on the port
	 * that it had and with the data that it had, and waits until it is ready. PostgREST
	 * that is started while PostgreSQL is not running cannot become ready: then this
	 * returns as soon as its port accepts connections. Does nothing when the server runs.
	 * @throws EmbeddedPostgrestException if it did not get ready within the startup
	 * timeout
	 * @throws IllegalStateException if the server is paused, or its stack is closed
	 */
	void start();

	/**
	 * Ends the server in the orderly way: PostgreSQL rolls back what runs, disconnects
	 * its clients and writes a checkpoint ("fast shutdown"); PostgREST gets SIGTERM. A
	 * paused server is resumed for it. Does nothing when the server does not run.
	 */
	void stop();

	/**
	 * Ends every process of the server with SIGKILL, as a crash would. Paused or not.
	 * Does nothing when the server does not run.
	 */
	void kill();

	/**
	 * Freezes every process of the server, with SIGSTOP or as Docker does: its sockets
	 * stay open and accept connections, and nothing answers. Does nothing when the server
	 * is paused.
	 * @throws IllegalStateException if the server does not run
	 * @throws UnsupportedOperationException where there are no such signals (Windows)
	 */
	void pause();

	/**
	 * Lets a paused server go on. Does nothing when the server is not paused.
	 */
	void resume();

	/**
	 * Returns whether the server can do work: it was started, its main process is alive,
	 * and it is not paused.
	 * @return whether it runs
	 */
	boolean isRunning();

	/**
	 * Returns whether the server is frozen by {@link #pause()}.
	 * @return whether it is paused
	 */
	boolean isPaused();

	/**
	 * The TCP port of the server, the same through every restart.
	 * @return the port on the loopback interface
	 */
	int port();

	/**
	 * The id of the server's main process.
	 * @return the process id, or empty when there is no live process that this machine
	 * knows
	 */
	OptionalLong pid();

}
