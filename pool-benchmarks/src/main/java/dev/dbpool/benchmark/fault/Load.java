package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import dev.dbpool.benchmark.fault.Workload.Action;
import dev.dbpool.benchmark.fault.Workload.Arrivals;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * An open model: calls arrive at their rate, whether earlier ones have ended or not.
 */
final class Load implements AutoCloseable {

	private final Client client;

	private final Workload workload;

	private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

	private final List<Future<?>> arrivals = new ArrayList<>();

	private final AtomicLong numbers = new AtomicLong();

	private final Map<Long, Running> running = new ConcurrentHashMap<>();

	private final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();

	Load(Client client, Workload workload) {
		this.client = client;
		this.workload = workload;
	}

	/**
	 * Does something regularly until this load is closed.
	 */
	void every(Duration interval, Runnable task) {
		this.clock.scheduleAtFixedRate(task, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
	}

	void start() {
		this.workload.arrivals().forEach((arrivals) -> schedule(arrivals, arrivals.normal()));
	}

	void beginFault() {
		for (int call = 0; call < this.workload.burst(); call++) {
			this.clock.execute(() -> begin(Call.Kind.ASIDE, this.workload.ofBurst()));
		}
		if (this.workload.isFasterInFault()) {
			stop();
			this.workload.arrivals().forEach((arrivals) -> schedule(arrivals, arrivals.during()));
		}
	}

	void endFault() {
		if (this.workload.isFasterInFault()) {
			stop();
			start();
		}
	}

	/**
	 * Lets no more calls arrive. Those that were due before still arrive, on a machine
	 * that is busy.
	 */
	void stop() {
		List<Future<?>> ending = List.copyOf(this.arrivals);
		this.arrivals.clear();
		CompletableFuture.runAsync(() -> ending.forEach((arrivals) -> arrivals.cancel(false)), this.clock).join();
	}

	private void schedule(Arrivals arrivals, double perSecond) {
		this.arrivals.add(this.clock.scheduleAtFixedRate(() -> begin(arrivals.kind(), arrivals.action()), 0,
				Math.round(TimeUnit.SECONDS.toNanos(1) / perSecond), TimeUnit.NANOSECONDS));
	}

	private void begin(Call.Kind kind, Action action) {
		long number = this.numbers.incrementAndGet();
		Running call = new Running(kind, number, System.nanoTime(), Disposables.swap());
		this.running.put(number, call);
		call.subscription()
			.update(Mono.defer(() -> action.start(this.client, number))
				.subscribe(null, (thrown) -> end(call, Failure.of(thrown)), () -> end(call, null)));
	}

	private void end(Running call, @Nullable Failure failure) {
		if (this.running.remove(call.number()) != null) {
			this.calls.add(new Call(call.kind(), call.number(), call.start(), System.nanoTime(), failure));
		}
	}

	/**
	 * Waits until all calls have ended, and cancels those that take longer.
	 */
	void drain(Duration longest) {
		long deadline = System.nanoTime() + longest.toNanos();
		while (!this.running.isEmpty() && System.nanoTime() < deadline) {
			Pause.of(Duration.ofMillis(20));
		}
		this.running.values().forEach((call) -> {
			end(call, Failure.unfinished());
			call.subscription().dispose();
		});
	}

	List<Call> calls() {
		return List.copyOf(this.calls);
	}

	@Override
	public void close() {
		this.clock.shutdownNow();
	}

	/**
	 * A call that has not ended.
	 */
	private record Running(Call.Kind kind, long number, long start, Disposable.Swap subscription) {

	}

}
