package dev.dbpool.pool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.Connector.ConnectionEvents;

/**
 * A connector with which everything succeeds immediately.
 */
public final class StringConnector implements Connector<String> {

	@Override
	public CompletionStage<String> open(ConnectionEvents events) {
		return CompletableFuture.completedStage("connection " + events.connectionId());
	}

	@Override
	public CompletionStage<Void> validate(String connection) {
		return CompletableFuture.completedStage(null);
	}

	@Override
	public CompletionStage<Void> close(String connection) {
		return CompletableFuture.completedStage(null);
	}

}
