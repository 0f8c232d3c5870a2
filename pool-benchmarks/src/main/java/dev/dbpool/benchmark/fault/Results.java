package dev.dbpool.benchmark.fault;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What was measured so far.
 */
final class Results {

	private final Map<Fault, Map<Peer, Measurement>> measurements = new EnumMap<>(Fault.class);

	void add(Fault fault, Map<Peer, Measurement> ofFault) {
		this.measurements.put(fault, ofFault);
	}

	Measurement of(Fault fault, Peer peer) {
		return Objects.requireNonNull(Objects.requireNonNull(this.measurements.get(fault)).get(peer));
	}

	/**
	 * Returns the invariants that did not hold after a fault, a line each.
	 */
	List<String> violations() {
		return this.measurements.entrySet()
			.stream()
			.flatMap((fault) -> fault.getValue()
				.values()
				.stream()
				.flatMap((measurement) -> measurement.violations().stream())
				.map((violation) -> fault.getKey() + ": " + violation))
			.toList();
	}

}
