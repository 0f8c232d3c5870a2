package dev.dbpool.pool.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.ConnectionEvents;
import dev.dbpool.pool.Connector;

/**
 * A connector with which everything succeeds immediately.
 */
final class StringConnector implements Connector<String> {

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
