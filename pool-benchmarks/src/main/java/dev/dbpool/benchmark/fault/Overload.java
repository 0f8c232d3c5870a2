package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.List;

/**
 * A load on a server whose capacity is known, for callers that wait no longer than a
 * deadline.
 *
 * @param factor the load as a multiple of the capacity
 */
record Overload(double factor) implements Scenario {

	/** From half of the capacity to four times as much. */
	static final List<Overload> ALL = List.of(new Overload(0.5), new Overload(1), new Overload(1.5), new Overload(2),
			new Overload(3), new Overload(4));

	static final double CAPACITY = 25;

	static final Duration DEADLINE = Duration.ofSeconds(1);

	private static final Duration LENGTH = Duration.ofSeconds(12);

	@Override
	public Duration length() {
		return LENGTH;
	}

	@Override
	public Workload workload() {
		return Workload.overload(CAPACITY, this.factor, DEADLINE);
	}

	@Override
	public void begin(Site site) {
	}

	@Override
	public void end(Site site) {
	}

	@Override
	public String toString() {
		return this.factor + " × " + CAPACITY + "/s";
	}

}
