package dev.dbpool.benchmark.engine;

import java.util.function.Consumer;

/**
 * A pool as callbacks or publishers use it.
 */
interface AsyncPool extends AutoCloseable {

	/**
	 * Makes what starts acquisitions for one thread. It is made once so that what the
	 * benchmark itself would allocate for each acquisition is not counted.
	 * @param receiver takes each lease, on the acquiring or on a releasing thread; a
	 * failure leaves it without
	 * @return the acquirer
	 */
	Acquirer acquirer(Consumer<Object> receiver);

	@Override
	void close();

	/**
	 * Starts acquisitions.
	 */
	interface Acquirer {

		/**
		 * Starts an acquisition.
		 * @return what {@link #cancel} takes
		 */
		Object acquire();

		/**
		 * Acquires, does nothing with the lease, and releases, in one publisher.
		 * @return what stands for the acquisition
		 */
		default Object work() {
			throw new UnsupportedOperationException("no publishers");
		}

		void cancel(Object acquisition);

		void release(Object lease);

	}

}
