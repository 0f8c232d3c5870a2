package dev.dbpool.autoconfigure.activity;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.IntCountsHistogram;
import org.jspecify.annotations.Nullable;

/**
 * Durations of operations within a time that slides: a ring of slots, each with a
 * histogram, of which the oldest is cleared and used again. Durations are kept in
 * microseconds to two digits, those of more than an hour as an hour. Safe for use from
 * any thread.
 */
final class SlidingHistogram {

	private static final int DIGITS = 2;

	private static final long LONGEST = TimeUnit.HOURS.toMicros(1);

	private final long slotNanos;

	private final LongSupplier clock;

	private final @Nullable Slot[] slots;

	/**
	 * Creates a histogram.
	 * @param slot the time of one slot
	 * @param number how many slots there are, the current one included
	 * @param clock the time in nanoseconds
	 */
	SlidingHistogram(Duration slot, int number, LongSupplier clock) {
		this.slotNanos = slot.toNanos();
		this.clock = clock;
		this.slots = new Slot[number];
	}

	synchronized void record(Duration duration, OperationResult result) {
		long now = Math.floorDiv(this.clock.getAsLong(), this.slotNanos);
		int index = Math.floorMod(now, this.slots.length);
		Slot slot = this.slots[index];
		if (slot == null) {
			slot = new Slot();
			this.slots[index] = slot;
		}
		if (slot.number != now) {
			slot.clear(now);
		}
		slot.record(duration, result);
	}

	/**
	 * Returns what was recorded within a time, to within a slot.
	 * @param window the time; more than all slots is the same as all of them
	 */
	synchronized OperationStatistics.Summary summary(Duration window) {
		long newest = Math.floorDiv(this.clock.getAsLong(), this.slotNanos);
		long wanted = Math.min(this.slots.length, (window.toNanos() - 1) / this.slotNanos + 2);
		Slot sum = new Slot();
		Histogram durations = new Histogram(DIGITS);
		for (Slot slot : this.slots) {
			if (slot != null && newest - slot.number < wanted) {
				durations.add(slot.durations);
				sum.add(slot);
			}
		}
		return new OperationStatistics.Summary(durations.getTotalCount(), sum.failures, sum.serverFailures,
				sum.unknownOutcomes, sum.slow, micros(durations.getMean()), micros(durations.getValueAtPercentile(50)),
				micros(durations.getValueAtPercentile(95)), micros(durations.getValueAtPercentile(99)),
				micros(durations.getMaxValue()));
	}

	private static Duration micros(double micros) {
		return Duration.ofNanos(Math.round(micros * 1000));
	}

	/**
	 * What was recorded within the time of one slot.
	 */
	private static final class Slot {

		private final IntCountsHistogram durations = new IntCountsHistogram(DIGITS);

		private long number = Long.MIN_VALUE / 2;

		private long failures;

		private long serverFailures;

		private long unknownOutcomes;

		private long slow;

		Slot() {
			this.durations.setAutoResize(true);
		}

		void clear(long number) {
			this.number = number;
			this.durations.reset();
			this.failures = 0;
			this.serverFailures = 0;
			this.unknownOutcomes = 0;
			this.slow = 0;
		}

		void record(Duration duration, OperationResult result) {
			this.durations.recordValue(Math.min(LONGEST, Math.max(0, duration.toNanos() / 1000)));
			this.failures += result.isFailure() ? 1 : 0;
			this.serverFailures += result.isServerFailure() ? 1 : 0;
			this.unknownOutcomes += result.isOutcomeUnknown() ? 1 : 0;
			this.slow += result.isSlow() ? 1 : 0;
		}

		void add(Slot other) {
			this.failures += other.failures;
			this.serverFailures += other.serverFailures;
			this.unknownOutcomes += other.unknownOutcomes;
			this.slow += other.slow;
		}

	}

}
