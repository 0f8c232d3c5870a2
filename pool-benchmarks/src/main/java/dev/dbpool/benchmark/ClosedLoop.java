package dev.dbpool.benchmark;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A number of callers, each of which sends its next request when it has the answer to the
 * one before. Every answer is checked. Requests that end before the lead-in is over, or
 * after the time, are not counted, except that a round without any answer goes on until
 * the first one.
 */
final class ClosedLoop {

	private static final long HIGHEST_MICROS = Duration.ofMinutes(1).toNanos() / 1000;

	private static final Duration STRAGGLERS = Duration.ofSeconds(30);

	private final Variant variant;

	private final Query query;

	private final Histogram latencies = new AtomicHistogram(HIGHEST_MICROS, 3);

	private final LongAdder failures = new LongAdder();

	private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();

	private volatile boolean running = true;

	private volatile boolean counting;

	private ClosedLoop(Variant variant, Query query) {
		this.variant = variant;
		this.query = query;
	}

	static Round run(Variant variant, Cell cell, Duration leadIn, Duration time) {
		return new ClosedLoop(variant, cell.query()).run(cell.kind(), cell.callers(), leadIn, time);
	}

	private Round run(CallerKind kind, int callers, Duration leadIn, Duration time) {
		CompletableFuture<?> end = (kind == CallerKind.REACTIVE) ? subscribe(callers) : block(kind, callers);
		pause(leadIn);
		ResourceUsage before = ResourceUsage.now();
		long start = System.nanoTime();
		this.counting = true;
		pause(time);
		awaitAnswer();
		this.counting = false;
		long nanos = System.nanoTime() - start;
		ResourceUsage.Use used = ResourceUsage.now().since(before);
		this.running = false;
		await(end);
		return round(nanos, used);
	}

	private static void await(CompletableFuture<?> end) {
		try {
			end.get(STRAGGLERS.toSeconds(), TimeUnit.SECONDS);
		}
		catch (InterruptedException | ExecutionException | TimeoutException ex) {
			throw new IllegalStateException("Callers did not end within " + STRAGGLERS, ex);
		}
	}

	private CompletableFuture<Void> subscribe(int callers) {
		return Flux.range(0, callers).flatMap((caller) -> requests(), callers).then().toFuture();
	}

	private CompletableFuture<Void> block(CallerKind kind, int callers) {
		CompletableFuture<?>[] ends = new CompletableFuture<?>[callers];
		for (int caller = 0; caller < callers; caller++) {
			CompletableFuture<Void> end = new CompletableFuture<>();
			ends[caller] = end;
			kind.start(() -> {
				while (this.running) {
					requestAndBlock();
				}
				end.complete(null);
			});
		}
		return CompletableFuture.allOf(ends);
	}

	private void requestAndBlock() {
		int key = this.query.randomKey();
		long start = System.nanoTime();
		try {
			answered(this.variant.get(this.query, key), key, System.nanoTime() - start);
		}
		catch (Exception ex) {
			failed(ex);
		}
	}

	private Flux<List<Item>> requests() {
		return Mono.defer(this::request).repeat(() -> this.running);
	}

	private Mono<List<Item>> request() {
		int key = this.query.randomKey();
		long start = System.nanoTime();
		return this.variant.fetch(this.query, key)
			.doOnSuccess((items) -> answered(items, key, System.nanoTime() - start))
			.onErrorResume((failure) -> {
				failed(failure);
				return Mono.empty();
			});
	}

	private void answered(@Nullable List<Item> items, int key, long nanos) {
		if (items == null || !this.query.isAnswer(items, key)) {
			failed(new IllegalStateException("Wrong rows from id " + key));
		}
		else if (this.counting) {
			this.latencies.recordValue(Math.min(nanos / 1000, HIGHEST_MICROS));
		}
	}

	private void failed(Throwable failure) {
		this.failures.increment();
		if (this.firstFailure.compareAndSet(null, failure)) {
			System.err.println("A request failed: " + failure);
		}
	}

	private Round round(long nanos, ResourceUsage.Use used) {
		double answers = this.latencies.getTotalCount();
		return new Round(answers * 1e9 / nanos, this.latencies.getValueAtPercentile(50) / 1e3,
				this.latencies.getValueAtPercentile(99) / 1e3, used.cpuNanos() / 1e3 / answers,
				used.allocatedBytes() / answers, this.failures.sum());
	}

	/**
	 * Lets a round go on until it has something to count, however slow the machine.
	 */
	private void awaitAnswer() {
		long end = System.nanoTime() + STRAGGLERS.toNanos();
		while (this.latencies.getTotalCount() == 0 && this.failures.sum() == 0 && System.nanoTime() - end < 0) {
			pause(Duration.ofMillis(1));
		}
	}

	private static void pause(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(left);
		}
	}

}
