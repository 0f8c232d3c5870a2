package dev.dbpool.client;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * How many statements a server runs at the same time without letting them wait, as its
 * answers show. The limit grows while callers wait for it and the answers are as fast as
 * they are without load. It shrinks by the gradient between the two latencies when they
 * are slower than that, and by half when the server reports that it is overloaded.
 * <p>
 * The latency without load is the running median of each operation while no more
 * statements than the minimum are in flight, so that neither a slow statement nor a
 * change of their mix counts as load. It is only measured then: a latency under load
 * never becomes the one that others are compared with. The limit is lowered to the
 * minimum for a few answers to measure it again, as Envoy does: when the latency rises
 * steeply, since the reason may be another than load, and when callers have waited for
 * the limit for a minute, but at most once a minute.
 * <p>
 * Growth by the square root and the measurement are those of Envoy's gradient controller,
 * growth and rest at two different latencies that of TCP Vegas, the shortest queue that
 * counts that of CoDel (RFC 8289). It reads no clock. Safe for use from any thread.
 */
final class GradientLimit {

	/** A latency is acceptable up to so many times that without load. */
	private static final double TOLERANCE = 1.5;

	/** A shorter wait at the server does not count. */
	private static final double ACCEPTABLE_QUEUE_NANOS = Duration.ofMillis(5).toNanos();

	/** The limit grows below this share of the acceptable latency. */
	private static final double GROW_BELOW = 0.85;

	private static final double LARGEST_DECREASE = 0.5;

	private static final long SHORTEST_WINDOW_NANOS = Duration.ofSeconds(1).toNanos();

	private static final int FEWEST_SAMPLES = 10;

	private static final int MOST_SAMPLES = 250;

	private static final long MEASURE_AFTER_NANOS = Duration.ofMinutes(1).toNanos();

	private static final long LONGEST_MEASUREMENT_NANOS = Duration.ofSeconds(5).toNanos();

	private static final int MEASUREMENT_SAMPLES = 10;

	/** An application has no more names, unless they contain ids. */
	private static final int MAX_NAMES = 1000;

	private final Map<String, RunningMedian> latencies = new HashMap<>();

	private int min;

	private int max;

	private double limit;

	private int inFlight;

	/** When more statements than the minimum were in flight last. */
	private long loadedAt;

	private boolean loaded;

	/** Samples of requests that began before this show another limit than the present. */
	private long changedAt;

	private boolean changed;

	private long windowSince;

	private int samples;

	private final double[] pressures = new double[MOST_SAMPLES];

	private int known;

	private boolean callersWaited;

	/** How long callers have waited for the limit since the last measurement. */
	private long waitedNanos;

	private int unloadedSamples;

	private boolean measuring;

	private long measuringSince;

	private boolean everMeasured;

	private double limitBefore;

	/**
	 * Creates a limit that begins at its maximum.
	 * @param min the least limit, 1 or more
	 * @param max the largest limit
	 */
	GradientLimit(int min, int max) {
		this.min = min;
		this.max = max;
		this.limit = max;
	}

	/**
	 * Returns how many statements may be in flight.
	 */
	synchronized int limit() {
		return (int) this.limit;
	}

	/**
	 * Changes the bounds.
	 */
	synchronized void bound(int min, int max) {
		this.min = min;
		this.max = max;
		this.limit = clamped(this.limit);
		this.limitBefore = clamped(this.limitBefore);
	}

	/**
	 * Notes that a statement is sent.
	 * @return how many others are in flight
	 */
	synchronized int begin(long now) {
		this.inFlight++;
		noteLoad(now);
		return this.inFlight - 1;
	}

	/**
	 * Notes that a statement is in flight no more.
	 */
	synchronized void end(long now) {
		noteLoad(now);
		this.inFlight--;
	}

	/**
	 * Returns how many statements are in flight.
	 */
	synchronized int inFlight() {
		return this.inFlight;
	}

	private void noteLoad(long now) {
		if (this.inFlight > this.min) {
			this.loaded = true;
			this.loadedAt = now;
		}
	}

	/**
	 * Notes that a statement was answered, after its end.
	 */
	synchronized void answered(Sample sample) {
		RunningMedian unloaded = this.latencies.get(sample.operation());
		boolean low = !this.loaded || sample.startedAt() - this.loadedAt > 0;
		if (unloaded == null) {
			if (sample.inFlightBefore() < this.min && this.latencies.size() < MAX_NAMES) {
				this.latencies.put(sample.operation(), new RunningMedian(sample.nanos()));
			}
		}
		else if (low) {
			unloaded.add(sample.nanos());
		}
		if (low && ++this.unloadedSamples >= MEASUREMENT_SAMPLES) {
			measured(sample.endedAt());
		}
		add(sample, unloaded);
	}

