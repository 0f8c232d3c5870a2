package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.transport.HttpConnection;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.QueryTimeoutException;

/**
 * What is known of one operation from its subscription to its end: as whom it acts, its
 * attempts and leases, where its time went, and what becomes of them when it ends. The
 * steps that lead there are those of {@link OperationCall}. It is recorded once, however
 * many ends there are. Safe for use from any thread.
 */
final class OperationState {

	private static final AtomicIntegerFieldUpdater<OperationState> ATTEMPTS = AtomicIntegerFieldUpdater
		.newUpdater(OperationState.class, "attempts");

	private static final AtomicIntegerFieldUpdater<OperationState> ENDED = AtomicIntegerFieldUpdater
		.newUpdater(OperationState.class, "ended");

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<OperationState, LeaseSubscription> LEASE = AtomicReferenceFieldUpdater
		.newUpdater(OperationState.class, LeaseSubscription.class, "lastLease");

	private final ClientCore core;

	private final long startedAt = System.nanoTime();

	private volatile Operation operation;

	private volatile Credentials credentials;

	private volatile int attempts;

	private volatile int ended;

	private volatile @Nullable Attempt lastAttempt;

	private volatile boolean mayHaveRun;

	private volatile @Nullable LeaseOwner owner;

	private volatile @Nullable LeaseSubscription<?> lastLease;

	private volatile @Nullable HandedOverLease handedOver;

	private volatile boolean released;

	/** Where a statement still runs whose answer was given up. */
	private volatile @Nullable HttpConnection running;

	/** Which read replicas its attempts use, if there are any for it. */
	private volatile @Nullable ReplicaChoice replicas;

	private volatile @Nullable OperationCall<?> end;

	private volatile @Nullable Disposable timer;

	private volatile @Nullable Throwable failure;

	/**
	 * The observation of a manual lease. Other operations end theirs by their signals.
	 */
	private volatile @Nullable OperationObservation observation;

	OperationState(ClientCore core, Operation operation, Credentials credentials) {
		this.core = core;
		this.operation = operation;
		this.credentials = credentials.ofOperation();
	}

	/**
	 * Notes the observation of a manual lease, so that it ends with the operation.
	 */
	void observedBy(OperationObservation started) {
		this.observation = started;
		if (this.ended != 0) {
			started.end(Result.CANCELLED, null);
		}
	}

	/**
	 * Returns the context of a statement on the manual lease of this operation.
	 */
	Context onLease(Context subscriber) {
		OperationObservation observed = this.observation;
		return (observed != null) ? observed.onLease(subscriber) : subscriber;
	}

	/**
	 * Notes who the user is that was found to be signed in.
	 */
	void identified(Credentials found) {
		this.operation = this.operation.as(found.kind());
		this.credentials = found;
	}

	/**
	 * Lets its attempts use read replicas, and interceptors choose one.
	 */
	void offersReplicas() {
		ReplicaChoice choice = new ReplicaChoice(this);
		this.replicas = choice;
		this.operation = this.operation.on(choice::chooseNext);
	}

	/**
	 * Returns the read replica on which an attempt begins, or {@code null} for the
	 * primary.
	 */
	ReadEndpoint.@Nullable Use replicaFor(Attempt attempt) {
		ReplicaChoice choice = this.replicas;
		return (choice != null) ? choice.begin(attempt) : null;
	}

	/**
	 * Returns the number of the attempt that begins, from 1.
	 */
	int nextAttempt() {
		return ATTEMPTS.incrementAndGet(this);
	}

	/**
	 * Notes that an attempt begins, perhaps on another connection.
	 */
	void begins(Attempt attempt) {
		this.lastAttempt = attempt;
	}

	/**
	 * Notes why an attempt has failed.
	 */
	void attemptFailed(Attempt attempt, Failure failure) {
		if (attempt.mayHaveWritten() || (attempt.hasBegun() && failure.mayHaveRun())) {
			this.mayHaveRun = true;
		}
	}

