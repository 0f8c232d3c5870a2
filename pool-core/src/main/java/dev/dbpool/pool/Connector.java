package dev.dbpool.pool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Opens, validates, resets and closes the connections of a pool. No method may block:
 * each answers with a stage that is completed on any thread, or is complete already. A
 * stage that completes exceptionally, and a method that throws, mean the same.
 *
 * @param <C> the type of connection
 */
public interface Connector<C> {

	/**
	 * Opens a connection that is ready for use. The pool gives up when this or
	 * {@link #validate} takes longer than {@link PoolOptions#openTimeout()}, or when it
	 * is closed and its drain time is over, and closes a connection that comes after
	 * that. It does not cut the opening itself short: an implementation bounds its own
	 * time.
	 * @param events where to report that the connection was lost later on
	 * @return a stage with the open connection
	 */
	CompletionStage<C> open(ConnectionEvents events);

	/**
	 * Checks that an idle connection still works, which keeps it alive at the same time.
	 * @param connection an idle connection
	 * @return a stage that completes normally when the connection works
	 */
	CompletionStage<Void> validate(C connection);

	/**
	 * Returns whether a connection that comes back from a lease can be leased again as it
	 * is, which spares the {@link #reset}. Called at the end of each lease, so it only
	 * looks: without side effects, without waiting. It may be asked of a connection that
	 * was revoked a moment ago.
	 * @param connection the connection
	 * @return {@code false}, so that every connection is reset, unless overridden
	 */
	default boolean isReusable(C connection) {
		return false;
	}

	/**
	 * Makes a connection that comes back from a lease ready for the next one. The pool
	 * closes the connection when this takes longer than
	 * {@link PoolOptions#releaseTimeout()}.
	 * @param connection the connection just released
	 * @return a stage that completes normally when the connection can be leased again
	 */
	default CompletionStage<Void> reset(C connection) {
		return CompletableFuture.completedStage(null);
	}

	/**
	 * Describes an open connection for operators, such as by the addresses of its socket.
	 * Called without any lock, neither blocks nor contains secrets.
	 * @param connection the connection, which may have been closed a moment ago
	 * @return the description; empty unless overridden
	 */
	default String describe(C connection) {
		return "";
	}

	/**
	 * Closes a connection for good. Called once for each connection that was opened. The
	 * pool takes the connection for closed when this takes longer than
	 * {@link PoolOptions#releaseTimeout()}.
	 * @param connection the connection
	 * @return a stage that completes when its resources are free
	 */
	CompletionStage<Void> close(C connection);

	/**
	 * Receives what a {@link Connector} reports about one connection.
	 */
	interface ConnectionEvents {

		/**
		 * Returns the pool's number for the connection.
		 * @return an id, unique in its pool
		 */
		long connectionId();

		/**
		 * Reports that the connection is lost. An idle one is closed and replaced
		 * immediately, a leased one when its lease ends. May be called on any thread,
		 * before or after {@link Connector#open open} has completed, and more than once.
		 */
		void disconnected();

		/**
		 * Reports that the connection takes no further lease because of its age, or since
		 * the other side has announced its end in good order. An idle one is closed and
		 * replaced immediately, a leased one when its lease ends. Unlike a loss this
		 * never delays the opening of others. May be called on any thread, and more than
		 * once.
		 */
		default void expired() {
			disconnected();
		}

		/**
		 * Reports that the other side sent data that no request asked for, so that later
		 * answers cannot be distinguished. The connection is lost: the same as
		 * {@link #disconnected()}, with a {@linkplain CloseReason#UNEXPECTED_DATA reason}
		 * of its own. Called before the connection is used again.
		 */
		void unexpectedData();

	}

}
