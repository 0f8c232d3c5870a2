package dev.dbpool.client;

import java.time.Duration;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Predicate;

import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolException;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.transport.HttpConnection;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.QueryTimeoutException;

/**
 * One call of an operation, from a subscription to its end. It puts the steps together,
 * from the outside in: {@link OperationEnd} records the operation and limits it by its
 * deadline; retry and circuit breaker are {@linkplain OperationInterceptor interceptors};
 * each attempt has a token, a {@linkplain LeaseSubscription lease} of its own, and the
 * {@linkplain Work exchanges} on it; what fails it is classified.
 */
final class OperationCall {

	/** Operations that bypass row-level security. */
	private static final Logger AUDIT = LoggerFactory.getLogger("dev.dbpool.audit");

	private static final AtomicIntegerFieldUpdater<OperationCall> ATTEMPTS = AtomicIntegerFieldUpdater
		.newUpdater(OperationCall.class, "attempts");

	private static final AtomicIntegerFieldUpdater<OperationCall> ENDED = AtomicIntegerFieldUpdater
		.newUpdater(OperationCall.class, "ended");

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<OperationCall, LeaseSubscription> LEASE = AtomicReferenceFieldUpdater
		.newUpdater(OperationCall.class, LeaseSubscription.class, "lastLease");

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

	/** What a read replica has let through last: the present attempt, or the next one. */
	private volatile ReadEndpoint.@Nullable Use onReplica;

	private volatile @Nullable OperationEnd<?> end;

	private volatile @Nullable Disposable timer;

	private volatile @Nullable Throwable failure;

	private OperationCall(ClientCore core, Operation operation, Credentials credentials) {
		this.core = core;
		this.operation = operation;
		this.credentials = credentials.ofOperation();
	}

	/**
	 * A call for each subscription: recorded, and ended by its deadline.
	 */
	static <T> Flux<T> of(ClientCore core, Operation operation, Credentials credentials, Work<T> work) {
		return OperationEnd.of(() -> new OperationCall(core, operation, credentials), work.shape(),
				(call) -> call.identified(work));
	}

	/**
	 * Finds out whom the operation acts as, before anything else sees it.
	 */
	private <T> Publisher<T> identified(Work<T> work) {
		if (!this.credentials.isOpen()) {
			return intercepted(work);
		}
		return this.credentials.signedIn().flatMapMany((found) -> {
			this.operation = this.operation.as(found.kind());
			this.credentials = found;
			return intercepted(work);
		});
	}

	/**
	 * Retry, circuit breaker and other interceptors around the attempts. A lease for the
	 * application passes none: it shows nothing about the server.
	 */
	private <T> Publisher<T> intercepted(Work<T> work) {
		if (this.operation.identity() == Identity.Kind.SERVICE) {
			AUDIT.info("service identity: {} on lane {}", this.operation.name(), this.operation.lane().id());
		}
		if (mayUseReplicas(work)) {
			this.operation = this.operation.on(this::tryReplica);
		}
		Flux<T> attempts = Flux.defer(() -> afterLastStatement(work));
		return switch (work.shape()) {
			case VALUE -> this.core.intercept(this.operation, Mono.fromDirect(attempts));
			case ANSWER -> Mono.from(this.core.intercept(this.operation, Mono.fromDirect(attempts)))
				.map((answer) -> work.observed(answer, this));
			case ELEMENTS -> this.core.intercept(this.operation, attempts);
			case LEASE -> attempts;
		};
	}

	/**
	 * Waits until the statement of the attempt before, which was given up after a
	 * timeout, has ended at the server, or its connection was closed: so that an
	 * operation has one statement at a time.
	 */
	private <T> Flux<T> afterLastStatement(Work<T> work) {
		HttpConnection present = this.running;
		if (present == null) {
			return authenticated(work);
		}
		this.running = null;
		return Mono.fromCompletionStage(present::whenIdle)
			.onErrorComplete()
			.thenMany(Flux.defer(() -> authenticated(work)));
	}

	/**
	 * Notes that a statement goes on at the server after its attempt has failed.
	 */
	void stillRunsOn(HttpConnection connection) {
		this.running = connection;
	}

	/**
	 * An attempt with a token, and another if that was refused.
	 */
	private <T> Flux<T> authenticated(Work<T> work) {
		work.check(this.operation);
		return work.authenticated(this.credentials, (identity) -> {
			int number = ATTEMPTS.incrementAndGet(this);
			return leased(new Attempt(number, this.core.headersOf(number, identity)), work);
		});
	}

	/**
	 * The exchanges of an attempt on a lease, again on another one if nothing was sent.
	 */
	private <T> Flux<T> leased(Attempt attempt, Work<T> work) {
		this.lastAttempt = attempt;
		ReadEndpoint.Use replica = replicaFor(attempt, work);
		if (replica != null) {
			attempt.uses(replica.endpoint());
			return onReplica(attempt, work, replica);
		}
		return LeaseSubscription.flux(this, attempt, work, null)
			.onErrorResume((failure) -> attempt.moves(failure, pool().size()) ? leased(attempt, work)
					: Flux.error(classified(failure, attempt, work.mayBeRepeated(attempt))));
	}

	/**
	 * Returns whether it consists of statements of the read lane, and there are replicas.
	 */
	private boolean mayUseReplicas(Work<?> work) {
		boolean statements = work.shape() == Work.Shape.VALUE || work.shape() == Work.Shape.ELEMENTS;
		return statements && this.operation.lane() == Lane.READ && !this.core.lanes().readEndpoints().isEmpty();
	}

	private boolean tryReplica() {
		return !isPinned() && choose((replica) -> true) != null;
	}