	/**
	 * Notes that a statement goes on at the server after its attempt has failed.
	 */
	void stillRunsOn(HttpConnection connection) {
		this.running = connection;
	}

	/**
	 * Returns where a statement of an earlier attempt may still be running.
	 */
	@Nullable HttpConnection stillRunning() {
		return this.running;
	}

	/**
	 * Notes that no statement of an earlier attempt is running.
	 */
	void runsNoMore() {
		this.running = null;
	}

	ClientCore core() {
		return this.core;
	}

	boolean hasEnded() {
		return this.ended != 0;
	}

	boolean isObserved() {
		return this.core.isObserved();
	}

	Operation operation() {
		return this.operation;
	}

	Credentials credentials() {
		return this.credentials;
	}

	ConnectionPool<ClientConnection> pool() {
		return this.core.pool(this.operation.lane());
	}

	Lanes lanes() {
		return this.core.lanes();
	}

	/**
	 * Returns who the owner of its leases is.
	 * @param subscriber the context of who asks for the first lease
	 */
	LeaseOwner owner(ContextView subscriber) {
		LeaseOwner known = this.owner;
		if (known == null) {
			known = this.core.owner(this.operation.name(), subscriber);
			this.owner = known;
		}
		return known;
	}

	/**
	 * Lets the operation go on until the body of its answer has ended. The body has one
	 * subscriber: another one gets an error, and changes nothing for the first.
	 */
	Flux<DataBuffer> body(Flux<DataBuffer> body) {
		AtomicBoolean subscribed = new AtomicBoolean();
		return OperationCall.ofBody(() -> {
			if (!subscribed.compareAndSet(false, true)) {
				throw new BodyWasReadException(this.operation.name());
			}
			return this;
		}, Flux.defer(() -> {
			Throwable failed = this.failure;
			return (failed != null) ? Flux.error(failed) : body;
		}));
	}

	/**
	 * Ends the operation at its deadline, which is the same for an answer and its body.
	 */
	void limit() {
		Duration deadline = this.operation.deadline().orElse(null);
		if (deadline != null && this.timer == null) {
			this.timer = Deadlines.shared().schedule(this.startedAt, deadline, this::deadlinePasses);
		}
	}

	private void deadlinePasses() {
		OperationCall<?> present = this.end;
		Throwable failure = pastDeadline();
		if (present != null && !present.fail(failure) && present.hasAnswered()) {
			giveUp(failure);
		}
	}

	void stopTimer() {
		Disposable deadline = this.timer;
		if (deadline != null) {
			deadline.dispose();
		}
	}

	/**
	 * Sets what gives the subscriber the end of the operation.
	 * @param end the call, or {@code null} once the application has the lease
	 */
	void endsWith(@Nullable OperationCall<?> end) {
		this.end = end;
	}

	@Nullable OperationCall<?> endsWith() {
		return this.end;
	}

	/**
	 * Notes a lease of the operation, so that it ends with it.
	 * @return {@code false} if the operation has ended
	 */
	boolean begins(LeaseSubscription<?> lease) {
		do {
			lease.previous = this.lastLease;
		}
		while (!LEASE.compareAndSet(this, lease.previous, lease));
		return !this.released;
	}

	/**
	 * Leaves a lease to the application, and forgets the steps that led to it. It holds
	 * its connection before it can be released, since others may hold that afterwards.
	 */
	void handsOver(Lease<ClientConnection> leased, HttpConnection connection) {
		HandedOverLease lease = new HandedOverLease(this, leased, connection, waited());
		lease.hold();
		this.handedOver = lease;
		this.lastLease = null;
		if (this.released) {
			lease.close();
		}
	}

	/**
	 * Ends an operation whose lease the application has lost without closing it. One that
	 * it never had is closed by the steps of the operation.
	 */
	void abandoned(Lease<?> lease) {
		if (this.end == null && this.ended == 0 && lease.isActive()) {
			pool().reclaim(lease.id());
			fail(new LeaseRevokedException(lease + " was reclaimed, since nothing referred to it any more", null));
		}
	}

