package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.dbpool.client.Operation.Work;
import dev.dbpool.client.Operation.Work.Shape;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.transport.HttpConnection;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * One call of an operation, from the subscription to its one terminal signal.
 * <p>
 * Its steps, from the outside in: it is recorded, and limited by its deadline; retry and
 * circuit breaker are {@linkplain OperationInterceptor interceptors}; each attempt has a
 * token, a {@linkplain LeaseSubscription lease} of its own, and the
 * {@linkplain Operation.Work exchanges} on it; what fails it is classified.
 * <p>
 * The terminal signal is that of the steps, the deadline, or what ended the operation
 * from outside, whichever is first. What steps or subscribers throw is such an end too,
 * errors of the JVM included, which Reactor's operators pass to no subscriber. The state
 * is {@code EMITTING} while the subscription or an element is passed on, {@code IDLE}
 * between these, and {@code ENDED} once, or {@code ANSWERED} if the operation goes on
 * with the body of an answer, or with a lease that the application holds. An end that
 * comes while something is being passed on, on another thread or from within, takes the
 * place of {@code EMITTING} and is passed on afterwards, so that signals never overlap.
 * The subscriber may cancel in any state.
 * <p>
 * An operation that ends otherwise than by its steps cancels them, and gives back its
 * leases even if the steps ignore that.
 *
 * @param <T> the type of the result
 */
final class OperationCall<T> extends Operators.DeferredSubscription implements CoreSubscriber<T> {

	/** Operations that bypass row-level security. */
	private static final Logger AUDIT = LoggerFactory.getLogger("dev.dbpool.audit");

	private static final Object IDLE = "IDLE";

	private static final Object EMITTING = "EMITTING";

	private static final Object ANSWERED = "ANSWERED";

	private static final Object COMPLETED = "COMPLETED";

	private static final Object ENDED = "ENDED";

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<OperationCall, Object> STATE = AtomicReferenceFieldUpdater
		.newUpdater(OperationCall.class, Object.class, "state");

	private final OperationState operation;

	private final Work<T> work;

	private final CoreSubscriber<? super T> actual;

	/** One of the states above, or the failure that is to be passed on. */
	private volatile Object state = EMITTING;

	private OperationCall(OperationState operation, Work<T> work, CoreSubscriber<? super T> actual) {
		this.operation = operation;
		this.work = work;
		this.actual = actual;
	}

	/**
	 * Makes an operation of each subscription.
	 */
	static <T> Flux<T> of(ClientCore core, Operation operation, Credentials credentials, Work<T> work) {
		return of(() -> new OperationState(core, operation, credentials), work, OperationCall::identified);
	}

	/**
	 * Lets an operation go on until the body of its answer has ended.
	 * @param operation returns the operation to a subscriber, or throws if that may not
	 * read the body
	 */
	static Flux<DataBuffer> ofBody(Supplier<OperationState> operation, Flux<DataBuffer> body) {
		return of(operation, Work.elements((answered) -> body), (call) -> body);
	}

