package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.dbpool.client.Work.Shape;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * The outermost subscription of an operation. It gives the subscriber exactly one
 * terminal signal: that of the steps of the operation, the deadline, or what ended the
 * operation from outside, whichever is first. What steps or subscribers throw is such an
 * end too, errors of the JVM included, which Reactor's operators pass to no subscriber.
 * <p>
 * The state goes from {@code IDLE} to {@code EMITTING} and back with each element, and to
 * {@code ENDED} once, or to {@code ANSWERED} if the operation goes on with the body of an
 * answer, or with a lease that the application holds. An end that comes while an element
 * is being passed on, on another thread or from within, takes the place of
 * {@code EMITTING} and is passed on after the element, so that signals never overlap. The
 * subscriber may cancel in any state.
 * <p>
 * An operation that ends otherwise than by its steps cancels them, and gives back its
 * leases even if the steps ignore that.
 *
 * @param <T> the type of result
 */
final class OperationEnd<T> extends Operators.DeferredSubscription implements CoreSubscriber<T> {

	private static final Object IDLE = "IDLE";

	private static final Object EMITTING = "EMITTING";

	private static final Object ANSWERED = "ANSWERED";

	private static final Object COMPLETED = "COMPLETED";

	private static final Object ENDED = "ENDED";

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<OperationEnd, Object> STATE = AtomicReferenceFieldUpdater
		.newUpdater(OperationEnd.class, Object.class, "state");

	private final OperationState operation;

	private final CoreSubscriber<? super T> actual;

	private final Shape shape;

	/** One of the states above, or the failure that is to be passed on. */
	private volatile Object state = IDLE;

	private OperationEnd(OperationState operation, CoreSubscriber<? super T> actual, Shape shape) {
		this.operation = operation;
		this.actual = actual;
		this.shape = shape;
	}

	/**
	 * Makes an operation of each subscription.
	 * @param operations makes the operation
	 * @param shape the shape of its result
	 * @param steps the steps that lead to it
	 */
	static <T> Flux<T> of(Supplier<OperationState> operations, Shape shape,
			Function<OperationState, Publisher<T>> steps) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				begin(operations, actual, shape, steps);
			}

		};
	}

	private static <T> void begin(Supplier<OperationState> operations, CoreSubscriber<? super T> actual, Shape shape,
			Function<OperationState, Publisher<T>> steps) {
		OperationState operation;
		try {
			operation = operations.get();
		}
		catch (Throwable ex) {
			Operators.error(actual, ex);
			return;
		}
		new OperationEnd<T>(operation, actual, shape).begin(steps);
	}

	private void begin(Function<OperationState, Publisher<T>> steps) {
		this.operation.endsWith(this);
		try {
			this.actual.onSubscribe(this);
			if (this.state == IDLE) {
				this.operation.limit();
				if (hasEnded()) {
					stopTimer();
				}
				steps.apply(this.operation).subscribe(this);
			}
		}
		catch (Throwable ex) {
			fail(ex);
		}
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
		if (this.shape != Shape.ELEMENTS) {
			onResult(item);
		}
		else if (STATE.compareAndSet(this, IDLE, EMITTING)) {
			emit(item);
			if (!STATE.compareAndSet(this, EMITTING, IDLE)) {
				passOn(STATE.getAndSet(this, ENDED));
			}
		}
		else if (this.state == EMITTING) {
			emit(item);
		}
		else {
			drop(item);
		}
	}

	private void onResult(T item) {
		if (!STATE.compareAndSet(this, IDLE, (this.shape == Shape.VALUE) ? ENDED : ANSWERED)) {
			drop(item);
			return;
		}
		if (this.shape != Shape.ANSWER) {
			stopTimer();
		}
		if (this.shape == Shape.VALUE) {
			this.operation.succeeded();
		}
		try {
			this.actual.onNext(item);
		}
		catch (Throwable ex) {
			Throwable failure = this.operation.described(ex);
			cancelSteps();
			this.operation.failed(failure);
			passOn(failure);
			return;
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
		if (this.shape == Shape.ANSWER) {
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
	 * Returns whether an answer was passed on whose body is not being read.
	 */
	boolean hasUnreadAnswer() {
		return this.shape == Shape.ANSWER && this.state == ANSWERED;
	}

	/**
	 * Cancels the operation. An answer that was passed on already is given up if its body
	 * is not being read: a subscriber that cancels may not have seen it.
	 */
	@Override
	public void cancel() {
		Object before = STATE.getAndSet(this, ENDED);
		boolean unread = before == ANSWERED && this.shape == Shape.ANSWER && this.operation.endsWith() == this;
		if (before == IDLE || before == EMITTING || unread) {
			stopTimer();
			cancelSteps();
			this.operation.cancelled();
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
