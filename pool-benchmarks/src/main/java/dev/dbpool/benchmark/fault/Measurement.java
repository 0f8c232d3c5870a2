package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was seen of one client in one fault.
 *
 * @param times when the fault began and ended
 * @param calls all calls
 * @param orders how often each order is in the table
 * @param requests how many requests reached the server during the fault
 * @param connections how many connections were opened after it
 * @param health the statuses that the client reported, one after another
 * @param violations the invariants that did not hold in the end
 */
record Measurement(Times times, List<Call> calls, Map<String, Integer> orders, long requests, int connections,
		List<Status> health, List<String> violations) {

	private static final double RECOVERED = 0.99;

	private static final Duration LATE = Duration.ofSeconds(5);

	private static final Duration BRIEF = Duration.ofMillis(500);

	private static final long STEP = TimeUnit.MILLISECONDS.toNanos(100);

	private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

	long count(Predicate<Call> which) {
		return this.calls.stream().filter(which).count();
	}

	private Stream<Call> writes() {
		return this.calls.stream().filter((call) -> call.kind() == Call.Kind.WRITE);
	}

	private int copies(Call write) {
		return this.orders.getOrDefault(Call.id(write.number()), 0);
	}

	/**
	 * Returns how many calls of a kind failed.
	 */
	long failed(Call.Kind kind) {
		return count((call) -> call.kind() == kind && !call.isSuccess());
	}

	long total(Call.Kind kind) {
		return count((call) -> call.kind() == kind);
	}

	/**
	 * Returns how many calls of a kind succeeded after more than 5 s.
	 */
	long late(Call.Kind kind) {
		return count((call) -> call.kind() == kind && call.isSuccess() && call.end() - call.start() > LATE.toNanos());
	}

	/**
	 * Returns how many writes failed so that their callers do not know whether they
	 * happened.
	 */
	long unknown() {
		return writes().filter((write) -> write.failure() != null && write.failure().isOutcomeUnknown()).count();
	}

	/**
	 * Returns how many writes are reported as successful and did not happen.
	 */
	long missing() {
		return writes().filter((write) -> write.isSuccess() && copies(write) == 0).count();
	}

	/**
	 * Returns how many writes happened more than once.
	 */
	long duplicated() {
		return writes().filter((write) -> copies(write) > 1).count();
	}

	/**
	 * Returns how many writes are reported as certainly without effect, and happened.
	 */
	long denied() {
		return writes()
			.filter((write) -> write.failure() != null && !write.failure().isOutcomeUnknown() && copies(write) > 0)
			.count();
	}

	/**
	 * Returns how many calls failed by the reason of their failure.
	 */
	Map<String, Long> reasons() {
		return this.calls.stream()
			.flatMap((call) -> Optional.ofNullable(call.failure()).stream())
			.collect(Collectors.groupingBy(Failure::reason, TreeMap::new, Collectors.counting()));
	}

	/**
	 * Returns how many requests reached the server for each call that arrived during the
	 * fault.
	 */
	double amplification() {
		return this.requests / (double) count(this.times::isInFault);
	}

	/**
	 * Returns how many calls succeeded per second of the fault.
	 */
	double goodput() {
		return goodput(this.times.begin(), this.times.end());
	}

	private double goodput(long from, long to) {
		return count((call) -> isGood(call) && call.end() >= from && call.end() < to) * (double) SECOND / (to - from);
	}

	private static boolean isGood(Call call) {
		return call.isSuccess() && call.kind() != Call.Kind.ASIDE;
	}

	/**
	 * Returns the goodput over time: in each half second, from the beginning of the load
	 * until its end.
	 */
	List<Double> goodputOverTime(Duration step) {
		return Stream
			.iterate(this.times.start(), (from) -> from + step.toNanos() <= this.times.stop(),
					(from) -> from + step.toNanos())
			.map((from) -> goodput(from, from + step.toNanos()))
			.toList();
	}

	/**
	 * Returns the time from the end of the fault to the first success.
	 */
	Optional<Duration> firstSuccess() {
		return this.calls.stream()
			.filter((call) -> isGood(call) && call.end() >= this.times.end())
			.map((call) -> Duration.ofNanos(call.end() - this.times.end()))
			.min(Duration::compareTo);
	}

	/**
	 * Returns the time from the end of the fault to the first second in which 99 % as
	 * many calls succeed as before.
	 */
	Optional<Duration> recovery() {
		double before = goodput(this.times.start(), this.times.begin());
		for (long from = this.times.end(); from + SECOND <= this.times.stop(); from += STEP) {
			if (goodput(from, from + SECOND) >= RECOVERED * before) {
				return Optional.of(Duration.ofNanos(from - this.times.end()));
			}
		}
		return Optional.empty();
	}

	/**
	 * Returns the 99th percentile, in milliseconds, of the reads that arrived during the
	 * fault and succeeded.
	 */
	OptionalDouble percentile99() {
		long[] sorted = this.calls.stream()
			.filter((call) -> call.kind() == Call.Kind.READ && call.isSuccess() && this.times.isInFault(call))
			.mapToLong((call) -> call.end() - call.start())
			.sorted()
			.toArray();
		return Arrays.stream(sorted)
			.skip(Math.max(0, (long) Math.ceil(0.99 * sorted.length) - 1))
			.mapToDouble((nanos) -> nanos / 1e6)
			.findFirst();
	}

	/**
	 * Returns the statuses that were reported for half a second or longer, from the one
	 * at the beginning of the fault on.
	 */
	List<Status> lastingHealth() {
		List<Status> lasting = new ArrayList<>();
		for (int i = 0; i < this.health.size(); i++) {
			Status status = this.health.get(i);
			long end = (i + 1 < this.health.size()) ? this.health.get(i + 1).at() : Long.MAX_VALUE;
			boolean isNew = lasting.isEmpty() || !lasting.get(lasting.size() - 1).status().equals(status.status());
			if (end > this.times.begin() && end - status.at() >= BRIEF.toNanos() && isNew) {
				lasting.add(status);
			}
		}
		return lasting;
	}

	/**
	 * When things happened, in nanoseconds.
	 *
	 * @param start the load began
	 * @param begin the fault began
	 * @param end the fault ended
	 * @param stop the load ended
	 */
	record Times(long start, long begin, long end, long stop) {

		boolean isInFault(Call call) {
			return call.start() >= this.begin && call.start() < this.end;
		}

	}

	/**
	 * A status that a client began to report.
	 *
	 * @param at when, in nanoseconds
	 * @param status the status
	 */
	record Status(long at, String status) {

	}

}
