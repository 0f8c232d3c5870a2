package dev.dbpool.benchmark.load;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import com.sun.management.OperatingSystemMXBean;
import dev.dbpool.benchmark.Threads;
import dev.dbpool.benchmark.load.LoadClient.Connections;
import dev.dbpool.benchmark.load.Measurement.Sample;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * One run of calls by one client.
 * <p>
 * With a rate, calls arrive in equal intervals, whether earlier ones have ended or not:
 * an open model. The latency of a call counts from the time at which it was due. So a
 * stall of this process or of the client makes all calls late that were due while it
 * lasted, and is not omitted. With callers, each of them calls again when its call has
 * ended.
 */
final class Load {

	private static final long HIGHEST_MICROS = Duration.ofMinutes(2).toNanos() / 1000;

	/** Bounds the memory if the server does not keep up. */
	private static final int MOST_IN_FLIGHT = 20_000;

	private static final Duration SAMPLE_INTERVAL = Duration.ofMillis(500);

	private static final Duration DRAIN = Duration.ofSeconds(10);

	private static final OperatingSystemMXBean MACHINE = ManagementFactory
		.getPlatformMXBean(OperatingSystemMXBean.class);

	private final LoadClient client;

	private final int rate;

	private final @Nullable Integer callers;

	private final Recorder latencies = new Recorder(HIGHEST_MICROS, 3);

	private final Histogram total = new Histogram(HIGHEST_MICROS, 3);

	private final AtomicInteger inFlight = new AtomicInteger();

	private final AtomicLong sent = new AtomicLong();

	private final AtomicLong failed = new AtomicLong();

	private final Map<String, AtomicLong> failures = new ConcurrentHashMap<>();

	private final List<Sample> samples = new ArrayList<>();

	private @Nullable Histogram interval;

	/** Whether calls are still to be sent that were due, on a machine that is busy. */
	private volatile boolean arriving;

	Load(LoadClient client, int rate, @Nullable Integer callers) {
		this.client = client;
		this.rate = rate;
		this.callers = callers;
	}

	/**
	 * Runs until the time is over and all calls have ended, but no longer than 10 s after
	 * that: calls that take longer have failed.
	 * @param time how long calls arrive
	 * @param listener is passed each sample on this thread
	 */
	Measurement run(Duration time, Consumer<Sample> listener) {
		Connections before = this.client.connections();
		MACHINE.getCpuLoad();
		long start = System.nanoTime();
		long end = start + time.toNanos();
		if (this.callers != null) {
			repeat(this.callers, end);
		}
		else {
			this.arriving = true;
			Threads.startPlatform(() -> arrive(start, end));
		}
		long last = start;
		long ended = end + DRAIN.toNanos();
		while (System.nanoTime() < end || (isUnderWay() && System.nanoTime() < ended)) {
			LockSupport.parkNanos(SAMPLE_INTERVAL.toNanos());
			long now = System.nanoTime();
			if (now < end || last == start) {
				sample(start, last, now, listener);
				last = now;
			}
		}
		double perSecond = this.total.getTotalCount() * 1e9 / (last - start);
		collect();
		int unfinished = this.inFlight.get();
		if (unfinished > 0) {
			this.failures.computeIfAbsent("no answer within 10 s after the end", (reason) -> new AtomicLong())
				.addAndGet(unfinished);
			this.failed.addAndGet(unfinished);
		}
		return new Measurement(this.total, perSecond, this.sent.get(), this.failed.get(), reasons(),
				this.client.connections().opened() - before.opened(), List.copyOf(this.samples));
	}

	private boolean isUnderWay() {
		return this.arriving || this.inFlight.get() > 0;
	}

	private void arrive(long start, long end) {
		double interval = (double) TimeUnit.SECONDS.toNanos(1) / this.rate;
		long due = start;
		try {
			for (long number = 1; due < end; number++) {
				for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
					LockSupport.parkNanos(left);
				}
				begin(due);
				due = start + Math.round(number * interval);
			}
		}
		finally {
			this.arriving = false;
		}
	}

	private void begin(long due) {
		if (this.inFlight.get() >= MOST_IN_FLIGHT) {
			this.sent.incrementAndGet();
			fail("not sent: %d calls in flight".formatted(MOST_IN_FLIGHT));
			return;
		}
		call(due).subscribe();
	}

	private void repeat(int number, long end) {
		Flux.range(0, number)
			.flatMap((caller) -> Mono.defer(() -> call(System.nanoTime())).repeat(() -> System.nanoTime() < end),
					number)
			.subscribe();
	}

	private Mono<Void> call(long due) {
		this.sent.incrementAndGet();
		this.inFlight.incrementAndGet();
		return Mono.defer(this.client::call).then().doOnSuccess((none) -> {
			this.latencies.recordValue(Math.min((System.nanoTime() - due) / 1000, HIGHEST_MICROS));
			this.inFlight.decrementAndGet();
		}).onErrorResume((thrown) -> {
			fail(name(thrown));
			this.inFlight.decrementAndGet();
			return Mono.empty();
		});
	}

	private void fail(String reason) {
		this.failed.incrementAndGet();
		this.failures.computeIfAbsent(reason, (added) -> new AtomicLong()).incrementAndGet();
	}

	private static String name(Throwable thrown) {
		Throwable named = (thrown instanceof WebClientRequestException && thrown.getCause() != null) ? thrown.getCause()
				: thrown;
		return Objects.requireNonNull(named).getClass().getSimpleName();
	}

	private void sample(long start, long last, long now, Consumer<Sample> listener) {
		long failedBefore = this.samples.stream().mapToLong(Sample::failed).sum();
		Histogram recent = collect();
		Connections connections = this.client.connections();
		double seconds = (now - last) / 1e9;
		Sample sample = new Sample((now - start) / 1e9, recent.getTotalCount() / seconds, millis(recent, 50),
				millis(recent, 95), millis(recent, 99), this.failed.get() - failedBefore, this.inFlight.get(),
				connections, MACHINE.getCpuLoad());
		this.samples.add(sample);
		listener.accept(sample);
	}

	private Histogram collect() {
		Histogram recent = this.latencies.getIntervalHistogram(this.interval);
		this.interval = recent;
		this.total.add(recent);
		return recent;
	}

	private static double millis(Histogram histogram, double percentile) {
		return histogram.getValueAtPercentile(percentile) / 1e3;
	}

	private Map<String, Long> reasons() {
		Map<String, Long> reasons = new TreeMap<>();
		this.failures.forEach((reason, count) -> reasons.put(reason, count.get()));
		return reasons;
	}

}
