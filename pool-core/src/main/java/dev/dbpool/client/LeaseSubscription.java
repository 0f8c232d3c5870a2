package dev.dbpool.client;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import dev.dbpool.client.Operation.Work;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolException;
import dev.dbpool.transport.ConnectionHolder;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * One subscription of an attempt to work that needs a leased connection: acquires the
 * lease when it is subscribed to, subscribes to the work then, and closes the lease once.
 * <p>
 * The phase goes from {@code ACQUIRING} to {@code WORKING}, on to {@code ANSWERED} and
 * {@code READING} if the result holds the lease, and from any of these to {@code ENDED},
 * by compare-and-set; the step that moves it there closes the lease, and a lease that
 * arrives later is closed on arrival. So a cancel that races with the hand-over or with
 * the end loses no lease.
 * <p>
 * While it has the lease it is the holder of the connection. What is thrown at it, and
 * the end of a lease that was revoked, end the operation as a whole.
 *
 * @param <T> the type of result
 */
final class LeaseSubscription<T> extends Operators.DeferredSubscription
		implements CoreSubscriber<T>, LeaseCallback<ClientConnection>, ConnectionHolder, Lanes.Borrower {

	/**
	 * How far a subscription is.
	 */
	private enum Phase {

		ACQUIRING, WORKING, ANSWERED, READING, ENDED

	}

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<LeaseSubscription, Phase> PHASE = AtomicReferenceFieldUpdater
		.newUpdater(LeaseSubscription.class, Phase.class, "phase");

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<LeaseSubscription, Lane> LENT_BY = AtomicReferenceFieldUpdater
		.newUpdater(LeaseSubscription.class, Lane.class, "lentBy");

	/** A read that finds no connection of a replica in this time goes elsewhere. */
	private static final Duration LONGEST_REPLICA_WAIT = Duration.ofSeconds(1);

	private final OperationState state;

	private final Attempt attempt;

	private final Work<T> work;

	private final @Nullable ReadEndpoint replica;

	private final CoreSubscriber<? super T> actual;

	private volatile Phase phase = Phase.ACQUIRING;

	private OperationObservation.@Nullable Wait observedWait;

	private @Nullable Lease<ClientConnection> lease;

	private @Nullable ClientConnection connection;

	private volatile @Nullable Acquisition acquisition;

	private final long acquiringSince = System.nanoTime();

	/** How long it may wait for a connection. */
	private Duration wait = Duration.ZERO;

	/**
	 * Whether the wait ends before the deadline, so that the server has time to answer.
	 */
	private boolean waitIsLimited;

	/** What bounds the pool that it waits for, if its limit is adaptive. */
	private @Nullable ConcurrencyLimiter limiter;

	private volatile ConcurrencyLimiter.@Nullable InFlight inFlight;

	/** The other lane, if it lends the connection. */
	private volatile @Nullable Lane lentBy;

	private volatile long leasedAt;

	private volatile long endedAt;

	private @Nullable T value;

	private boolean answered;

	/** The subscription of the operation before this one. */
	@Nullable LeaseSubscription<?> previous;

	private LeaseSubscription(OperationState state, Attempt attempt, Work<T> work, @Nullable ReadEndpoint replica,
			CoreSubscriber<? super T> actual) {
		this.replica = replica;
		this.state = state;
		this.attempt = attempt;
		this.work = work;
		this.actual = actual;
	}

	/**
	 * Work on a lease of its own for each subscription.
	 * @param replica the read replica to which it is sent, or {@code null}
	 */
	static <T> Flux<T> flux(OperationState state, Attempt attempt, Work<T> work, @Nullable ReadEndpoint replica) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				new LeaseSubscription<>(state, attempt, work, replica, actual).acquire();
			}

		};
	}

	private void acquire() {
		try {
			this.actual.onSubscribe(this);
			if (!this.state.begins(this)) {
				fail(new CancellationException("The operation has ended"));
			}
			if (this.phase == Phase.ENDED) {
				return;
			}
			ReadEndpoint endpoint = this.replica;
			Lane lane = (endpoint != null) ? Lane.READ : chooseLane();
			this.wait = this.attempt.mayWait(this.state.lanes().acquireTimeout(lane));
			if (endpoint != null && this.wait.compareTo(LONGEST_REPLICA_WAIT) > 0) {
				this.wait = LONGEST_REPLICA_WAIT;
			}
			if (this.work.shape() == Work.Shape.VALUE) {
				long timeToSend = this.state.timeToSend();
				if (timeToSend < 0 && !this.state.mayBeSentNow()) {
					this.state.fail(this.state.tooLate());
					return;
				}
				if (timeToSend < this.wait.toNanos()) {
					this.waitIsLimited = true;
					this.wait = Duration.ofNanos(Math.max(0, timeToSend));
				}
			}
			if (this.state.isObserved()) {
				this.observedWait = OperationObservation.Wait.start(currentContext());
			}
			acquire(lane, this.wait);
			if (this.phase == Phase.ACQUIRING && mayBorrow() && this.lentBy == null) {
				this.state.lanes().waits(lane, this);
			}
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	private void acquire(Lane lane, Duration wait) {
		Lanes lanes = this.state.lanes();
		ReadEndpoint endpoint = this.replica;
		ConnectionPool<ClientConnection> pool = (endpoint != null) ? endpoint.connections() : lanes.pool(lane);
		this.limiter = lanes.limiter(pool);
		LeaseOwner owner = this.state.owner(currentContext());
		Acquisition started = lanes.acquire(pool, this.state.operation(), owner, wait, this);
		this.acquisition = started;
		if (this.phase == Phase.ENDED) {
			started.cancel();
		}
	}

	private boolean mayBorrow() {
		return this.replica == null && this.work.shape() == Work.Shape.VALUE && !this.state.operation().isBackground();
	}

	private Lane chooseLane() {
		Lane own = this.state.operation().lane();
		Lane lane = mayBorrow() ? this.state.lanes().laneForStatement(own) : own;
		if (lane != own) {
			borrows(lane);
		}
		return lane;
	}

	private void borrows(Lane lender) {
		this.lentBy = lender;
		if (this.phase == Phase.ENDED) {
			returnLoan();
		}
	}

	@Override
	public boolean isWaiting() {
		return this.phase == Phase.ACQUIRING;
	}

	/**
	 * The thread may be that of another user, as in {@link #isNonBlocking()}.
	 */
	@Override
	public boolean borrow(Lane lender) {
		Acquisition own = this.acquisition;
		if (own == null || !own.cancel()) {
			return false;
		}
		if (isNonBlocking()) {
			acquireFrom(lender);
		}
		else {
			Schedulers.parallel().schedule(() -> acquireFrom(lender));
		}
		return true;
	}

	private void acquireFrom(Lane lender) {
		try {
			borrows(lender);
			if (this.phase == Phase.ACQUIRING) {
				Duration left = this.wait.minusNanos(System.nanoTime() - this.acquiringSince);
				acquire(lender, left.isNegative() ? Duration.ZERO : left);
			}
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	private void returnLoan() {
		Lane lender = LENT_BY.getAndSet(this, null);
		if (lender != null) {
			this.state.lanes().returned(lender);
		}
	}

	/**
	 * The work is a publisher, which does not block: it begins on the thread that
	 * releases a connection to it, if that is an event loop or another thread of Reactor.
	 * Any other thread may be that of another user, whose observation, security context
	 * and transaction the work must not see.
	 */
	@Override
	public boolean isNonBlocking() {
		return Schedulers.isInNonBlockingThread();
	}

	@Override
	public void onLease(Lease<ClientConnection> acquired) {
		this.lease = acquired;
		this.leasedAt = System.nanoTime();
		this.attempt.waited(this.leasedAt - this.acquiringSince);
		try {
			endWait(null);
			ClientConnection leased = acquired.connection();
			this.connection = leased;
			leased.http().heldBy(this);
			leased.http().responseTimeout(this.state.operation().requestTimeout().orElse(null));
			if (this.limiter != null && this.work.shape() != Work.Shape.LEASE) {
				this.inFlight = this.limiter.begin(this.state.operation().name());
			}
			if (!move(Phase.ACQUIRING, Phase.WORKING)) {
				endInFlight();
				closeLease(Phase.ACQUIRING);
				return;
			}
			acquired.connection();
			Objects.requireNonNull(this.work.on(acquired, this.state, this.attempt), "the work made no publisher")
				.subscribe(this);
			this.state.lanes().changed();
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	private void endWait(@Nullable PoolException failure) {
		OperationObservation.Wait observed = this.observedWait;
		if (observed == null) {
			return;
		}
		try {
			observed.end(failure);
		}
		catch (Throwable ex) {
			Operators.onErrorDropped(ex, currentContext());
		}
	}

	@Override
	public void onFailure(PoolException cause) {
		endWait(cause);
		boolean isLate = cause instanceof AcquireTimeoutException ex && ex.getCause() == null && !ex.isShed();
		if (this.waitIsLimited && isLate) {
			this.state.fail(this.state.tooLate());
		}
		else {
			fail(cause);
		}
		this.state.lanes().changed();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		set(subscription);
	}

	@Override
	public void onNext(T item) {
		switch (this.work.shape()) {
			case VALUE -> this.value = item;
			case ELEMENTS -> {
				connectionActive();
				this.attempt.emits();
				next(item);
			}
			case ANSWER, LEASE -> {
				if (move(Phase.WORKING, Phase.ANSWERED)) {
					this.answered = true;
					handOver();
					next(this.work.held(item, this));
				}
			}
		}
	}

	/**
	 * Leaves the lease to the application. What holds the connection from now on does not
	 * refer to what the application has, which may lose it.
	 */
	private void handOver() {
		Lease<ClientConnection> held = this.lease;
		ClientConnection leased = this.connection;
		if (this.work.shape() == Work.Shape.LEASE && held != null && leased != null) {
			this.state.handsOver(held, leased.http());
		}
	}

	@Override
	public void onComplete() {
		if (this.answered) {
			complete();
		}
		else if (end(Phase.WORKING)) {
			if (this.work.shape() == Work.Shape.VALUE) {
				this.state.served(this.endedAt - this.leasedAt);
				if (this.inFlight != null) {
					this.inFlight.answered();
				}
			}
			T result = this.value;
			this.value = null;
			if (result == null || next(result)) {
				complete();
			}
		}
	}

	@Override
	public void onError(Throwable failure) {
		ClientConnection leased = this.connection;
		if (leased != null && leased.http().exchangesInFlight() > 0) {
			this.state.stillRunsOn(leased.http());
		}
		if (end(Phase.WORKING)) {
			if (this.inFlight != null) {
				this.inFlight.failed(failure);
			}
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
	private boolean next(T item) {
		try {
			this.actual.onNext(item);
			return true;
		}
		catch (Throwable ex) {
			this.state.fail(ex);
			return false;
		}
	}

	private void complete() {
		try {
			this.actual.onComplete();
		}
		catch (Throwable ex) {
			this.state.fail(ex);
		}
	}

	private void passOn(Throwable failure) {
		try {
			this.actual.onError(failure);
		}
		catch (Throwable ex) {
			this.state.fail(ex);
		}
	}

	/**
	 * Holds the lease until the body of an answer has ended. That of an answer which was
	 * given up fails, since it may have been dropped.
	 */
	Flux<DataBuffer> body(Flux<DataBuffer> body) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super DataBuffer> reader) {
				if (move(Phase.ANSWERED, Phase.READING)) {
					body.subscribe(new BodyReader(reader));
				}
				else {
					Operators.error(reader, LeaseSubscription.this.state.failureOfBody());
				}
			}

		};
	}

	@Override
	public void connectionActive() {
		Lease<ClientConnection> held = this.lease;
		if (held != null) {
			held.renew();
		}
	}

	@Override
	public boolean subscriberFailed(Throwable thrown) {
		this.state.fail(thrown);
		return true;
	}

	/**
	 * Ends the operation when its lease was revoked. That runs on a thread of its own,
	 * since this is one of the pool's.
	 */
	@Override
	public void connectionClosing() {
		Lease<ClientConnection> held = this.lease;
		try {
			if (held != null && this.phase != Phase.ENDED) {
				held.connection();
			}
		}
		catch (LeaseRevokedException ex) {
			boolean working = move(Phase.WORKING, Phase.ENDED);
			Schedulers.parallel().schedule(() -> {
				try {
					if (working) {
						cancelWork();
						closeLease(Phase.WORKING);
					}
				}
				finally {
					this.state.fail(ex);
				}
			});
		}
	}

	/**
	 * Cancels the work and closes the lease, unless the body of an answer is being read.
	 * Tries the phases in the order in which they follow each other, so that none is
	 * missed by a concurrent step.
	 */
	@Override
	public void cancel() {
		if (move(Phase.ACQUIRING, Phase.ENDED)) {
			this.endedAt = System.nanoTime();
			endWait(null);
			Acquisition started = this.acquisition;
			if (started != null) {
				started.cancel();
			}
			super.cancel();
			this.state.lanes().changed();
		}
		else if (!cancel(Phase.WORKING)) {
			cancel(Phase.ANSWERED);
		}
	}

	/**
	 * Cancels the work and closes the lease, in whatever phase.
	 */
	void giveUp() {
		cancel();
		end(Phase.READING);
	}

	/**
	 * Closes the lease, if the phase is still the one given.
	 * @return whether it was
	 */
	private boolean end(Phase from) {
		if (!move(from, Phase.ENDED)) {
			return false;
		}
		closeLease(from);
		return true;
	}

	/**
	 * Cancels the work and closes the lease, if the phase is still the one given.
	 * @return whether it was
	 */
	private boolean cancel(Phase from) {
		if (!move(from, Phase.ENDED)) {
			return false;
		}
		cancelWork();
		closeLease(from);
		if (this.work.shape() == Work.Shape.VALUE && this.leasedAt != 0) {
			this.state.gaveUp(this.endedAt - this.leasedAt);
		}
		return true;
	}

	/**
	 * Returns how long it has waited for its connection.
	 */
	long waitedNanos() {
		return until(this.leasedAt) - this.acquiringSince;
	}

	/**
	 * Returns how long it has held its connection.
	 */
	long heldNanos() {
		return (this.leasedAt != 0) ? until(this.endedAt) - this.leasedAt : 0;
	}

	private long until(long time) {
		if (time != 0) {
			return time;
		}
		return (this.endedAt != 0) ? this.endedAt : System.nanoTime();
	}

	private boolean move(Phase from, Phase to) {
		boolean moved = PHASE.compareAndSet(this, from, to);
		if (moved && to == Phase.ENDED) {
			if (this.lentBy != null) {
				returnLoan();
			}
			endInFlight();
		}
		return moved;
	}

	private void endInFlight() {
		ConcurrencyLimiter.InFlight begun = this.inFlight;
		ClientConnection leased = this.connection;
		if (begun != null && leased != null) {
			begun.end(leased.http());
		}
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
	 * while it ends the lease, and give it to another holder after that. A lease that is
	 * left to the application, or is about to be, is closed by what holds it then.
	 */
	private void closeLease(Phase from) {
		this.endedAt = System.nanoTime();
		if (from == Phase.ANSWERED && this.work.shape() == Work.Shape.LEASE) {
			this.state.release();
			return;
		}
		ClientConnection leased = this.connection;
		if (leased != null) {
			leased.http().heldBy(null);
		}
		Lease<ClientConnection> held = this.lease;
		if (held != null) {
			held.close();
			this.state.lanes().changed();
		}
	}

	@Override
	public Context currentContext() {
		return this.actual.currentContext();
	}

	/**
	 * The reader of the body of an answer, with whose end, of whatever kind, the lease is
	 * closed first.
	 */
	private final class BodyReader implements CoreSubscriber<DataBuffer>, Subscription {

		private final CoreSubscriber<? super DataBuffer> reader;

		private @Nullable Subscription body;

		BodyReader(CoreSubscriber<? super DataBuffer> reader) {
			this.reader = reader;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			this.body = subscription;
			this.reader.onSubscribe(this);
		}

		@Override
		public void onNext(DataBuffer buffer) {
			connectionActive();
			this.reader.onNext(buffer);
		}

		@Override
		public void onError(Throwable failure) {
			end(Phase.READING);
			this.reader.onError(failure);
		}

		@Override
		public void onComplete() {
			end(Phase.READING);
			this.reader.onComplete();
		}

		@Override
		public void request(long n) {
			Objects.requireNonNull(this.body).request(n);
		}

		@Override
		public void cancel() {
			end(Phase.READING);
			Objects.requireNonNull(this.body).cancel();
		}

		@Override
		public Context currentContext() {
			return this.reader.currentContext();
		}

	}

}