	/**
	 * Gives back what leases there are, though the steps of the operation may ignore that
	 * they were cancelled.
	 */
	void release() {
		this.released = true;
		for (LeaseSubscription<?> lease = this.lastLease; lease != null; lease = lease.previous) {
			lease.giveUp();
		}
		HandedOverLease handed = this.handedOver;
		if (handed != null) {
			handed.close();
		}
	}

	/**
	 * Ends the operation from outside of its steps: its lease was revoked, or a step has
	 * thrown an error of the JVM.
	 */
	void fail(Throwable thrown) {
		noteUnknownOutcome();
		Throwable failure = PoolExceptionTranslator.translate(thrown);
		OperationCall<?> present = this.end;
		if (present == null || !present.fail(failure)) {
			giveUp(failure);
		}
	}

	/**
	 * Ends the operation after its result was passed on: a body that is read later fails,
	 * and so does one whose reader has come just now.
	 */
	private void giveUp(Throwable thrown) {
		Throwable described = described(thrown);
		this.failure = described;
		release();
		endReader(described);
		failed(described);
	}

	/**
	 * Fails the body of an answer that was given up, if its reader has come just before.
	 * Of a reader and a release one sees the other.
	 */
	void endReader(Throwable failure) {
		OperationCall<?> reader = this.end;
		if (reader != null) {
			reader.fail(failure);
		}
	}

	/**
	 * Returns what a body fails with whose answer was given up.
	 */
	Throwable failureOfBody() {
		Throwable failed = this.failure;
		return (failed != null) ? failed
				: new CancellationException("%s has ended before the body of its answer was read. Read that first"
					.formatted(this.operation.name()));
	}

	private void noteUnknownOutcome() {
		Attempt attempt = this.lastAttempt;
		if (attempt != null && attempt.hasBegun()) {
			this.mayHaveRun = true;
		}
	}

	/**
	 * Returns how long a request may wait for a connection so that the server, as fast as
	 * it is at present, answers it before the deadline.
	 * @return the time in nanoseconds, negative if it is over; unlimited without a
	 * deadline, or if nothing is known of the server
	 */
	long timeToSend() {
		return timeLeftAfter(this.core.serviceTimes().expectedNanos(this.operation.name()));
	}

	/**
	 * Returns whether a request that is sent now has a fair chance to be answered before
	 * the deadline.
	 */
	boolean mayBeSentNow() {
		return timeLeftAfter(this.core.serviceTimes().meanNanos(this.operation.name())) >= 0;
	}

	private long timeLeftAfter(long nanos) {
		Duration deadline = this.operation.deadline().orElse(null);
		return (deadline != null && nanos > 0) ? deadline.toNanos() - (System.nanoTime() - this.startedAt) - nanos
				: Long.MAX_VALUE;
	}

	/**
	 * Notes how long the server has taken for what was asked.
	 */
	void served(long nanos) {
		this.core.serviceTimes().record(this.operation.name(), nanos);
	}

	/**
	 * Notes how long the server was given until the answer was of no use any more. What
	 * it needs is more than that.
	 */
	void gaveUp(long nanos) {
		if (nanos > this.core.serviceTimes().expectedNanos(this.operation.name())) {
			served(nanos);
		}
	}

	QueryTimeoutException pastDeadline() {
		noteUnknownOutcome();
		if (this.mayHaveRun) {
			this.core.lanes().answeredTooLate();
		}
		return new QueryTimeoutException(
				"%s did not end within its deadline of %d ms (%s). Its last statement %s. Set another deadline with within(…), or %s for all operations"
					.formatted(this.operation.name(), deadlineMillis(), timeSpent(),
							this.mayHaveRun ? "may still have run" : "was not sent",
							this.core.settings().of("operationTimeout", "operation-timeout")));
	}

	/**
	 * A request is not sent, since its answer would come too late.
	 */
	QueryTimeoutException tooLate() {
		long expected = this.core.serviceTimes().expectedNanos(this.operation.name());
		return new QueryTimeoutException(
				"%s was not sent, since the server takes about %d ms for it at present, and less is left of its deadline of %d ms (%s). Set another deadline with within(…), or reduce the load"
					.formatted(this.operation.name(), TimeUnit.NANOSECONDS.toMillis(expected), deadlineMillis(),
							timeSpent()));
	}

