package dev.dbpool.benchmark.engine;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What one process found out about one pool.
 *
 * @param values the numbers, none if it failed
 * @param failure why it failed
 */
record Measurement(Map<Metric, Double> values, @Nullable String failure) {

	static Measurement of(Map<Metric, Double> values) {
		return new Measurement(values, null);
	}

	static Measurement failed(String reason) {
		return new Measurement(Map.of(), reason);
	}

}
