package dev.dbpool.client;

/**
 * A median that follows its samples: each moves it by a step towards itself, and the step
 * grows while they all are on one side (a variant of the frugal estimate of Ma,
 * Muthukrishnan and Sandler).
 */
final class RunningMedian {

	private static final double SHORTEST_STEP = 1.0 / 32;

	private static final double LONGEST_STEP = 2;

	private double value;

	private double step = SHORTEST_STEP;

	private boolean up;

	RunningMedian(double value) {
		this.value = value;
	}

	double value() {
		return this.value;
	}

	void add(double sample) {
		boolean above = sample > this.value;
		this.step = (above == this.up) ? Math.min(LONGEST_STEP, this.step * 2) : SHORTEST_STEP;
		this.up = above;
		this.value = above ? Math.min(sample, this.value * (1 + this.step))
				: Math.max(sample, this.value / (1 + this.step));
	}

}