	private long deadlineMillis() {
		return this.operation.deadline().orElse(Duration.ZERO).toMillis();
	}

	/**
	 * Describes where the time went; what is left of it went into waits before retries.
	 */
	private String timeSpent() {
		return "attempt %d; %d ms waiting for a connection, %d ms for the server".formatted(this.attempts,
				waited().toMillis(), held().toMillis());
	}

	/**
	 * Returns how long it has waited for connections.
	 */
	private Duration waited() {
		HandedOverLease handed = this.handedOver;
		long waited = (handed != null) ? handed.waited().toNanos() : 0;
		for (LeaseSubscription<?> lease = this.lastLease; lease != null; lease = lease.previous) {
			waited += lease.waitedNanos();
		}
		return Duration.ofNanos(waited);
	}

	/**
	 * Returns how long it has held connections.
	 */
	private Duration held() {
		HandedOverLease handed = this.handedOver;
		long held = (handed != null) ? handed.held().toNanos() : 0;
		for (LeaseSubscription<?> lease = this.lastLease; lease != null; lease = lease.previous) {
			held += lease.heldNanos();
		}
		return Duration.ofNanos(held);
	}

	/**
	 * Takes off what is for interceptors only, and adds what the operation was. An error
	 * of the JVM becomes the cause of an exception, since Reactor's operators pass no
	 * such error on.
	 */
	Throwable described(Throwable failure) {
		Throwable thrown = (failure instanceof AttemptFailedException ex && ex.getCause() != null) ? ex.getCause()
				: failure;
		Throwable described = Exceptions.isFatal(thrown) ? new NonTransientDataAccessResourceException(
				"%s was ended by %s. The cause says where it was thrown".formatted(this.operation.name(), thrown),
				thrown) : thrown;
		OperationFailure.addTo(described, this.operation, this.attempts, this.mayHaveRun);
		return described;
	}

	void succeeded() {
		end(Result.SUCCESS, null);
	}

	/**
	 * Ends an operation whose lease the application closes. It has failed if the pool has
	 * revoked the lease; a second close changes nothing.
	 */
	void close(Lease<?> lease) {
		try {
			lease.connection();
			succeeded();
			release();
		}
		catch (RuntimeException ex) {
			fail(ex);
		}
	}

	void failed(Throwable failure) {
		end(Result.FAILURE, failure);
	}

	void cancelled() {
		end(Result.CANCELLED, null);
	}

	private void end(Result result, @Nullable Throwable failure) {
		if (ENDED.compareAndSet(this, 0, 1)) {
			ReplicaChoice choice = this.replicas;
			if (choice != null) {
				choice.leave();
			}
			if (this.operation.lane() == Lane.WRITE) {
				this.operation.recentWrites()
					.ifPresent((writes) -> this.credentials.knownIdentity().ifPresent(writes::wrote));
			}
			OperationObservation observed = this.observation;
			if (observed != null) {
				observed.end(result, failure);
			}
			LeaseOwner known = this.owner;
			this.core.notifyEnd(new OperationOutcome(this.operation, result, this.attempts, elapsed(), waited(), held(),
					(known != null) ? known.traceId() : null, failure));
		}
	}

	private Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.startedAt);
	}

	/**
	 * A second subscriber to a body. Spring makes one after each answer that was read and
	 * ignores its failure, which therefore costs little.
	 */
	private static final class BodyWasReadException extends IllegalStateException {

		private static final long serialVersionUID = 1L;

		private final String operation;

		BodyWasReadException(String operation) {
			this.operation = operation;
		}

		@Override
		public String getMessage() {
			return "The body of the answer to %s allows only one subscriber, and has had one already. Keep what that has read, or send the request again"
				.formatted(this.operation);
		}

		@Override
		public Throwable fillInStackTrace() {
			return this;
		}

	}

}
