package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.dbpool.client.Lane;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The calls of one operation that the server has asked to wait. When the time that it has
 * named is over, one of them is sent as a trial. If the trial is not refused, the others
 * follow it, two after the end of each, or after the first element of a stream. Safe for
 * use from any thread.
 */
final class RetryAfterHold {

	private static final int FOLLOWING = 2;

	private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

	private static final Duration UNUSED = Duration.ofSeconds(1);

	private final Scheduler scheduler;

	private final Consumer<RetryAfterHold> ended;

	private final WaitingCalls waiting = new WaitingCalls();

	private final Disposable.Swap timer = Disposables.swap();

	private long until;

	private @Nullable Object trial;

	private boolean over;

	/**
	 * Creates a hold.
	 * @param until until when nothing is sent
	 * @param scheduler the clock
	 * @param ended called once, when calls need not wait any more
	 */
	RetryAfterHold(long until, Scheduler scheduler, Consumer<RetryAfterHold> ended) {
		this.until = until;
		this.scheduler = scheduler;
		this.ended = ended;
	}

	/**
	 * Sets the timer, once calls can find this hold.
	 */
	void begin() {
		look(until() - now());
	}

	private long now() {
		return this.scheduler.now(TimeUnit.NANOSECONDS);
	}

	/**
	 * Returns until when nothing is sent.
	 */
	synchronized long until() {
		return this.until;
	}

	/**
	 * Notes that the server has refused another call.
	 * @return {@code false} if this hold is over, so that another one has to begin
	 */
	synchronized boolean extend(long later) {
		if (this.over) {
			return false;
		}
		if (later - this.until > 0) {
			this.until = later;
		}
		return true;
	}

	/**
	 * Lets a call through, if it is time for a trial and there is none, or if calls need
	 * not wait any more.
	 */
	synchronized boolean tryPass(Object call) {
		if (this.over) {
			return true;
		}
		if (this.trial != null || now() - this.until < 0) {
			return false;
		}
		this.trial = call;
		return true;
	}

	/**
	 * Returns how many calls of a lane wait.
	 */
	int count(Lane lane) {
		return this.waiting.count(lane);
	}

	/**
	 * Waits until this call may ask again.
	 */
	Mono<Void> join(Lane lane, long latest) {
		return this.waiting.join(lane, latest, this::wakeIfOver, this.scheduler);
	}

	private void wakeIfOver() {
		if (isOver()) {
			this.waiting.wake(1);
		}
	}

	private synchronized boolean isOver() {
		return this.over;
	}

	/**
	 * Notes that a call has ended that was let through.
	 */
	void callEnded(Object call) {
		if (endsWith(call)) {
			this.ended.accept(this);
		}
		if (isOver()) {
			this.waiting.wake(FOLLOWING);
		}
	}

	/**
	 * Returns whether the hold is over by the end of a trial that was not refused.
	 */
	private synchronized boolean endsWith(Object call) {
		if (this.over || call != this.trial) {
			return false;
		}
		this.trial = null;
		this.over = now() - this.until >= 0;
		return this.over;
	}

	private void look(long nanos) {
		this.timer.update(this.scheduler.schedule(this::look, nanos, TimeUnit.NANOSECONDS));
	}

	/**
	 * Wakes a call for the trial, or those that follow it. A call that is cancelled just
	 * then is followed by no other, so this looks again from time to time.
	 */
	private void look() {
		long left = until() - now();
		boolean empty = count(Lane.READ) + count(Lane.WRITE) == 0;
		if (left > 0) {
			look(left);
		}
		else if (empty && endsUnused(left)) {
			this.ended.accept(this);
		}
		else if (!empty || !isOver()) {
			this.waiting.wake(next());
			look(LOOK_INTERVAL.toNanos());
		}
	}

	private synchronized int next() {
		if (this.over) {
			return FOLLOWING;
		}
		return (this.trial == null) ? 1 : 0;
	}

	private synchronized boolean endsUnused(long left) {
		boolean ends = !this.over && this.trial == null && left + UNUSED.toNanos() < 0;
		this.over |= ends;
		return ends;
	}

}
