package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.autoconfigure.resilience.ProbeFailedException;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Checks the server again and again in the background, one check at a time: at start-up,
 * then at each interval, sooner after a failure, whenever the circuit breaker wants to
 * know whether the server works, and when the calls of the application contradict the
 * last check. It logs changes of the status: those to and from {@code DOWN} as soon as it
 * sees them, others after a check.
 */
final class BackgroundCheck {

	private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

	private static final Duration LOOK = Duration.ofSeconds(1);

	private final DatabasePool pool;

	private final ServerCheck check;

	private final ErrorWindow errors;

	private final @Nullable DatabasePoolCircuitBreaker breaker;

	private final Duration interval;

	private final Duration timeout;

	private final StatusLog log;

	private final LongSupplier nanoTime;

	private final Disposable.Swap timer = Disposables.swap();

	private final WaitingWindow waiting = new WaitingWindow();

	private final AtomicReference<@Nullable Mono<CheckResult>> current = new AtomicReference<>();

	private final LongAdder passed = new LongAdder();

	private final LongAdder failed = new LongAdder();

	private volatile boolean running;

	private volatile @Nullable CheckResult last;

	private volatile long lastEnd;

	/** When no call was under way last, updated every second. */
	private volatile long idleAt;

	private volatile Supplier<Optional<String>> degraded = Optional::empty;

	/**
	 * Creates a check, which runs from its start on.
	 */
	BackgroundCheck(DatabasePool pool, ErrorWindow errors, @Nullable DatabasePoolCircuitBreaker breaker) {
		this(pool, errors, breaker, System::nanoTime);
	}

	BackgroundCheck(DatabasePool pool, ErrorWindow errors, @Nullable DatabasePoolCircuitBreaker breaker,
			LongSupplier nanoTime) {
		this.pool = pool;
		this.check = new ServerCheck(pool);
		this.errors = errors;
		this.breaker = breaker;
		this.interval = pool.properties().healthCheckInterval();
		this.timeout = ServerCheck.timeout(pool.properties().requestTimeout());
		this.log = new StatusLog(pool.name());
		this.nanoTime = nanoTime;
		this.idleAt = nanoTime.getAsLong();
	}

	/**
	 * Sets what degrades the health of the pool beside what this check sees.
	 * @param reason returns the reason, if there is one
	 */
	void degradedBy(Supplier<Optional<String>> reason) {
		this.degraded = reason;
	}

	Optional<CheckResult> last() {
		return Optional.ofNullable(this.last);
	}

	/**
	 * Returns how many checks have passed.
	 */
	long passed() {
		return this.passed.sum();
	}

	/**
	 * Returns how many checks have failed.
	 */
	long failed() {
		return this.failed.sum();
	}

	/**
	 * Returns the present status of the pool.
	 */
	PoolStatus status() {
		return seen().orDegraded(this.degraded);
	}

	private PoolStatus seen() {
		Optional<Duration> silence = silence().filter((since) -> since.compareTo(this.timeout) > 0);
		return PoolStatus.of(last(), (this.breaker != null) ? this.breaker.state() : null, lanes(), this.waiting,
				this.errors.counts(), this.pool.properties().health().errorRateThreshold(), silence);
	}

	private Map<Lane, PoolSnapshot> lanes() {
		return PoolStatus.lanes(this.pool.client());
	}

	/**
	 * Returns how long nothing was answered while calls were under way.
	 */
	private Optional<Duration> silence() {
		Duration busy = Duration.ofNanos(this.nanoTime.getAsLong() - this.idleAt);
		return sinceAnswer().map((since) -> (since.compareTo(busy) < 0) ? since : busy);
	}

	private Optional<Duration> sinceAnswer() {
		return Optional.ofNullable(this.breaker).map(DatabasePoolCircuitBreaker::sinceAnswer);
	}

	void start() {
		this.running = true;
		this.idleAt = this.nanoTime.getAsLong();
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

	/**
	 * Looks at the calls, which is to be done once a second.
	 */
	void look() {
		Map<Lane, PoolSnapshot> lanes = lanes();
		this.waiting.add(lanes);
		if (lanes.values().stream().noneMatch(PoolStatus::isInUse)) {
			this.idleAt = this.nanoTime.getAsLong();
		}
		CheckResult result = this.last;
		if (result != null && this.current.get() == null && isContradicted(result)) {
			schedule(Duration.ZERO);
		}
		if (seen().isDown() || this.log.isDown()) {
			this.log.update(status());
		}
	}

	/**
	 * Returns whether calls were answered since a check found the server out of reach, or
	 * calls are not answered though a check found that it works.
	 */
	private boolean isContradicted(CheckResult result) {
		Duration age = Duration.ofNanos(this.nanoTime.getAsLong() - this.lastEnd);
		Duration silence = sinceAnswer().orElse(age);
		if (!result.answered()) {
			return silence.compareTo(age) < 0;
		}
		return result.is(Verdict.OK) && lanes().values().stream().anyMatch((lane) -> isInTrouble(lane, silence));
	}

	private boolean isInTrouble(PoolSnapshot lane, Duration silence) {
		return PoolStatus.isCutOff(lane) || (lane.pending() > 0 && silence.compareTo(LOOK) > 0)
				|| (lane.active() > 0 && silence.compareTo(this.timeout.dividedBy(2)) > 0);
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
		if (result.answered() && this.breaker != null) {
			this.breaker.serverAnswered();
		}
		(result.is(Verdict.OK) ? this.passed : this.failed).increment();
		this.lastEnd = this.nanoTime.getAsLong();
		this.last = result;
		this.current.set(null);
		if (this.running) {
			schedule(delayAfter(result));
			this.log.update(status());
		}
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
