package dev.dbpool.benchmark.engine;

/**
 * How a column is measured: in a process of its own for each pool and round.
 */
sealed interface Task {

	/**
	 * Measures by JMH.
	 * @param method class and method of the benchmark
	 * @param threads how many threads call it
	 * @param connections the size of the pool
	 * @return the task
	 */
	static Task jmh(String method, int threads, int connections) {
		return new Jmh(method, threads, connections);
	}

	/**
	 * Measures what JMH does not.
	 * @param probe what to measure
	 * @return the task
	 */
	static Task probe(Probe probe) {
		return new Probing(probe);
	}

	/**
	 * Measures one pool.
	 */
	Measurement measure(Peer peer, Settings settings);

	/**
	 * A JMH benchmark.
	 *
	 * @param method class and method
	 * @param threads how many threads call it
	 * @param connections the size of the pool
	 */
	record Jmh(String method, int threads, int connections) implements Task {

		@Override
		public Measurement measure(Peer peer, Settings settings) {
			return JmhProcess.measure(this, peer, settings);
		}

	}

	/**
	 * A probe.
	 *
	 * @param probe what to measure
	 */
	record Probing(Probe probe) implements Task {

		@Override
		public Measurement measure(Peer peer, Settings settings) {
			return ProbeProcess.measure(this.probe, peer, settings);
		}

	}

}
