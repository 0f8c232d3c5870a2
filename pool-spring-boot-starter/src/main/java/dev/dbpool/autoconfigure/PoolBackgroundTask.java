package dev.dbpool.autoconfigure;

import java.util.concurrent.TimeUnit;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

import org.springframework.context.SmartLifecycle;

/**
 * A task in the background, which begins after the pools have started and ends before
 * they stop.
 */
public abstract class PoolBackgroundTask implements SmartLifecycle {

	private final Disposable.Swap task = Disposables.swap();

	private volatile boolean running;

	/**
	 * Creates a task that is yet to be started.
	 */
	protected PoolBackgroundTask() {
	}

	/**
	 * Begins the task.
	 * @return what ends it
	 */
	protected abstract Disposable begin();

	/**
	 * Runs something once a second, from a second after now on.
	 * @param scheduler where to run it
	 * @param action what to run
	 * @return what ends it
	 */
	protected static Disposable everySecond(Scheduler scheduler, Runnable action) {
		return scheduler.schedulePeriodically(action, 1, 1, TimeUnit.SECONDS);
	}

	@Override
	public final void start() {
		this.running = true;
		this.task.update(begin());
	}

	@Override
	public final void stop() {
		this.running = false;
		this.task.update(Disposables.disposed());
	}

	@Override
	public final boolean isRunning() {
		return this.running;
	}

	@Override
	public final boolean isPauseable() {
		return false;
	}

	@Override
	public final int getPhase() {
		return SmartLifecycle.DEFAULT_PHASE - 3071;
	}

}
