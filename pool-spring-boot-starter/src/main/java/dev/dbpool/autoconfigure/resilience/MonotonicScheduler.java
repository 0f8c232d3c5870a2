package dev.dbpool.autoconfigure.resilience;

import java.util.concurrent.TimeUnit;

import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Runs tasks on another scheduler, and has the monotonic clock of the JVM. By default
 * schedulers have that of the machine: where it is set back by an hour, what has to wait
 * until a time would wait for an hour more.
 *
 * @param delegate runs the tasks; not disposed of by this
 */
record MonotonicScheduler(Scheduler delegate) implements Scheduler {

	@Override
	public long now(TimeUnit unit) {
		return unit.convert(System.nanoTime(), TimeUnit.NANOSECONDS);
	}

	@Override
	public Disposable schedule(Runnable task) {
		return this.delegate.schedule(task);
	}

	@Override
	public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
		return this.delegate.schedule(task, delay, unit);
	}

	@Override
	public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
		return this.delegate.schedulePeriodically(task, initialDelay, period, unit);
	}

	@Override
	public Worker createWorker() {
		return this.delegate.createWorker();
	}

}
