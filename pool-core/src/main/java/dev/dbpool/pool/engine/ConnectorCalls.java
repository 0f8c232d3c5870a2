package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
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

	CompletableFuture<C> open(ConnectionEvents events) {
		return start(() -> this.connector.open(events));
	}

	CompletableFuture<Void> validate(C connection) {
		return start(() -> this.connector.validate(connection));
	}

	CompletableFuture<Void> reset(C connection) {
		return start(() -> this.connector.reset(connection));
	}

	CompletableFuture<Void> close(C connection) {
		return start(() -> this.connector.close(connection));
	}

	String describe(C connection) {
		try {
			return this.connector.describe(connection);
		}
		catch (RuntimeException ex) {
			return "";
		}
	}

	private static <T> CompletableFuture<T> start(Supplier<CompletionStage<T>> operation) {
		try {
			return operation.get().toCompletableFuture();
		}
		catch (Throwable ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	/**
	 * Waits for the end of an operation without blocking.
	 * @param limit how long it may take
	 * @param overdue what to do when it takes longer. Its end is still reported after
	 * that
	 * @param end what to do at its end
	 */
	<T> void await(CompletableFuture<T> operation, Duration limit, Runnable overdue,
			BiConsumer<@Nullable T, @Nullable Throwable> end) {
		ScheduledTask timer = operation.isDone() ? null : this.scheduler.schedule(limit, overdue);
		operation.whenComplete((result, failure) -> {
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
	 * Waits without blocking for the end of an operation or of its time, whichever comes
	 * first.
	 * @param limit how long it may take
	 * @param end notified once how it ended: by a failure, or well
	 */
	void awaitOnce(CompletableFuture<Void> operation, Duration limit, Consumer<@Nullable Throwable> end) {
		CompletableFuture<Void> outcome = operation.copy();
		await(outcome, limit,
				() -> outcome
					.completeExceptionally(new IOException("no answer within " + PoolMessages.describe(limit))),
				(none, failure) -> end.accept(failure));
	}

}
