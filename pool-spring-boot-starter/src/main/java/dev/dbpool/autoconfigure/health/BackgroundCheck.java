package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/**
 * Checks the server again and again in the background, one check at a time: at start-up,
 * then at each interval, sooner after a failure, and immediately when the circuit breaker
 * becomes half-open. While it is half-open a check is one of its trial calls, so that the
 * breaker closes without risking calls of the application.
 */
final class BackgroundCheck {

	private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

	private static final Duration AFTER_TRIAL = Duration.ofMillis(100);

	private static final Duration WHILE_HALF_OPEN = Duration.ofSeconds(1);

	private final ServerCheck check;

	private final Consumer<CheckResult> listener;

	private final @Nullable DatabasePoolCircuitBreaker breaker;

	private final Duration interval;

	private final Disposable.Swap timer = Disposables.swap();

	private final AtomicBoolean checking = new AtomicBoolean();

	private volatile boolean running;

	private volatile @Nullable CheckResult last;

	/**
	 * Creates a check, which runs from its start on.
	 * @param listener called with each result
	 */
	BackgroundCheck(ServerCheck check, @Nullable DatabasePoolCircuitBreaker breaker, Duration interval,
			Consumer<CheckResult> listener) {
		this.check = check;
		this.listener = listener;
		this.breaker = breaker;
		this.interval = interval;
		if (breaker != null) {
			breaker.onHalfOpen(() -> schedule(Duration.ZERO));
		}
	}

	Optional<CheckResult> last() {
		return Optional.ofNullable(this.last);
	}

	void start() {
		this.running = true;
		schedule(Duration.ZERO);
	}

	private void schedule(Duration delay) {
		if (this.running) {
			this.timer.update(Schedulers.parallel().schedule(this::check, delay.toMillis(), TimeUnit.MILLISECONDS));
		}
	}

	private void check() {
		if (this.running && this.checking.compareAndSet(false, true)) {
			boolean trial = this.breaker != null && this.breaker.tryTrial();
			this.check.run().subscribe((result) -> finished(result, trial));
		}
	}

	private void finished(CheckResult result, boolean trial) {
		this.last = result;
		if (trial && this.breaker != null) {
			record(result, this.breaker);
		}
		this.checking.set(false);
		Duration delay = delayAfter(result, trial);
		schedule(delay);
		if (delay.compareTo(WHILE_HALF_OPEN) > 0 && isHalfOpen()) {
			schedule(WHILE_HALF_OPEN);
		}
		this.listener.accept(result);
	}

	private boolean isHalfOpen() {
		return this.breaker != null && this.breaker.state() == State.HALF_OPEN;
	}

	private static void record(CheckResult result, DatabasePoolCircuitBreaker breaker) {
		switch (result.verdict()) {
			case OK -> breaker.trialSucceeded(result.took());
			case FAILED -> breaker.trialFailed(result.took(), result.reason());
			case SKIPPED -> breaker.trialAbandoned();
		}
	}

	private Duration delayAfter(CheckResult result, boolean trial) {
		if (isHalfOpen()) {
			return (trial && result.is(Verdict.OK)) ? AFTER_TRIAL : WHILE_HALF_OPEN;
		}
		Duration longest = result.is(Verdict.OK) ? this.interval : AFTER_FAILURE;
		return (longest.compareTo(this.interval) < 0) ? longest : this.interval;
	}

	void stop() {
		this.running = false;
		this.timer.update(Disposables.disposed());
	}

}
