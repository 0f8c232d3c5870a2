package dev.dbpool.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;

import dev.dbpool.client.GradientLimit.Sample;

/**
 * A server under a load that does not wait for answers, in virtual time. Callers that
 * find as many statements in flight as the limit allows wait in one queue of the client.
 * At the server a number of statements run at their full speed; more of them either wait
 * for one of these to end, as for a connection of PostgREST, or share the processors.
 */
final class SimulatedServer {

	private static final double SECOND = Duration.ofSeconds(1).toNanos();

	private final Limiter limiter;

	private final Random random = new Random(42);

	private final int capacity;

	private boolean sharing;

	private double load;

	private DoubleSupplier serviceSeconds = () -> 0.1;

	private int longestQueue = Integer.MAX_VALUE;

	private long now;

	private double nextArrival;

	private final Deque<String> callers = new ArrayDeque<>();

	private final List<Statement> inFlight = new ArrayList<>();

	private String operation = "read";

	private long answered;

	private long measurements;

	private int lastLimit;

	private int smallestLimit;

	private int largestLimit;

	private double latencies;

	SimulatedServer(Limiter limiter, int capacity) {
		this.limiter = limiter;
		this.capacity = capacity;
		this.lastLimit = limiter.limit();
	}

	SimulatedServer sharesProcessors() {
		this.sharing = true;
		return this;
	}

	SimulatedServer longestQueue(int callers) {
		this.longestQueue = callers;
		return this;
	}

	/**
	 * Sets how long a statement takes if it runs at full speed.
	 */
	SimulatedServer serviceTime(DoubleSupplier seconds) {
		this.serviceSeconds = seconds;
		return this;
	}

	SimulatedServer serviceTime(double seconds) {
		return serviceTime(() -> seconds);
	}

	/**
	 * Sets how many callers arrive per second.
	 */
	SimulatedServer load(double perSecond) {
		this.load = perSecond;
		this.nextArrival = this.now + gap();
		return this;
	}

	SimulatedServer operation(String operation) {
		this.operation = operation;
		return this;
	}

	Random random() {
		return this.random;
	}

	long now() {
		return this.now;
	}

	int limit() {
		return this.limiter.limit();
	}

	/**
	 * Runs for some time, and starts to count anew.
	 */
	SimulatedServer run(Duration time) {
		this.answered = 0;
		this.latencies = 0;
		this.measurements = 0;
		this.smallestLimit = limit();
		this.largestLimit = limit();
		long end = this.now + time.toNanos();
		while (this.now < end) {
			step(end);
		}
		return this;
	}

	double answeredPerSecond(Duration time) {
		return this.answered / (time.toNanos() / SECOND);
	}

	double meanLatencySeconds() {
		return this.latencies / SECOND / this.answered;
	}

	/**
	 * Returns how often the limit has fallen to its smallest value so far.
	 */
	long measurements() {
		return this.measurements;
	}

	int smallestLimit() {
		return this.smallestLimit;
	}

	int largestLimit() {
		return this.largestLimit;
	}

	private double gap() {
		return -Math.log(1 - this.random.nextDouble()) / this.load * SECOND;
	}

	private double speed() {
		return (this.sharing && this.inFlight.size() > this.capacity) ? (double) this.capacity / this.inFlight.size()
				: 1;
	}

	private int running() {
		return this.sharing ? this.inFlight.size() : Math.min(this.capacity, this.inFlight.size());
	}

	private void step(long end) {
		double speed = speed();
		double least = Double.MAX_VALUE;
		for (int i = 0; i < running(); i++) {
			least = Math.min(least, this.inFlight.get(i).left);
		}
		double until = Math.min(end, Math.min(this.nextArrival, this.now + least / speed));
		long next = Math.max(this.now + 1, (long) Math.ceil(until));
		for (int i = 0; i < running(); i++) {
			this.inFlight.get(i).left -= (next - this.now) * speed;
		}
		this.now = next;
		arrive();
		answer();
		while (!this.callers.isEmpty() && this.inFlight.size() < limit()) {
			this.limiter.begin(this.now);
			this.inFlight.add(new Statement(this.callers.remove(), this.now, this.inFlight.size(),
					this.serviceSeconds.getAsDouble() * SECOND));
		}
	}

	private void arrive() {
		while (this.now >= this.nextArrival) {
			if (this.callers.size() < this.longestQueue) {
				this.callers.add(this.operation);
			}
			this.nextArrival += gap();
		}
	}

	private void answer() {
		Iterator<Statement> statements = this.inFlight.iterator();
		List<Statement> ended = new ArrayList<>();
		for (int i = running(); i > 0; i--) {
			Statement statement = statements.next();
			if (statement.left <= 0) {
				statements.remove();
				this.limiter.end(this.now);
				ended.add(statement);
			}
		}
		for (Statement statement : ended) {
			this.answered++;
			this.latencies += this.now - statement.startedAt;
			this.limiter.answered(new Sample(statement.operation, statement.startedAt, this.now,
					statement.inFlightBefore, !this.callers.isEmpty()));
			note();
		}
	}

	private void note() {
		int limit = limit();
		this.measurements += (limit < this.lastLimit && limit <= this.smallestLimit) ? 1 : 0;
		this.lastLimit = limit;
		this.smallestLimit = Math.min(this.smallestLimit, limit);
		this.largestLimit = Math.max(this.largestLimit, limit);
	}

	static Limiter limiter(GradientLimit limit) {
		return new Limiter() {

			@Override
			public int limit() {
				return limit.limit();
			}

			@Override
			public void begin(long now) {
				limit.begin(now);
			}

			@Override
			public void end(long now) {
				limit.end(now);
			}

			@Override
			public void answered(Sample sample) {
				limit.answered(sample);
			}

		};
	}

	/**
	 * What is being tried.
	 */
	interface Limiter {

		int limit();

		default void begin(long now) {
		}

		default void end(long now) {
		}

		void answered(Sample sample);

	}

	private static final class Statement {

		private final String operation;

		private final long startedAt;

		private final int inFlightBefore;

		private double left;

		Statement(String operation, long startedAt, int inFlightBefore, double nanos) {
			this.operation = operation;
			this.startedAt = startedAt;
			this.inFlightBefore = inFlightBefore;
			this.left = nanos;
		}

	}

}