	/**
	 * Notes that a statement was given up before it was answered. It counts if it was
	 * slower than acceptable by then.
	 */
	synchronized void gaveUp(Sample sample) {
		RunningMedian unloaded = this.latencies.get(sample.operation());
		if (unloaded != null && pressure(sample, unloaded) > 1) {
			add(sample, unloaded);
		}
	}

	/**
	 * Notes that the server has rejected a statement since it is overloaded. Statements
	 * that began before the last change of the limit say nothing about the present one.
	 * @param startedAt when the statement began
	 * @param now the time, of the same clock
	 */
	synchronized void overloaded(long startedAt, long now) {
		if (this.changed && startedAt - this.changedAt < 0) {
			return;
		}
		this.limitBefore = clamped(this.limitBefore * LARGEST_DECREASE);
		change(this.limit * LARGEST_DECREASE, now);
	}

	private void add(Sample sample, @Nullable RunningMedian unloaded) {
		long now = sample.endedAt();
		if (this.measuring) {
			if (now - this.measuringSince >= LONGEST_MEASUREMENT_NANOS) {
				this.limitBefore = clamped(this.limitBefore * LARGEST_DECREASE);
				measured(now);
			}
			return;
		}
		if (this.changed && sample.startedAt() - this.changedAt < 0) {
			return;
		}
		if (this.samples == 0) {
			this.windowSince = sample.startedAt();
		}
		this.samples++;
		this.callersWaited |= sample.callersWait();
		if (unloaded != null && this.known < MOST_SAMPLES) {
			this.pressures[this.known++] = pressure(sample, unloaded);
		}
		if (now - this.windowSince >= SHORTEST_WINDOW_NANOS && this.samples >= Math.max(FEWEST_SAMPLES, this.limit)) {
			adjust(now);
		}
	}

	/**
	 * Returns the latency as a share of the acceptable one.
	 */
	private static double pressure(Sample sample, RunningMedian unloaded) {
		double noLoad = unloaded.value();
		return sample.nanos() / Math.max(noLoad * TOLERANCE, noLoad + ACCEPTABLE_QUEUE_NANOS);
	}

	private void adjust(long now) {
		boolean waited = this.callersWaited;
		if (waited) {
			this.waitedNanos += now - this.windowSince;
		}
		double next = nextLimit();
		clearWindow();
		boolean due = waited && this.waitedNanos >= MEASURE_AFTER_NANOS;
		boolean risen = next < this.limit && (!this.everMeasured || now - this.measuringSince >= MEASURE_AFTER_NANOS);
		if (this.limit > this.min && (due || risen)) {
			measure(now);
		}
		else if (next != this.limit) {
			change(next, now);
		}
	}

	private double nextLimit() {
		if (this.known < FEWEST_SAMPLES) {
			return this.limit;
		}
		Arrays.sort(this.pressures, 0, this.known);
		double pressure = Arrays.stream(this.pressures, this.known / 4, this.known - this.known / 4)
			.average()
			.orElse(0);
		if (pressure > 1) {
			return clamped(this.limit * Math.max(LARGEST_DECREASE, 1 / pressure));
		}
		return (this.callersWaited && pressure < GROW_BELOW) ? clamped(this.limit + Math.sqrt(this.limit)) : this.limit;
	}

	private void change(double next, long now) {
		this.limit = clamped(next);
		this.changedAt = now;
		this.changed = true;
		clearWindow();
	}

	private void clearWindow() {
		this.samples = 0;
		this.known = 0;
		this.callersWaited = false;
	}

	/**
	 * Lowers the limit to the minimum until the latency without load is known again.
	 */
	private void measure(long now) {
		this.measuring = true;
		this.everMeasured = true;
		this.measuringSince = now;
		this.limitBefore = this.limit;
		this.unloadedSamples = 0;
		change(this.min, now);
	}

	private void measured(long now) {
		this.unloadedSamples = 0;
		this.waitedNanos = 0;
		if (this.measuring) {
			this.measuring = false;
			change(this.limitBefore, now);
		}
	}

	private double clamped(double value) {
		return Math.max(this.min, Math.min(this.max, value));
	}

	/**
	 * One statement. All times are in nanoseconds of one clock.
	 *
	 * @param operation the name of its operation
	 * @param startedAt when it was sent
	 * @param endedAt when it was answered or given up
	 * @param inFlightBefore how many others were in flight when it was sent
	 * @param callersWait whether callers waited for the limit at its end
	 */
	record Sample(String operation, long startedAt, long endedAt, int inFlightBefore, boolean callersWait) {

		long nanos() {
			return endedAt() - startedAt();
		}

	}

	/**
	 * A median that follows its samples: each moves it by a step towards itself, and the
	 * step grows while they all are on one side (a variant of the frugal estimate of Ma,
	 * Muthukrishnan and Sandler).
	 */
	private static final class RunningMedian {

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

}
