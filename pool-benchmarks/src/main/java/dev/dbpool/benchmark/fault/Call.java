package dev.dbpool.benchmark.fault;

import org.jspecify.annotations.Nullable;

/**
 * A call that ended.
 *
 * @param kind what it was
 * @param number its number, unique in the run
 * @param start when it arrived, in nanoseconds
 * @param end when it ended, in nanoseconds
 * @param failure why it failed, or {@code null} if it succeeded
 */
record Call(Kind kind, long number, long start, long end, @Nullable Failure failure) {

	static String id(long number) {
		return "order-" + number;
	}

	boolean isSuccess() {
		return this.failure == null;
	}

	/**
	 * How a call is counted.
	 */
	enum Kind {

		/** A read that has no part in the fault. */
		READ,

		/** A write. */
		WRITE,

		/** A call that is part of the fault. */
		ASIDE

	}

}