	private static <T> Flux<T> of(Supplier<OperationState> operations, Work<T> work,
			Function<OperationCall<T>, Publisher<T>> steps) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				OperationState operation;
				try {
					operation = operations.get();
				}
				catch (Throwable ex) {
					Operators.error(actual, ex);
					return;
				}
				new OperationCall<>(operation, work, actual).begin(steps);
			}

		};
	}

	private void begin(Function<OperationCall<T>, Publisher<T>> steps) {
		this.operation.endsWith(this);
		try {
			this.actual.onSubscribe(this);
		}
		catch (Throwable ex) {
			fail(ex);
		}
		emitted();
		try {
			boolean holdsLease = this.work.shape() == Shape.ELEMENTS || this.work.shape() == Shape.LEASE;
			if (holdsLease && isSubscriberCancelled()) {
				cancel();
			}
			if (this.state == IDLE) {
				this.operation.limit();
				if (hasEnded()) {
					stopTimer();
				}
				steps.apply(this).subscribe(this);
			}
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	/**
	 * Returns whether a subscriber has cancelled, though that may not have arrived.
	 * Operators such as {@code switchIfEmpty} lose a cancel that comes while they receive
	 * their subscription (reactor-core issue 4398). What holds a lease until its reader
	 * ends would hold it without one. A cancel does not count for what operators such as
	 * {@code usingWhen} subscribe to beside their own source, to be done at the end.
	 */
	private boolean isSubscriberCancelled() {
		Scannable each = Scannable.from(this.actual);
		while (each.isScanAvailable() && !isCancelled(each)) {
			each = below(each);
		}
		return each.isScanAvailable() && Stream.iterate(Scannable.from(this.actual), OperationCall::below)
			.takeWhile((above) -> !isCancelled(above))
			.noneMatch(OperationCall::isBesideItsSource);
	}

	private static Scannable below(Scannable subscriber) {
		return Scannable.from(subscriber.scan(Scannable.Attr.ACTUAL));
	}

	private static boolean isCancelled(Scannable subscriber) {
		return Boolean.TRUE.equals(subscriber.scan(Scannable.Attr.CANCELLED));
	}

	private static boolean isBesideItsSource(Scannable subscriber) {
		Object below = subscriber.scan(Scannable.Attr.ACTUAL);
		return Scannable.from(subscriber.scan(Scannable.Attr.PARENT)).scan(Scannable.Attr.ACTUAL) == below;
	}

	/**
	 * Finds out whom the operation acts as, before anything else sees it.
	 */
	private Publisher<T> identified() {
		Credentials credentials = this.operation.credentials();
		if (!credentials.isOpen()) {
			return intercepted();
		}
		return credentials.signedIn().flatMapMany((found) -> {
			this.operation.identified(found);
			return intercepted();
		});
	}

	/**
	 * Retry, circuit breaker and other interceptors around the attempts. A lease for the
	 * application passes none: it shows nothing about the server.
	 */
	private Publisher<T> intercepted() {
		if (mayUseReplicas()) {
			this.operation.offersReplicas();
		}
		Operation operation = this.operation.operation();
		if (operation.identity() == Identity.Kind.SERVICE) {
			AUDIT.info("service identity: {} on lane {}", operation.name(), operation.lane().id());
		}
		Flux<T> attempts = Flux.defer(this::afterLastStatement);
		return switch (this.work.shape()) {
			case VALUE -> this.operation.core().intercept(operation, Mono.fromDirect(attempts));
			case ANSWER -> Mono.from(this.operation.core().intercept(operation, Mono.fromDirect(attempts)))
				.map((answer) -> this.work.observed(answer, this.operation));
			case ELEMENTS -> this.operation.core().intercept(operation, attempts);
			case LEASE -> this.operation.core().observeLease(operation, attempts, this.operation::observedBy);
		};
	}

	/**
	 * Waits until the statement of the attempt before, which was given up after a
	 * timeout, has ended at the server, or its connection was closed: so that an
	 * operation has one statement at a time.
	 */
	private Flux<T> afterLastStatement() {
		HttpConnection present = this.operation.stillRunning();
		if (present == null) {
			return authenticated();
		}
		this.operation.runsNoMore();
		return Mono.fromCompletionStage(present::whenIdle).onErrorComplete().thenMany(Flux.defer(this::authenticated));
	}

	/**
	 * An attempt with a token, and another if that was refused.
	 */
	private Flux<T> authenticated() {
		this.work.check(this.operation.operation());
		return this.work.authenticated(this.operation.credentials(), (identity) -> {
			int number = this.operation.nextAttempt();
			return leased(new Attempt(number, this.operation.core().headersOf(number, identity)));
		});
	}

	/**
	 * The exchanges of an attempt on a lease, again on another one if nothing was sent.
	 */
	private Flux<T> leased(Attempt attempt) {
		this.operation.begins(attempt);
		ReadEndpoint.Use replica = this.operation.replicaFor(attempt);
		if (replica != null) {
			attempt.uses(replica.endpoint());
			return onReplica(attempt, replica);
		}
		return LeaseSubscription.flux(this.operation, attempt, this.work, null)
			.onErrorResume((failure) -> attempt.moves(failure, this.operation.lanes().size()) ? leased(attempt)
					: Flux.error(classified(failure, attempt)));
	}

	/**
	 * Returns whether it consists of statements of the read lane, and there are replicas.
	 */
	private boolean mayUseReplicas() {
		boolean statements = this.work.shape() == Shape.VALUE || this.work.shape() == Shape.ELEMENTS;
		return statements && this.operation.operation().lane() == Lane.READ
				&& !this.operation.lanes().readEndpoints().isEmpty();
	}

	/**
	 * The exchanges of an attempt on a read replica. If that fails, the attempt goes on
	 * elsewhere, unknown to interceptors: on another replica, or on the primary last.
	 */
	private Flux<T> onReplica(Attempt attempt, ReadEndpoint.Use replica) {
		return LeaseSubscription.flux(this.operation, attempt, this.work, replica.endpoint())
			.doOnNext((item) -> replica.answered(this.work.shape() == Shape.VALUE))
			.doOnComplete(replica::succeeded)
			.doOnCancel(replica::abandoned)
			.onErrorResume((thrown) -> {
				Failure failure = PoolExceptionTranslator.classify(thrown);
				boolean timeout = failure.kind() == Failure.Kind.TIMEOUT;
				boolean elsewhere = replica.failed(thrown, failure, this.operation.stillRunning() != null);
				return (elsewhere && attempt.leaves(timeout)) ? leased(attempt)
						: Flux.error(classified(thrown, attempt));
			});
	}

	private AttemptFailedException classified(Throwable thrown, Attempt attempt) {
		Failure failure = PoolExceptionTranslator.classify(thrown);
		this.operation.attemptFailed(attempt, failure);
		return new AttemptFailedException(PoolExceptionTranslator.translate(thrown), failure, attempt.number(),
				this.work.mayBeRepeated(attempt));
	}

	private boolean hasEnded() {
		Object present = this.state;
		return present != IDLE && present != EMITTING;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		set(subscription);
	}

	@Override
	public void onNext(T item) {
		if (this.work.shape() != Shape.ELEMENTS) {
			onResult(item);
		}
		else if (STATE.compareAndSet(this, IDLE, EMITTING)) {
			emit(item);
			emitted();
		}
		else if (this.state == EMITTING) {
			emit(item);
		}
		else {
			drop(item);
		}
	}

	private void onResult(T item) {
		if (!STATE.compareAndSet(this, IDLE, (this.work.shape() == Shape.VALUE) ? ENDED : ANSWERED)) {
			drop(item);
			return;
		}
		if (this.work.shape() != Shape.ANSWER) {
			stopTimer();
		}
		if (this.work.shape() == Shape.VALUE) {
			this.operation.succeeded();
		}
		else if (this.work.shape() == Shape.LEASE) {
			this.operation.endsWith(null);
		}
		try {
			this.actual.onNext(item);
		}
		catch (Throwable ex) {
			Throwable failure = this.operation.described(ex);
			stopTimer();
			cancelSteps();
			this.operation.failed(failure);
			passOn(failure);
			return;
		}
		if (this.work.shape() == Shape.ANSWER && !isBodyRead() && isSubscriberCancelled()) {
			cancel();
		}
		passOn(COMPLETED);
	}

	private void emit(T item) {
		try {
			this.actual.onNext(item);
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	/**
	 * Passes an end on that has come in the time of {@code EMITTING}.
	 */
	private void emitted() {
		if (!STATE.compareAndSet(this, EMITTING, IDLE)) {
			passOn(STATE.getAndSet(this, ENDED));
		}
	}

	private static void drop(Object item) {
		if (item instanceof DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}
	}

	@Override
	public void onComplete() {
		Object before = end(COMPLETED);
		if (before == null) {
			return;
		}
		if (this.work.shape() == Shape.ANSWER) {
			this.operation.release();
		}
		this.operation.succeeded();
		if (before == IDLE) {
			passOn(COMPLETED);
		}
	}

	@Override
	public void onError(Throwable thrown) {
		Throwable failure = this.operation.described(thrown);
		Object before = end(failure);
		if (before != null) {
			this.operation.release();
			fail(failure, before);
		}
	}

	/**
	 * Ends the operation from outside of its steps, which are cancelled.
	 * @return whether it had not ended yet
	 */
	boolean fail(Throwable thrown) {
		Throwable failure = this.operation.described(thrown);
		Object before = end(failure);
		if (before == null) {
			return false;
		}
		cancelSteps();
		fail(failure, before);
		return true;
	}

	private void fail(Throwable failure, Object before) {
		this.operation.failed(failure);
		if (before == IDLE) {
			passOn(failure);
		}
	}

	/**
	 * Ends the operation, with a signal that is passed on by who is passing on an element
	 * if there is one.
	 * @return the state before, or {@code null} if it had ended already
	 */
	private @Nullable Object end(Object signal) {
		while (true) {
			Object before = this.state;
			if (before != IDLE && before != EMITTING) {
				return null;
			}
			if (STATE.compareAndSet(this, before, (before == IDLE) ? ENDED : signal)) {
				stopTimer();
				return before;
			}
		}
	}

	/**
	 * Passes the end on. If that throws there is no signal left to give.
	 */
	private void passOn(Object signal) {
		try {
			if (signal == COMPLETED) {
				this.actual.onComplete();
			}
			else if (signal instanceof Throwable failure) {
				this.actual.onError(failure);
			}
		}
		catch (Throwable ex) {
			Operators.onErrorDropped(ex, currentContext());
		}
	}

	private void cancelSteps() {
		try {
			super.cancel();
		}
		catch (Throwable ex) {
			Operators.onErrorDropped(ex, currentContext());
		}
		this.operation.release();
	}

	/**
	 * Returns whether the operation goes on after an answer that was passed on: until the
	 * body has ended, or the answer is given up.
	 */
	boolean hasAnswered() {
		return this.work.shape() == Shape.ANSWER && (this.state == ANSWERED || isBodyRead());
	}

	private boolean isBodyRead() {
		return this.operation.endsWith() != this;
	}

	/**
	 * Cancels the operation. An answer that was passed on already is given up if its body
	 * is not being read: a subscriber that cancels may not have seen it.
	 */
	@Override
	public void cancel() {
		Object before = STATE.getAndSet(this, ENDED);
		boolean unread = before == ANSWERED && this.work.shape() == Shape.ANSWER && !isBodyRead();
		if (before == IDLE || before == EMITTING || unread) {
			stopTimer();
			cancelSteps();
			this.operation.cancelled();
		}
		if (unread) {
			this.operation.endReader(this.operation.failureOfBody());
		}
	}

	private void stopTimer() {
		this.operation.stopTimer();
	}

	@Override
	public Context currentContext() {
		return this.actual.currentContext();
	}

}
