package dev.dbpool.autoconfigure.resilience;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * How many retries the operations of a pool may make in all, so that a server in trouble
 * does not get a multiple of its usual load: a share of the operations of the last ten
 * seconds, and a reserve for pools with little traffic. The form is that of Finagle's
 * {@code RetryBudget}. The oldest second leaves the window as a whole. Safe for use from
 * any thread.
 */
public final class RetryBudget {

	static final int WINDOW_SECONDS = 10;

	private static final long SLOT_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final AtomicReferenceArray<@Nullable Second> seconds = new AtomicReferenceArray<>(WINDOW_SECONDS);

	private final LongAdder refused = new LongAdder();

	private final double ratio;

	private final int minPerSecond;

	private final LongSupplier clock;

	/**
	 * Creates a budget.
	 * @param ratio retries for each operation
	 * @param minPerSecond retries per second beside that
	 * @param clock the time in nanoseconds
	 */
	RetryBudget(double ratio, int minPerSecond, LongSupplier clock) {
		this.ratio = ratio;
		this.minPerSecond = minPerSecond;
		this.clock = clock;
	}

	/**
	 * Notes that an operation has begun.
	 */
	void deposit() {
		current().operations.increment();
	}

	/**
	 * Takes a retry from the budget.
	 * @return whether there was one left
	 */
	synchronized boolean tryWithdraw() {
		if (remaining() < 1) {
			this.refused.increment();
			return false;
		}
		current().retries.increment();
		return true;
	}

	/**
	 * Returns how many retries are left at present.
	 * @return the number, which may be a fraction
	 */
	public double remaining() {
		long newest = number();
		double remaining = (double) this.minPerSecond * WINDOW_SECONDS;
		for (int i = 0; i < WINDOW_SECONDS; i++) {
			Second second = this.seconds.get(i);
			if (second != null && newest - second.number < WINDOW_SECONDS) {
				remaining += this.ratio * second.operations.sum() - second.retries.sum();
			}
		}
		return Math.max(0, remaining);
	}

	/**
	 * Returns how many retries were refused since the start.
	 * @return the number
	 */
	public long refused() {
		return this.refused.sum();
	}

	private long number() {
		return Math.floorDiv(this.clock.getAsLong(), SLOT_NANOS);
	}

	private Second current() {
		long number = number();
		int index = Math.floorMod(number, WINDOW_SECONDS);
		Second known = this.seconds.get(index);
		if (known != null && known.number - number >= 0) {
			return known;
		}
		Second fresh = new Second(number);
		Second witness = this.seconds.compareAndExchange(index, known, fresh);
		return (witness == known || witness == null) ? fresh : witness;
	}

	@Override
	public String toString() {
		return "%s retries per operation and %d per second over %d s".formatted(this.ratio, this.minPerSecond,
				WINDOW_SECONDS);
	}

	private static final class Second {

		private final long number;

		private final LongAdder operations = new LongAdder();

		private final LongAdder retries = new LongAdder();

		Second(long number) {
			this.number = number;
		}

	}

}
