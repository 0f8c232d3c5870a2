package dev.dbpool.pool.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;

/**
 * Opens connections that count their users, and fails now and then.
 */
final class StressedConnector implements Connector<StressedConnection> {

	final AtomicInteger open = new AtomicInteger();

	final AtomicInteger mostOpen = new AtomicInteger();

	final AtomicInteger overuse = new AtomicInteger();

	private final int leasesPerConnection;

	StressedConnector(int leasesPerConnection) {
		this.leasesPerConnection = leasesPerConnection;
	}

	@Override
	public CompletionStage<StressedConnection> open(ConnectionEvents events) {
		return CompletableFuture.supplyAsync(() -> {
			failOnceIn(20);
			this.mostOpen.accumulateAndGet(this.open.incrementAndGet(), Math::max);
			return new StressedConnection(events, this.leasesPerConnection, this.overuse);
		});
	}

	@Override
	public CompletionStage<Void> validate(StressedConnection connection) {
		failOnceIn(20);
		return CompletableFuture.completedStage(null);
	}

	@Override
	public boolean isReusable(StressedConnection connection) {
		return ThreadLocalRandom.current().nextInt(4) > 0;
	}

	@Override
	public CompletionStage<Void> reset(StressedConnection connection) {
		failOnceIn(50);
		return (ThreadLocalRandom.current().nextInt(4) == 0) ? CompletableFuture.runAsync(() -> {
		}) : CompletableFuture.completedStage(null);
	}

	@Override
	public CompletionStage<Void> close(StressedConnection connection) {
		return CompletableFuture.runAsync(this.open::decrementAndGet);
	}

	private static void failOnceIn(int times) {
		if (ThreadLocalRandom.current().nextInt(times) == 0) {
			throw new IllegalStateException("a server that fails");
		}
	}

}
