package dev.dbpool.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The rounds of all clients in all cells. The rounds of one number were run one after the
 * other, so that clients are compared round by round.
 */
final class Results {

	private final Map<Cell, Map<Peer, List<Round>>> rounds = new LinkedHashMap<>();

	void add(Cell cell, Peer peer, Round round) {
		this.rounds.computeIfAbsent(cell, (added) -> new EnumMap<>(Peer.class))
			.computeIfAbsent(peer, (added) -> new ArrayList<>())
			.add(round);
	}

	List<Round> rounds(Cell cell, Peer peer) {
		return this.rounds.getOrDefault(cell, Map.of()).getOrDefault(peer, List.of());
	}

	double median(Cell cell, Peer peer, ToDoubleFunction<Round> value) {
		return quantile(rounds(cell, peer).stream().mapToDouble(value).toArray(), 0.5);
	}

	long failures(Cell cell, Peer peer) {
		return rounds(cell, peer).stream().mapToLong(Round::failures).sum();
	}

	long failures() {
		return this.rounds.values()
			.stream()
			.flatMap((peers) -> peers.values().stream())
			.flatMap(List::stream)
			.mapToLong(Round::failures)
			.sum();
	}

	/**
	 * Compares two clients within each round.
	 * @return the median of these ratios
	 */
	double ratio(Cell cell, Peer peer, Peer reference, ToDoubleFunction<Round> value) {
		List<Round> numerators = rounds(cell, peer);
		List<Round> denominators = rounds(cell, reference);
		double[] ratios = IntStream.range(0, Math.min(numerators.size(), denominators.size()))
			.mapToDouble((round) -> value.applyAsDouble(numerators.get(round))
					/ value.applyAsDouble(denominators.get(round)))
			.toArray();
		return quantile(ratios, 0.5);
	}

	/**
	 * Interpolates between the two values next to a quantile.
	 */
	static double quantile(double[] values, double quantile) {
		if (values.length == 0) {
			return Double.NaN;
		}
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		double position = quantile * (sorted.length - 1);
		int below = (int) position;
		int above = Math.min(below + 1, sorted.length - 1);
		return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
	}

}
