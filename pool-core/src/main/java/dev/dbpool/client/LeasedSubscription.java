package dev.dbpool.client;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.Acquisition;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolException;
import dev.dbpool.transport.ConnectionHolder;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * One subscription of an operation to something that needs a leased connection: acquires
 * the lease when it is subscribed to, subscribes to the work then, and closes the lease
 * once.
 * <p>
 * The phase goes from {@code ACQUIRING} to {@code WORKING}, on through those that a
 * subclass has, and from any of these to {@code ENDED}, by compare-and-set; who moves it
 * there closes the lease, and a lease that arrives later is closed on arrival. So a
 * cancel that races with the hand-over or with the end loses no lease.
 * <p>
 * While it has the lease it is the holder of the connection. What is thrown at it, and
 * the end of a lease that was revoked, end the operation as a whole.
 *
 * @param <T> the type of result
 */
abstract class LeasedSubscription<T> extends Operators.DeferredSubscription
		implements CoreSubscriber<T>, LeaseCallback<ClientConnection>, ConnectionHolder {

	/**
	 * How far a subscription is.
	 */
	enum Phase {

		ACQUIRING, WORKING, ANSWERED, READING, ENDED

	}

	private final OperationRun operation;

	private final Attempt attempt;

	private final CoreSubscriber<? super T> actual;

	private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.ACQUIRING);

	private @Nullable Lease<ClientConnection> lease;

	private @Nullable ClientConnection connection;

	private volatile @Nullable Acquisition acquisition;

	private long acquiringSince;

	/** The subscription of the operation before this one. */
	@Nullable LeasedSubscription<?> previous;

	LeasedSubscription(OperationRun operation, Attempt attempt, CoreSubscriber<? super T> actual) {
		this.operation = operation;
		this.attempt = attempt;
		this.actual = actual;
	}

	/**
	 * Begins the work on a lease.
	 */
	abstract Publisher<T> work(Lease<ClientConnection> lease);

	/**
	 * Cancels the work and closes the lease, in whatever phase.
	 */
	abstract void giveUp();

	/**
	 * Returns the lease, once there is one.
	 */
	final @Nullable Lease<ClientConnection> lease() {
		return this.lease;
	}

	final void acquire() {
		try {
			this.actual.onSubscribe(this);
			if (!this.operation.begins(this)) {
				fail(new CancellationException("The operation has ended"));
			}
			if (this.phase.get() == Phase.ENDED) {
				return;
			}
			this.acquiringSince = System.nanoTime();
			ConnectionPool<ClientConnection> pool = this.operation.pool();
			Acquisition started = pool.acquire(this.operation.owner(),
					this.attempt.mayWait(pool.options().acquireTimeout()), this);
			this.acquisition = started;
			if (this.phase.get() == Phase.ENDED) {
				started.cancel();
			}
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	@Override
	public final void onLease(Lease<ClientConnection> acquired) {
		this.lease = acquired;
		this.attempt.waited(System.nanoTime() - this.acquiringSince);
		try {
			ClientConnection leased = acquired.connection();
			this.connection = leased;
			leased.http().heldBy(this);
			if (!move(Phase.ACQUIRING, Phase.WORKING)) {
				closeLease();
				return;
			}
			acquired.connection();
			Objects.requireNonNull(work(acquired), "the work made no publisher").subscribe(this);
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	@Override
	public final void onFailure(PoolException cause) {
		fail(cause);
	}

	@Override
	public final void onSubscribe(Subscription subscription) {
		set(subscription);
	}

	@Override
	public void onError(Throwable failure) {
		if (end(Phase.WORKING)) {
			passOn(failure);
		}
	}

	/**
	 * Ends the subscription with what was thrown before there was a result.
	 */
	private void fail(Throwable thrown) {
		if (cancel(Phase.ACQUIRING) || cancel(Phase.WORKING)) {
			passOn(thrown);
		}
	}

	/**
	 * Passes a result on.
	 * @return whether it was accepted
	 */
	final boolean next(T item) {
		try {
			this.actual.onNext(item);
			return true;
		}
		catch (Throwable ex) {
			this.operation.fail(ex);
			return false;
		}
	}

	final void complete() {
		try {
			this.actual.onComplete();
		}
		catch (Throwable ex) {
			this.operation.fail(ex);
		}
	}

	private void passOn(Throwable failure) {
		try {
			this.actual.onError(failure);
		}
		catch (Throwable ex) {
			this.operation.fail(ex);
		}
	}

	@Override
	public final void subscriberFailed(Throwable thrown) {
		this.operation.fail(thrown);
	}

	/**
	 * Ends the operation when its lease was revoked. That runs on a thread of its own,
	 * since this is one of the pool's.
	 */
	@Override
	public final void connectionClosing() {
		Lease<ClientConnection> held = this.lease;
		try {
			if (held != null && this.phase.get() != Phase.ENDED) {
				held.connection();
			}
		}
		catch (LeaseRevokedException ex) {
			boolean working = move(Phase.WORKING, Phase.ENDED);
			Schedulers.parallel().schedule(() -> {
				if (working) {
					cancelWork();
				}
				this.operation.fail(ex);
			});
		}
	}

	/**
	 * Gives up before there is a lease.
	 * @return whether it was not too late for that
	 */
	final boolean cancelAcquiring() {
		if (!move(Phase.ACQUIRING, Phase.ENDED)) {
			return false;
		}
		Acquisition started = this.acquisition;
		if (started != null) {
			started.cancel();
		}
		return true;
	}

	final boolean move(Phase from, Phase to) {
		return this.phase.compareAndSet(from, to);
	}

	/**
	 * Closes the lease, if the phase is still the one given.
	 * @return whether it was
	 */
	final boolean end(Phase from) {
		if (!move(from, Phase.ENDED)) {
			return false;
		}
		closeLease();
		return true;
	}

	/**
	 * Cancels the work and closes the lease, if the phase is still the one given.
	 * @return whether it was
	 */
	final boolean cancel(Phase from) {
		if (!move(from, Phase.ENDED)) {
			return false;
		}
		cancelWork();
		closeLease();
		return true;
	}

	private void cancelWork() {
		try {
			super.cancel();
		}
		catch (Throwable ex) {
			Operators.onErrorDropped(ex, currentContext());
		}
	}

	/**
	 * Closes the lease. The connection is held no more before that: the pool may close it
	 * while it ends the lease, and give it to another holder after that.
	 */
	private void closeLease() {
		ClientConnection leased = this.connection;
		if (leased != null) {
			leased.http().heldBy(null);
		}
		Lease<ClientConnection> held = this.lease;
		if (held != null) {
			held.close();
		}
	}

	@Override
	public final Context currentContext() {
		return this.actual.currentContext();
	}

}
