package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * Real threads of which one runs at a time. Whenever one of them parks, yields, looks at
 * the clock or passes {@link #point()}, chance decides who goes on; the same seed decides
 * the same. Time is virtual: it goes on by itself only when all are asleep.
 * <p>
 * When all are asleep {@link #whenQuiet} looks whether they have reason to be. If no
 * thread would ever wake up again the run fails.
 */
final class SteppedThreads implements Parking, PoolScheduler {

	private static final long NEVER = Long.MAX_VALUE;

	private static final int MOST_STEPS = 200_000;

	private final Random random;

	private final int switchesIn100;

	private final boolean cheap;

	private final List<Stepped> all = new ArrayList<>();

	private final PriorityQueue<Timer> timers = new PriorityQueue<>(
			Comparator.<Timer>comparingLong((timer) -> timer.at).thenComparingLong((timer) -> timer.number));

	private final AtomicReference<Throwable> failure = new AtomicReference<>();

	private final CountDownLatch ended = new CountDownLatch(1);

	private BooleanSupplier uninterruptible = () -> false;

	private Runnable whenQuiet = () -> {
	};

	private Stepped current;

	private Stepped timer;

	private boolean looking;

	private long now = 1;

	private long timersSet;

	private int steps;

	SteppedThreads(Random random) {
		this.random = random;
		this.switchesIn100 = 5 + random.nextInt(60);
		this.cheap = random.nextBoolean();
	}

	/**
	 * Sets what decides that the current thread must not be stopped here, since it holds
	 * a lock.
	 */
	void uninterruptibleWhile(BooleanSupplier condition) {
		this.uninterruptible = condition;
	}

	/**
	 * Sets what is checked when all threads are asleep.
	 */
	void whenQuiet(Runnable check) {
		this.whenQuiet = check;
	}

	Stepped add(String name, Runnable body) {
		Stepped added = new Stepped(name, body);
		this.all.add(added);
		return added;
	}

	/**
	 * Runs all threads to their end.
	 */
	void run() {
		this.timer = add("timer", this::runTimers);
		this.all.forEach((stepped) -> stepped.thread.start());
		this.current = this.all.get(0);
		this.current.turn.release();
		awaitEnd();
		Throwable thrown = this.failure.get();
		if (thrown != null) {
			throw new AssertionError(thrown.getMessage(), thrown);
		}
	}

	private void awaitEnd() {
		try {
			if (!this.ended.await(60, TimeUnit.SECONDS)) {
				this.failure.compareAndSet(null, new AssertionError("stuck outside of the scheduler in " + this.current
						+ ": " + List.of(this.current.thread.getStackTrace())));
				releaseAll();
			}
			for (Stepped stepped : this.all) {
				stepped.thread.join(10_000);
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void runTimers() {
		while (othersRun()) {
			Timer due = this.timers.peek();
			if (due != null && due.at <= this.now) {
				this.timers.remove();
				due.task.run();
				point();
			}
			else {
				Stepped me = this.current;
				me.asleep = true;
				pass();
				me.asleep = false;
			}
		}
	}

	private boolean othersRun() {
		return this.all.stream().anyMatch((stepped) -> !stepped.done && stepped != this.current);
	}

	/**
	 * A place where another thread may take over.
	 */
	void point() {
		if (this.current == null || Thread.currentThread() != this.current.thread || this.looking
				|| this.uninterruptible.getAsBoolean()) {
			return;
		}
		if (this.random.nextInt(100) == 0) {
			this.now += this.random.nextInt(3_000_000);
		}
		if (this.random.nextInt(100) < this.switchesIn100) {
			pass();
		}
	}

	/**
	 * Sleeps for a time.
	 */
	void sleep(Duration time) {
		long until = this.now + time.toNanos();
		while (this.now < until) {
			park(this, until - this.now);
			Thread.interrupted();
		}
	}

	/**
	 * Sleeps until all others but the timers have ended.
	 */
	void awaitOthers(Stepped me) {
		while (this.all.stream().anyMatch((stepped) -> !stepped.done && stepped != me && stepped != this.timer)) {
			me.asleep = true;
			me.awaitsOthers = true;
			me.wakesAt = NEVER;
			pass();
		}
	}

	void interrupt(Stepped target) {
		target.thread.interrupt();
		target.asleep = false;
	}

	private void pass() {
		abortAfterFailure();
		Stepped me = this.current;
		Stepped next = choose();
		if (next != me) {
			this.current = next;
			next.turn.release();
			if (!me.done) {
				me.turn.acquireUninterruptibly();
			}
		}
		abortAfterFailure();
	}

	private void abortAfterFailure() {
		if (this.failure.get() != null) {
			throw new Aborted();
		}
	}

	private Stepped choose() {
		if (++this.steps > MOST_STEPS) {
			return fail(new AssertionError("no end after " + MOST_STEPS + " steps: a thread spins"));
		}
		for (;;) {
			List<Stepped> ready = this.all.stream().filter(this::isReady).toList();
			if (!ready.isEmpty()) {
				return ready.get(this.random.nextInt(ready.size()));
			}
			try {
				look();
			}
			catch (Throwable ex) {
				return fail(ex);
			}
			long next = this.all.stream().mapToLong(this::wakesAt).min().orElse(NEVER);
			if (next == NEVER) {
				return fail(new AssertionError("all threads are parked indefinitely: "
						+ this.all.stream().filter((stepped) -> !stepped.done).toList()));
			}
			this.now = next;
		}
	}

	private void look() {
		this.looking = true;
		try {
			this.whenQuiet.run();
		}
		finally {
			this.looking = false;
		}
	}

	private boolean isReady(Stepped stepped) {
		return !stepped.done && (!stepped.asleep || wakesAt(stepped) <= this.now);
	}

	private long wakesAt(Stepped stepped) {
		if (stepped.done) {
			return NEVER;
		}
		if (stepped == this.timer) {
			Timer first = this.timers.peek();
			return (first != null) ? first.at : NEVER;
		}
		return stepped.wakesAt;
	}

	private Stepped fail(Throwable cause) {
		this.failure.compareAndSet(null, cause);
		releaseAll();
		return this.current;
	}

	private void releaseAll() {
		this.all.forEach((stepped) -> stepped.turn.release(1_000));
		this.ended.countDown();
	}

	@Override
	public void yield() {
		pass();
	}

	@Override
	public boolean isCheap() {
		return this.cheap;
	}

	@Override
	public void park(Object blocker, long nanos) {
		parkUntil((nanos > NEVER - this.now) ? NEVER : this.now + nanos);
	}

	@Override
	public void park(Object blocker) {
		parkUntil(NEVER);
	}

	private void parkUntil(long time) {
		Stepped me = this.current;
		if (me.permit || me.thread.isInterrupted()) {
			me.permit = false;
			return;
		}
		me.asleep = true;
		me.wakesAt = time;
		pass();
		me.asleep = false;
		me.permit = false;
	}

	@Override
	public void unpark(Thread thread) {
		for (Stepped stepped : this.all) {
			if (stepped.thread == thread) {
				stepped.permit = true;
				stepped.asleep = false;
			}
		}
		point();
	}

	@Override
	public long nanoTime() {
		point();
		return this.now;
	}

	@Override
	public ScheduledTask schedule(Duration delay, Runnable task) {
		Timer timer = new Timer(this.now + Math.max(0, PoolScheduler.nanos(delay)), this.timersSet++, task);
		this.timers.add(timer);
		return () -> this.timers.remove(timer);
	}

	int timers() {
		return this.timers.size();
	}

	private record Timer(long at, long number, Runnable task) {

	}

	private static final class Aborted extends Error {

		private static final long serialVersionUID = 1;

	}

	/**
	 * One of the threads.
	 */
	final class Stepped {

		final String name;

		final Thread thread;

		private final Semaphore turn = new Semaphore(0);

		private boolean asleep;

		private boolean permit;

		private boolean done;

		private boolean awaitsOthers;

		private long wakesAt = NEVER;

		Stepped(String name, Runnable body) {
			this.name = name;
			this.thread = new Thread(() -> run(body), name);
			this.thread.setDaemon(true);
		}

		private void run(Runnable body) {
			this.turn.acquireUninterruptibly();
			try {
				body.run();
			}
			catch (Aborted ex) {
				return;
			}
			catch (Throwable ex) {
				fail(ex);
				return;
			}
			end();
		}

		private void end() {
			this.done = true;
			for (Stepped stepped : SteppedThreads.this.all) {
				if (stepped.awaitsOthers || stepped == SteppedThreads.this.timer) {
					stepped.asleep = false;
				}
			}
			if (SteppedThreads.this.all.stream().allMatch((stepped) -> stepped.done)) {
				SteppedThreads.this.ended.countDown();
			}
			else {
				try {
					pass();
				}
				catch (Aborted ex) {
					this.done = true;
				}
			}
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

}
