package dev.dbpool.benchmark.engine;

import java.util.Comparator;
import java.util.Locale;

/**
 * A number that comes out for one pool in one column.
 */
enum Metric {

	THROUGHPUT("ops/µs", Direction.UP),

	ALLOCATION("B/op", Direction.DOWN),

	WAIT_P99("p99 of the wait, µs", Direction.DOWN),

	SERVED("served/µs", Direction.UP),

	TIMED_OUT("timed out, %", Direction.NONE),

	THOUSANDS_PER_SECOND("1000 ops/s", Direction.UP),

	SLOWEST("slowest ÷ mean", Direction.UP),

	JAIN_INDEX("Jain's index", Direction.UP),

	WAIT_MEDIAN("median wait, ms", Direction.DOWN),

	WAIT_WORST("worst wait, ms", Direction.DOWN),

	BYTES_PER_WAITER("B/waiter", Direction.DOWN),

	KILOBYTES_RETAINED("retained, kB", Direction.NONE);

	private final String title;

	private final Direction direction;

	Metric(String title, Direction direction) {
		this.title = title;
		this.direction = direction;
	}

	String title() {
		return this.title;
	}

	boolean isComparable() {
		return this.direction != Direction.NONE;
	}

	/**
	 * Returns whether this is the wait of those that were served, which is short in a
	 * pool that starves the others: only fair pools compare.
	 */
	boolean isWait() {
		return this == WAIT_P99 || this == WAIT_MEDIAN || this == WAIT_WORST;
	}

	/**
	 * Orders values from the worst to the best.
	 */
	Comparator<Double> byMerit() {
		return (this.direction == Direction.UP) ? Comparator.naturalOrder() : Comparator.reverseOrder();
	}

	/**
	 * Returns whether a value is nothing but the noise of its measurement.
	 */
	boolean isZero(double value) {
		return Math.abs(value) < ((this == ALLOCATION) ? 0.05 : 0.0005);
	}

	String format(double value) {
		return isZero(value) ? "0" : digits(value);
	}

	/**
	 * Writes three digits or so.
	 */
	static String digits(double value) {
		int decimals = (value >= 100) ? 0 : (value >= 10) ? 1 : (value >= 0.1) ? 2 : 3;
		return String.format(Locale.ROOT, "%." + decimals + "f", value);
	}

	private enum Direction {

		UP, DOWN, NONE

	}

}
