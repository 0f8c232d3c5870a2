package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.autoconfigure.resilience.ProbeFailedException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Checks the server again and again in the background, one check at a time: at start-up,
 * then at each interval, sooner after a failure, and whenever the circuit breaker wants
 * to know whether the server works.
 */
final class BackgroundCheck {

	private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

	private final ServerCheck check;

	private final Consumer<CheckResult> listener;

	private final @Nullable DatabasePoolCircuitBreaker breaker;

	private final Duration interval;

	private final Disposable.Swap timer = Disposables.swap();

	private final AtomicReference<@Nullable Mono<CheckResult>> current = new AtomicReference<>();

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
	}

	Optional<CheckResult> last() {
		return Optional.ofNullable(this.last);
	}

	void start() {
		this.running = true;
		if (this.breaker != null) {
			this.breaker.probeWith(this::probe);
		}
		schedule(Duration.ZERO);
	}

	private void schedule(Duration delay) {
		if (this.running) {
			this.timer.update(
					Schedulers.parallel().schedule(() -> check().subscribe(), delay.toMillis(), TimeUnit.MILLISECONDS));
		}
	}

	private Mono<Void> probe() {
		return check().flatMap((result) -> result.answered() ? Mono.empty()
				: Mono.error(new ProbeFailedException(result.reason(), result.retryAfter().orElse(null))));
	}

	/**
	 * Checks once, or waits for the check that is under way.
	 */
	private Mono<CheckResult> check() {
		Mono<CheckResult> fresh = this.check.run().doOnNext(this::finished).cache();
		Mono<CheckResult> present = this.current.compareAndExchange(null, fresh);
		return (present != null) ? present : fresh;
	}

	private void finished(CheckResult result) {
		this.last = result;
		this.current.set(null);
		if (result.answered() && this.breaker != null) {
			this.breaker.serverAnswered();
		}
		schedule(delayAfter(result));
		this.listener.accept(result);
	}

	private Duration delayAfter(CheckResult result) {
		Duration longest = result.is(Verdict.OK) ? this.interval : AFTER_FAILURE;
		return (longest.compareTo(this.interval) < 0) ? longest : this.interval;
	}

	void stop() {
		this.running = false;
		if (this.breaker != null) {
			this.breaker.probeWith(null);
		}
		this.timer.update(Disposables.disposed());
	}

}
