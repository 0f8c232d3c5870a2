package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;

/**
 * Calls a {@link Connector}, and bounds the time that its answers may take. Whatever goes
 * wrong with a call is a failure of the operation: the pool has to hear of its end in any
 * case.
 *
 * @param <C> the type of connection
 */
final class ConnectorCalls<C> {

	private final Connector<C> connector;

	private final PoolScheduler scheduler;

	ConnectorCalls(Connector<C> connector, PoolScheduler scheduler) {
		this.connector = connector;
		this.scheduler = scheduler;
	}

	String describe(C connection) {
		try {
			return this.connector.describe(connection);
		}
		catch (RuntimeException ex) {
			return "";
		}
	}

	/**
	 * Starts an operation.
	 * @return completes at its end, exceptionally if it could not be started
	 */
	<T> CompletableFuture<T> start(Function<Connector<C>, CompletionStage<T>> operation) {
		try {
			return operation.apply(this.connector).toCompletableFuture();
		}
		catch (Throwable ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	/**
	 * Starts an operation, and waits for its end without blocking.
	 * @param limit how long it may take
	 * @param overdue what to do when it takes longer. Its end is still reported after
	 * that
	 * @param end what to do at its end
	 */
	<T> void await(Function<Connector<C>, CompletionStage<T>> operation, Duration limit, Runnable overdue,
			BiConsumer<@Nullable T, @Nullable Throwable> end) {
		CompletableFuture<T> started = start(operation);
		ScheduledTask timer = started.isDone() ? null : this.scheduler.schedule(limit, overdue);
		started.whenComplete((result, failure) -> {
			if (timer != null) {
				timer.cancel();
			}
			end.accept(result, unwrapped(failure));
		});
	}

	/**
	 * Takes off what a stage that depends on another one has put around its failure.
	 */
	private static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
		return (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause() : failure;
	}

	/**
	 * Starts an operation, and waits without blocking for its end or that of its time,
	 * whichever comes first.
	 * @param limit how long it may take
	 * @param end notified once how it ended: by a failure, or well
	 */
	void awaitOnce(Function<Connector<C>, CompletionStage<Void>> operation, Duration limit,
			Consumer<@Nullable Throwable> end) {
		CompletableFuture<Void> outcome = start(operation).copy();
		await((connector) -> outcome, limit,
				() -> outcome
					.completeExceptionally(new IOException("no answer within " + PoolMessages.describe(limit))),
				(none, failure) -> end.accept(failure));
	}

}
