package dev.dbpool.benchmark.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

import org.openjdk.jmh.util.ListStatistics;

/**
 * The measurements of all pools in all columns.
 */
final class Results {

	private final Map<Column, Map<Peer, List<Measurement>>> measurements = new EnumMap<>(Column.class);

	void add(Column column, Peer peer, Measurement measurement) {
		this.measurements.computeIfAbsent(column, (added) -> new EnumMap<>(Peer.class))
			.computeIfAbsent(peer, (added) -> new ArrayList<>())
			.add(measurement);
	}

	List<Measurement> of(Column column, Peer peer) {
		return this.measurements.getOrDefault(column, Map.of()).getOrDefault(peer, List.of());
	}

	/**
	 * Returns the median over the rounds that did not fail.
	 */
	OptionalDouble median(Column column, Peer peer, Metric metric) {
		double[] values = of(column, peer).stream()
			.map((measurement) -> measurement.values().get(metric))
			.filter(Objects::nonNull)
			.mapToDouble(Double::doubleValue)
			.toArray();
		return (values.length == 0) ? OptionalDouble.empty()
				: OptionalDouble.of(new ListStatistics(values).getPercentile(50));
	}

	List<String> failures(Column column, Peer peer) {
		return of(column, peer).stream().map(Measurement::failure).filter(Objects::nonNull).toList();
	}

	/**
	 * Returns which of some pools has the best median, among those that never failed.
	 */
	Optional<Peer> best(Column column, Metric metric, Collection<Peer> peers, Predicate<Peer> which) {
		return peers.stream()
			.filter(which)
			.filter((peer) -> failures(column, peer).isEmpty() && median(column, peer, metric).isPresent())
			.max((one, other) -> metric.byMerit()
				.compare(median(column, one, metric).getAsDouble(), median(column, other, metric).getAsDouble()));
	}

}
