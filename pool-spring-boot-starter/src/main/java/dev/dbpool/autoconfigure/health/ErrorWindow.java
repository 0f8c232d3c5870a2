package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.postgrest.error.Failure;
import org.jspecify.annotations.Nullable;

/**
 * Counts operations, retries and failures of the server over the last while, in slots
 * that are replaced as time goes by. The oldest slot leaves as a whole, so the window is
 * exact to a tenth of its length.
 */
final class ErrorWindow implements OperationListener {

	private static final int SLOTS = 10;

	private final AtomicReferenceArray<@Nullable Slot> slots = new AtomicReferenceArray<>(SLOTS);

	private final Duration length;

	private final long slotNanos;

	private final LongSupplier clock;

	ErrorWindow(Duration length) {
		this(length, System::nanoTime);
	}

	ErrorWindow(Duration length, LongSupplier clock) {
		this.length = length;
		this.slotNanos = Math.max(1, length.toNanos() / SLOTS);
		this.clock = clock;
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		Slot slot = current();
		slot.operations.increment();
		if (outcome.attempts() > 1) {
			slot.retries.add(outcome.attempts() - 1L);
		}
		if (outcome.result() == Result.FAILURE && isServerFailure(outcome.failure())) {
			slot.errors.increment();
		}
	}

	private static boolean isServerFailure(@Nullable Throwable failure) {
		if (failure == null) {
			return false;
		}
		boolean unreachable = failure.getCause() instanceof AcquireTimeoutException ex && ex.getCause() != null;
		return unreachable || Failure.of(failure).countsAgainstServer();
	}

	private Slot current() {
		long number = Math.floorDiv(this.clock.getAsLong(), this.slotNanos);
		int index = Math.floorMod(number, SLOTS);
		Slot slot = this.slots.get(index);
		if (slot != null && slot.number - number >= 0) {
			return slot;
		}
		Slot fresh = new Slot(number);
		Slot witness = this.slots.compareAndExchange(index, slot, fresh);
		return (witness == slot || witness == null) ? fresh : witness;
	}

	Counts counts() {
		long newest = Math.floorDiv(this.clock.getAsLong(), this.slotNanos);
		Counts counts = new Counts(this.length, 0, 0, 0);
		for (int i = 0; i < SLOTS; i++) {
			Slot slot = this.slots.get(i);
			if (slot != null && newest - slot.number < SLOTS) {
				counts = counts.plus(slot);
			}
		}
		return counts;
	}

	/**
	 * What was counted.
	 *
	 * @param length the length of the window
	 * @param operations operations that ended
	 * @param retries attempts beyond the first of an operation
	 * @param errors operations that failed through the fault of the server
	 */
	record Counts(Duration length, long operations, long retries, long errors) {

		Counts plus(Slot slot) {
			return new Counts(this.length, this.operations + slot.operations.sum(), this.retries + slot.retries.sum(),
					this.errors + slot.errors.sum());
		}

	}

	private static final class Slot {

		private final long number;

		private final LongAdder operations = new LongAdder();

		private final LongAdder retries = new LongAdder();

		private final LongAdder errors = new LongAdder();

		Slot(long number) {
			this.number = number;
		}

	}

}
