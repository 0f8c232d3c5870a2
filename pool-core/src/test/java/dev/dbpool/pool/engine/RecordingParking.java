package dev.dbpool.pool.engine;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lets virtual time pass while a thread sleeps, and wakes it too early.
 */
final class RecordingParking implements Parking {

	private final VirtualScheduler time;

	private final Duration longestSleep;

	boolean cheap;

	int parks;

	int parksWithoutTimer;

	int yields;

	private boolean woken;

	RecordingParking(VirtualScheduler time, Duration longestSleep) {
		this.time = time;
		this.longestSleep = longestSleep;
	}

	@Override
	public void yield() {
		this.yields++;
	}

	@Override
	public void park(Object blocker, long nanos) {
		this.parks++;
		this.time.advance(Duration.ofNanos(Math.min(nanos, this.longestSleep.toNanos())));
	}

	@Override
	public boolean isCheap() {
		return this.cheap;
	}

	@Override
	public void park(Object blocker) {
		this.parksWithoutTimer++;
		long asleepSince = this.time.nanoTime();
		while (!this.woken) {
			this.time.advance(Duration.ofMillis(1));
			assertThat(this.time.nanoTime() - asleepSince).isLessThan(Duration.ofMinutes(1).toNanos());
		}
		this.woken = false;
	}

	@Override
	public void unpark(Thread thread) {
		this.woken = true;
	}

	void forgetWakeUp() {
		this.woken = false;
	}

}
