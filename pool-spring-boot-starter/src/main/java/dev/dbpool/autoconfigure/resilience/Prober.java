package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Probes the server while the circuit breaker is not closed. While it is open, the first
 * probe follows after half a second and further ones with exponential back-off and
 * jitter, none before the time that the server asked for; one that passes makes the
 * breaker half-open. While it is half-open, probes take the trial calls that the
 * application leaves, so that the breaker closes without traffic. Safe for use from any
 * thread.
 */
final class Prober {

	private static final Duration FIRST = Duration.ofMillis(500);

	private static final Duration AFTER_TRIAL = Duration.ofMillis(100);

	private static final Duration AFTER_FAILED_TRIAL = Duration.ofSeconds(1);

	private static final int MOST_DOUBLINGS = 20;

	private final CircuitBreaker breaker;

	private final Duration longest;

	private final Scheduler scheduler;

	private final Runnable postponed;

	private final Disposable.Swap timer = Disposables.swap();

	private volatile @Nullable Supplier<Mono<Void>> probe;

	/** How many probes there were since the breaker was closed. */
	private volatile int probes;

	private volatile long dueAt;

	/**
	 * Creates a prober, which begins when it has a probe.
	 * @param breaker the breaker
	 * @param longest the longest wait between two probes
	 * @param scheduler runs the probes
	 * @param postponed called when a probe of the open breaker has failed
	 */
	Prober(CircuitBreaker breaker, Duration longest, Scheduler scheduler, Runnable postponed) {
		this.breaker = breaker;
		this.longest = longest;
		this.scheduler = scheduler;
		this.postponed = postponed;
	}

	/**
	 * Sets the probe, or takes it away with {@code null}.
	 */
	void use(@Nullable Supplier<Mono<Void>> probe) {
		this.probe = probe;
		if (probe == null) {
			stop();
		}
	}

	private void stop() {
		this.timer.update(Disposables.disposed());
	}

	/**
	 * Returns the time of the next probe of the open breaker, which is in the past while
	 * one is under way.
	 */
	Optional<Long> dueAt() {
		return (this.probe != null) ? Optional.of(this.dueAt) : Optional.empty();
	}

	/**
	 * Notes a change of the state.
	 * @param state the new state
	 * @param asked how long the server asked to wait
	 */
	void changed(State state, Duration asked) {
		switch (state) {
			case OPEN -> scheduleNext(asked);
			case HALF_OPEN -> schedule(AFTER_TRIAL);
			default -> {
				this.probes = 0;
				stop();
			}
		}
	}

	private void scheduleNext(Duration asked) {
		Duration backOff = backOff(this.probes);
		this.probes = Math.min(this.probes + 1, MOST_DOUBLINGS);
		Duration wanted = (asked.compareTo(backOff) > 0) ? asked : backOff;
		schedule((wanted.compareTo(this.longest) < 0) ? wanted : this.longest);
	}

	/**
	 * The first wait is fixed. Each further one is doubled, and between half and the
	 * whole of it at random.
	 */
	private Duration backOff(int doublings) {
		if (doublings == 0) {
			return FIRST;
		}
		Duration doubled = FIRST.multipliedBy(1L << doublings);
		long ceiling = ((doubled.compareTo(this.longest) < 0) ? doubled : this.longest).toNanos();
		return Duration.ofNanos(ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1));
	}

	private void schedule(Duration delay) {
		if (this.probe != null) {
			this.dueAt = now() + delay.toNanos();
			this.timer.update(this.scheduler.schedule(this::run, delay.toNanos(), TimeUnit.NANOSECONDS));
		}
	}

	private long now() {
		return this.scheduler.now(TimeUnit.NANOSECONDS);
	}

	private void run() {
		Supplier<Mono<Void>> present = this.probe;
		State state = this.breaker.getState();
		if (present == null) {
			return;
		}
		if (state == State.OPEN) {
			Mono.defer(present).subscribe((nothing) -> {
			}, this::failed, this::passed);
		}
		else if (state == State.HALF_OPEN && this.breaker.tryAcquirePermission()) {
			long begun = now();
			Mono.defer(present).subscribe((nothing) -> {
			}, (failure) -> trialFailed(failure, now() - begun), () -> trialSucceeded(now() - begun));
		}
		else if (state == State.HALF_OPEN) {
			schedule(AFTER_FAILED_TRIAL);
		}
	}

	private void passed() {
		if (this.breaker.getState() == State.OPEN) {
			this.breaker.transitionToHalfOpenState();
		}
	}

	private void failed(Throwable failure) {
		if (this.breaker.getState() == State.OPEN) {
			scheduleNext(asked(failure));
			this.postponed.run();
		}
	}

	private static Duration asked(Throwable failure) {
		return (failure instanceof ProbeFailedException ex) ? ex.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
	}

	private void trialSucceeded(long nanos) {
		this.breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
		if (this.breaker.getState() == State.HALF_OPEN) {
			schedule(AFTER_TRIAL);
		}
	}

	private void trialFailed(Throwable failure, long nanos) {
		this.breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
		if (this.breaker.getState() == State.HALF_OPEN) {
			schedule(AFTER_FAILED_TRIAL);
		}
	}

}
