package dev.dbpool.pool.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;

/**
 * A connector whose stages the test completes. By default everything succeeds
 * immediately.
 */
final class StubConnector implements Connector<StubConnector.Connection> {

	final List<ConnectionEvents> events = new ArrayList<>();

	final List<Connection> opened = new ArrayList<>();

	final List<Connection> closed = new ArrayList<>();

	final List<Connection> validated = new ArrayList<>();

	final List<CompletableFuture<Connection>> pendingOpens = new ArrayList<>();

	boolean holdOpens;

	/** Whether connections need no reset. */
	boolean reusable;

	Runnable whileLeaseEnds = () -> {
	};

	Supplier<CompletionStage<Void>> onValidate = StubConnector::done;

	Supplier<CompletionStage<Void>> onReset = StubConnector::done;

	Supplier<CompletionStage<Void>> onClose = StubConnector::done;

	RuntimeException openFailure;

	boolean openReturnsNothing;

	int openAttempts;

	@Override
	public CompletionStage<Connection> open(ConnectionEvents events) {
		this.openAttempts++;
		this.events.add(events);
		if (this.openFailure != null) {
			throw this.openFailure;
		}
		if (this.openReturnsNothing) {
			return null;
		}
		Connection connection = new Connection(events);
		if (this.holdOpens) {
			CompletableFuture<Connection> pending = new CompletableFuture<>();
			this.pendingOpens.add(pending);
			return pending.thenApply((ignored) -> opened(connection));
		}
		return CompletableFuture.completedStage(opened(connection));
	}

	private Connection opened(Connection connection) {
		this.opened.add(connection);
		return connection;
	}

	void completeOpens() {
		List<CompletableFuture<Connection>> pending = List.copyOf(this.pendingOpens);
		this.pendingOpens.clear();
		pending.forEach((open) -> open.complete(null));
	}

	@Override
	public CompletionStage<Void> validate(Connection connection) {
		this.validated.add(connection);
		return this.onValidate.get();
	}

	@Override
	public String describe(Connection connection) {
		return "stub";
	}

	@Override
	public boolean isReusable(Connection connection) {
		this.whileLeaseEnds.run();
		return this.reusable;
	}

	@Override
	public CompletionStage<Void> reset(Connection connection) {
		return this.onReset.get();
	}

	@Override
	public CompletionStage<Void> close(Connection connection) {
		this.closed.add(connection);
		return this.onClose.get();
	}

	static CompletionStage<Void> done() {
		return CompletableFuture.completedStage(null);
	}

	static CompletionStage<Void> failed() {
		return CompletableFuture.failedStage(new IllegalStateException("no answer"));
	}

	record Connection(ConnectionEvents events) {

		long id() {
			return this.events.connectionId();
		}

	}

}