	/**
	 * Chooses a read replica. What was chosen before and has not ended is given back,
	 * also by an operation that ends at the same time.
	 */
	private ReadEndpoint.@Nullable Use choose(Predicate<ReadEndpoint> usable) {
		abandonReplica();
		ReadEndpoint.Use found = this.core.lanes().replicaFor(usable).orElse(null);
		this.onReplica = found;
		if (this.ended != 0) {
			abandonReplica();
		}
		return found;
	}

	private void abandonReplica() {
		ReadEndpoint.Use chosen = this.onReplica;
		if (chosen != null) {
			chosen.abandoned();
		}
	}

	/**
	 * Returns whether it has to see what was written to the primary.
	 */
	private boolean isPinned() {
		return this.operation.recentWrites()
			.filter((writes) -> this.credentials.knownIdentity().filter(writes::hasWritten).isPresent())
			.isPresent();
	}

	/**
	 * Begins on a read replica: on the one that an interceptor has chosen, if there is
	 * one.
	 * @return the replica, or {@code null} for the primary
	 */
	private ReadEndpoint.@Nullable Use replicaFor(Attempt attempt, Work<?> work) {
		if (!mayUseReplicas(work)) {
			return null;
		}
		if (isPinned()) {
			abandonReplica();
			return null;
		}
		ReadEndpoint.Use chosen = this.onReplica;
		if (chosen != null && chosen.begin()) {
			return chosen;
		}
		ReadEndpoint.Use found = choose((replica) -> !attempt.hasUsed(replica));
		return (found != null && found.begin()) ? found : null;
	}

	/**
	 * The exchanges of an attempt on a read replica. If that fails, the attempt goes on
	 * elsewhere, unknown to interceptors: on another replica, or on the primary last. A
	 * statement that took too long while the replica answered others is not repeated
	 * elsewhere, and is no failure of the replica.
	 */
	private <T> Flux<T> onReplica(Attempt attempt, Work<T> work, ReadEndpoint.Use replica) {
		return LeaseSubscription.flux(this, attempt, work, replica.endpoint())
			.doOnNext((item) -> replica.answered(work.shape() == Work.Shape.VALUE))
			.doOnComplete(replica::succeeded)
			.doOnCancel(replica::abandoned)
			.onErrorResume((thrown) -> {
				Failure failure = PoolExceptionTranslator.classify(thrown);
				boolean timeout = failure.kind() == Failure.Kind.TIMEOUT;
				boolean ofServer = failure.countsAgainstServer() && !(timeout && this.running != null);
				if (ofServer) {
					replica.failed(thrown);
				}
				else if (!timeout && !(thrown instanceof PoolException)) {
					replica.succeeded();
				}
				else {
					replica.abandoned();
				}
				boolean elsewhere = ofServer || thrown instanceof AcquireTimeoutException
						|| thrown instanceof AcquireRejectedException;
				return (elsewhere && attempt.leaves(timeout)) ? leased(attempt, work)
						: Flux.error(classified(thrown, attempt, work.mayBeRepeated(attempt)));
			});
	}

	private AttemptFailedException classified(Throwable thrown, Attempt attempt, boolean repeatable) {
		Failure failure = PoolExceptionTranslator.classify(thrown);
		if (attempt.mayHaveWritten() || (attempt.hasBegun() && failure.mayHaveRun())) {
			this.mayHaveRun = true;
		}
		return new AttemptFailedException(PoolExceptionTranslator.translate(thrown), failure, attempt.number(),
				repeatable);
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
	 * Lets the operation go on until the body of its answer has ended.
	 */
	Flux<DataBuffer> body(Flux<DataBuffer> body) {
		return OperationEnd.of(() -> this, Work.Shape.ELEMENTS, (call) -> {
			Throwable failed = this.failure;
			return (failed != null) ? Flux.error(failed) : body;
		});
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
		OperationEnd<?> present = this.end;
		Throwable failure = pastDeadline();
		if (present != null && !present.fail(failure) && present.hasUnreadAnswer()) {
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
	 */
	void endsWith(OperationEnd<?> end) {
		this.end = end;
	}

	@Nullable OperationEnd<?> endsWith() {
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
	 * Leaves a lease to the application, and forgets the steps that led to it.
	 */
	void handsOver(Lease<ClientConnection> leased, HttpConnection connection) {
		HandedOverLease lease = new HandedOverLease(this, leased, connection, waited());
		this.handedOver = lease;
		lease.hold();
		this.lastLease = null;
		this.end = null;
		if (this.released) {
			lease.close();
		}
	}

	/**
	 * Ends an operation whose lease the application has lost without closing it.
	 */
	void abandoned(Lease<?> lease) {
		if (this.ended == 0 && lease.isActive()) {
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
		OperationEnd<?> present = this.end;
		if (present == null || !present.fail(failure)) {
			giveUp(failure);
		}
	}

	/**
	 * Ends the operation after its result was passed on: a body that is read later fails.
	 */
	private void giveUp(Throwable thrown) {
		Throwable described = described(thrown);
		this.failure = described;
		release();
		failed(described);
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
			abandonReplica();
			if (this.operation.lane() == Lane.WRITE) {
				this.operation.recentWrites()
					.ifPresent((writes) -> this.credentials.knownIdentity().ifPresent(writes::wrote));
			}
			LeaseOwner known = this.owner;
			this.core.notifyEnd(new OperationOutcome(this.operation, result, this.attempts, elapsed(), waited(), held(),
					(known != null) ? known.traceId() : null, failure));
		}
	}

	private Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.startedAt);
	}

}
