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
 * A latency may rise for another reason than load. So the limit stays while it rises no
 * further and callers do not wait for the limit, since the server keeps up then. If they
 * wait, and the latency does not fall with the limit, the decrease is taken back.
 * <p>
 * The latency without load is the running median of each operation while no more
 * statements than the minimum are in flight, so that neither a slow statement nor a
 * change of their mix counts as load. It is only measured then: a latency under load
 * never becomes the one that others are compared with. The limit is lowered to the
 * minimum for a few answers to measure it again, as Envoy does, when callers have waited
 * for the limit for a minute, or wait for a limit below the maximum while the latency
 * does not fall with it.
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

	/** A decrease to this share or less shows whether the latency follows the limit. */
	private static final double STEEP_DECREASE = 0.7;

	/**
	 * A latency that follows the limit falls to this share or less by such a decrease.
	 */
	private static final double FALLS_BELOW = 0.85;

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

	/** When the last window ended. */
	private long adjustedAt = Long.MIN_VALUE;

	private int samples;

	private final double[] pressures = new double[MOST_SAMPLES];

	private int known;

	/** How many samples of the window saw callers wait for the limit. */
	private int waits;

	/** How many samples of the window were given up, so that they took longer still. */
	private int givenUp;

	private Rise rise = Rise.NONE;

	/** The highest pressure at which a rise is left alone. */
	private double tolerated;

	/** The pressure before the limit was lowered to see whether that helps. */
	private double pressureBefore;

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
		add(sample, unloaded, 0);
	}

	/**
	 * Notes that a statement was given up before it was answered. It counts if it was
	 * slower than acceptable by then.
	 */
	synchronized void gaveUp(Sample sample) {
		RunningMedian unloaded = this.latencies.get(sample.operation());
		if (unloaded != null && pressure(sample, unloaded) > 1) {
			add(sample, unloaded, 1);
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
		this.rise = Rise.LOAD;
		this.limitBefore = clamped(this.limitBefore * LARGEST_DECREASE);
		change(this.limit * LARGEST_DECREASE, now);
	}

	private void add(Sample sample, @Nullable RunningMedian unloaded, int givenUp) {
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
		this.givenUp += givenUp;
		this.waits += sample.callersWait() ? 1 : 0;
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
		boolean standing = 2 * this.waits > this.samples;
		if (standing) {
			this.waitedNanos += now - Math.max(this.windowSince, this.adjustedAt);
		}
		this.adjustedAt = now;
		boolean mayGrow = this.waits > 0;
		boolean answered = 4 * this.givenUp <= this.samples;
		double pressure = pressure();
		clearWindow();
		if (standing && this.limit > this.min && this.waitedNanos >= MEASURE_AFTER_NANOS) {
			measure(now);
		}
		else if (pressure > 1) {
			answerRise(pressure, standing, answered, now);
		}
		else if (pressure > 0) {
			this.rise = Rise.NONE;
			if (mayGrow && pressure < GROW_BELOW) {
				changeTo(this.limit + Math.sqrt(this.limit), now);
			}
		}
	}

	/**
	 * Returns the mean pressure of the middle half of the samples.
	 * @return the pressure; zero if too little is known
	 */
	private double pressure() {
		if (this.known < FEWEST_SAMPLES) {
			return 0;
		}
		Arrays.sort(this.pressures, 0, this.known);
		return Arrays.stream(this.pressures, this.known / 4, this.known - this.known / 4).average().orElse(0);
	}

	/**
	 * Lowers the limit, unless the latency has risen for another reason than load.
	 * @param standing whether callers wait for the limit
	 * @param answered whether the statements were answered: if they were given up, their
	 * latency is unknown
	 */
	private void answerRise(double pressure, boolean standing, boolean answered, long now) {
		if (!answered) {
			shrink(pressure, Rise.LOAD, now);
		}
		else if (this.rise == Rise.TRIED && pressure > FALLS_BELOW * this.pressureBefore) {
			tolerate(Rise.UNRELATED, pressure);
			changeTo(this.limitBefore, now);
			if (this.limit < this.max && (!this.everMeasured || now - this.measuringSince >= MEASURE_AFTER_NANOS)) {
				this.waitedNanos = MEASURE_AFTER_NANOS;
			}
		}
		else if (standing && !(this.rise == Rise.UNRELATED && pressure <= this.tolerated)) {
			shrink(pressure, Rise.TRIED, now);
		}
		else if (!standing) {
			answerRiseWithoutQueue(pressure, now);
		}
	}

	/**
	 * Without callers that wait, the server keeps up with what is asked of it, unless the
	 * latency rises further.
	 */
	private void answerRiseWithoutQueue(double pressure, long now) {
		switch (this.rise) {
			case NONE -> {
				this.rise = Rise.SEEN;
				change(this.limit, now);
			}
			case SEEN -> tolerate(Rise.STEADY, pressure);
			case STEADY, UNRELATED -> {
				if (pressure > this.tolerated) {
					shrink(pressure, Rise.LOAD, now);
				}
			}
			case TRIED, LOAD -> shrink(pressure, Rise.LOAD, now);
		}
	}

	private void tolerate(Rise rise, double pressure) {
		this.rise = rise;
		this.tolerated = pressure * TOLERANCE;
	}

	private void shrink(double pressure, Rise reason, long now) {
		double next = clamped(this.limit * Math.max(LARGEST_DECREASE, 1 / pressure));
		boolean steep = next <= this.limit * STEEP_DECREASE;
		this.rise = (reason == Rise.TRIED && !steep) ? Rise.LOAD : reason;
		this.limitBefore = this.limit;
		this.pressureBefore = pressure;
		changeTo(next, now);
	}

	private void changeTo(double next, long now) {
		if (clamped(next) != this.limit) {
			change(next, now);
		}
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
		this.waits = 0;
		this.givenUp = 0;
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
			this.rise = Rise.NONE;
			change(this.limitBefore, now);
		}
	}

	private double clamped(double value) {
		return Math.max(this.min, Math.min(this.max, value));
	}

	/**
	 * What is known of the reason why the latency is higher than acceptable.
	 */
	private enum Rise {

		/** The latency is acceptable. */
		NONE,

		/** It has risen while no callers waited; the next window shows how far. */
		SEEN,

		/**
		 * It rises no further, and no callers wait: the server keeps up with what is
		 * asked of it.
		 */
		STEADY,

		/** The limit was lowered to see whether the latency falls with it. */
		TRIED,

		/** It did not fall with the limit. */
		UNRELATED,

		/** It is that of an overload. */
		LOAD

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

}
