package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.dbpool.client.AttemptFailedException;
import dev.dbpool.client.Lane;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The circuit breaker of one pool: the instance of Resilience4j, what it counts, which
 * calls wait for it, and the probes that make it half-open. Logs each change of its state
 * with the reason. Safe for use from any thread.
 */
public final class DatabasePoolCircuitBreaker {

	private static final Logger logger = LoggerFactory.getLogger(DatabasePoolCircuitBreaker.class);

	private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

	private static final Duration LOOK = Duration.ofSeconds(1);

	private static final float ALL = 100;

	private static final int SLOW_START = 10;

	private final CircuitBreaker delegate;

	private final Scheduler scheduler;

	private final FailureJudge judge;

	private final WaitingCalls waiting = new WaitingCalls();

	private final Prober prober;

	private final LongAdder refused = new LongAdder();

	private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

	private final Disposable.Swap look = Disposables.swap();

	private volatile long openUntil;

	private volatile @Nullable Throwable lastFailure;

	DatabasePoolCircuitBreaker(CircuitBreaker delegate, Scheduler scheduler) {
		this.delegate = delegate;
		this.scheduler = scheduler;
		this.openUntil = now();
		this.judge = new FailureJudge(delegate.getCircuitBreakerConfig().getFailureRateThreshold() >= ALL, now());
		this.prober = new Prober(delegate, waitDuration(), scheduler, () -> this.waiting.wakeBefore(nextTrialAt()));
		delegate.getEventPublisher()
			.onError((event) -> this.lastFailure = event.getThrowable())
			.onStateTransition(this::changed);
	}

	private void changed(CircuitBreakerOnStateTransitionEvent event) {
		State state = event.getStateTransition().getToState();
		if (state == State.OPEN) {
			this.openUntil = now() + waitDuration().toNanos();
			lookAgainAfter(waitDuration());
		}
		else {
			this.look.update(Disposables.disposed());
		}
		this.prober.changed(state, askedByServer());
		report(event.getStateTransition());
		wakeCalls(state);
	}

	/**
	 * Asks the open breaker for calls that wait, since it does not notice by itself that
	 * its wait is over unless it is configured to.
	 */
	private void lookAgainAfter(Duration wait) {
		this.look.update(this.scheduler.schedule(this::look, wait.toNanos(), TimeUnit.NANOSECONDS));
	}

	private void look() {
		if (state() != State.OPEN) {
			return;
		}
		if (!this.waiting.isEmpty() && this.delegate.tryAcquirePermission()) {
			this.delegate.releasePermission();
			this.waiting.wake(1);
		}
		else {
			lookAgainAfter(LOOK);
		}
	}

	private void wakeCalls(State state) {
		switch (state) {
			case OPEN -> this.waiting.wakeBefore(nextTrialAt());
			case HALF_OPEN ->
				this.waiting.wake(this.delegate.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState());
			case CLOSED -> this.waiting.wake(SLOW_START);
			default -> this.waiting.wakeAll();
		}
	}

	private Duration askedByServer() {
		Throwable failure = this.lastFailure;
		if (failure instanceof ProbeFailedException probe) {
			return probe.retryAfter().orElse(Duration.ZERO);
		}
		return (failure instanceof AttemptFailedException attempt) ? attempt.retryAfter().orElse(Duration.ZERO)
				: Duration.ZERO;
	}

	long now() {
		return this.scheduler.now(TimeUnit.NANOSECONDS);
	}

	private void report(StateTransition transition) {
		String text = describe(transition);
		if (transition.getToState() == State.OPEN || transition.getToState() == State.FORCED_OPEN) {
			logger.warn("{}", text);
		}
		else {
			logger.info("{}", text);
		}
		this.listeners.forEach((listener) -> listener.accept(text));
	}

	private String describe(StateTransition transition) {
		String breaker = "Circuit breaker '" + this.delegate.getName() + "' ";
		return breaker + switch (transition.getToState()) {
			case OPEN -> "opened: %d of the last %s failed%s. Calls wait or are rejected, the next trial is in %dms"
				.formatted(metrics().getNumberOfFailedCalls(), calls(metrics().getNumberOfBufferedCalls()),
						lastFailure(), Duration.ofNanos(nextTrialAt() - now()).toMillis());
			case FORCED_OPEN -> "was opened manually: nothing is sent to the server";
			case HALF_OPEN -> "is half-open: it lets "
					+ calls(this.delegate.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState())
					+ " through";
			case CLOSED ->
				"closed" + ((transition.getFromState() == State.HALF_OPEN) ? ": the server answers again" : "");
			default -> "is " + transition.getToState();
		};
	}

	private static String calls(int number) {
		return number + ((number == 1) ? " call" : " calls");
	}

	private String lastFailure() {
		Throwable failure = this.lastFailure;
		return (failure != null) ? ", the last one with: " + failure.getMessage() : "";
	}

	CircuitBreaker delegate() {
		return this.delegate;
	}

	/**
	 * Returns the state of the breaker.
	 * @return the state
	 */
	public State state() {
		return this.delegate.getState();
	}

	/**
	 * Returns what the breaker has counted.
	 * @return the metrics
	 */
	public CircuitBreaker.Metrics metrics() {
		return this.delegate.getMetrics();
	}

	/**
	 * Adds a listener for changes of the state. It is called on the thread that caused
	 * the change, and must not block.
	 * @param listener takes what happened, for people
	 */
	public void onChange(Consumer<String> listener) {
		this.listeners.add(listener);
	}

	/**
	 * Returns how many calls were refused since the start.
	 * @return the number
	 */
	public long refused() {
		return this.refused.sum();
	}

	/**
	 * Returns how many calls wait for the breaker to let them through.
	 * @param lane the lane of the calls
	 * @return the number
	 */
	public int waiting(Lane lane) {
		return this.waiting.count(lane);
	}

	/**
	 * Sets what probes the server while the breaker is open or half-open. Without it, an
	 * open breaker waits for as long as Resilience4j is configured to, and the trial
	 * calls are those of the application.
	 * @param probe makes a probe, which completes if the server works and ends with a
	 * {@link ProbeFailedException} otherwise; or {@code null} for none
	 */
	public void probeWith(@Nullable Supplier<Mono<Void>> probe) {
		this.prober.use(probe);
	}

	/**
	 * Notes that the server has answered outside of the calls that the breaker sees.
	 */
	public void serverAnswered() {
		this.judge.answered(now());
	}

	/**
	 * Returns how long ago an exchange was answered last.
	 * @return the time; that since the start if there was none yet
	 */
	public Duration sinceAnswer() {
		return Duration.ofNanos(now() - this.judge.lastAnswer());
	}

	/**
	 * Records a call that succeeded.
	 * @param begun when it began
	 * @param trial whether it is one of the trial calls of the half-open breaker
	 */
	void succeeded(long begun, boolean trial) {
		long now = now();
		this.judge.answered(now);
		if (mayRecord(trial)) {
			this.delegate.onSuccess(now - begun, TimeUnit.NANOSECONDS);
		}
		wakeNext(2);
	}

	/**
	 * Notes that the elements of an answer have begun.
	 */
	void begins() {
		this.judge.answered(now());
		wakeNext(2);
	}

	/**
	 * Lets calls that still wait follow the one that ends in the closed breaker: two
	 * after each success, as in the slow start of TCP, so that they do not storm a server
	 * that has just come back, nor overflow the queue of their lane.
	 */
	private void wakeNext(int number) {
		if (state() == State.CLOSED) {
			this.waiting.wake(number);
		}
	}

	/**
	 * Records a call that failed.
	 * @param begun when it began
	 * @param trial whether it is one of the trial calls of the half-open breaker
	 */
	void failed(Throwable failure, long begun, boolean trial) {
		long now = now();
		boolean againstServer = AttemptFailures.countsAgainstServer(failure);
		if (!againstServer && !AttemptFailures.saysNothingAboutServer(failure)) {
			this.judge.answered(now);
		}
		if (!mayRecord(trial)) {
			return;
		}
		boolean ignored = againstServer && !trial && failure instanceof AttemptFailedException ex
				&& !this.judge.counts(ex, begun, now);
		this.delegate.onError(now - begun, TimeUnit.NANOSECONDS,
				ignored ? new UncountedFailureException(failure) : failure);
		if (trial && !againstServer) {
			this.waiting.wake(1);
		}
		wakeNext(1);
	}

	/**
	 * Records a call whose end says nothing about the server.
	 * @param trial whether it is one of the trial calls of the half-open breaker
	 */
	void abandoned(boolean trial) {
		if (mayRecord(trial)) {
			this.delegate.releasePermission();
		}
		if (trial) {
			this.waiting.wake(1);
		}
		wakeNext(1);
	}

	/**
	 * Whether a call counts in the present state. One that began before the breaker
	 * opened is no trial call when it ends in the half-open breaker.
	 */
	private boolean mayRecord(boolean trial) {
		return trial || state() != State.HALF_OPEN;
	}

	/**
	 * Waits until the breaker may let a call through.
	 * @param refusedIn the state in which it was not let through
	 * @param lane its lane
	 * @param until until when it may wait
	 * @param most how many calls of the lane may wait
	 * @return completes when the call may ask again; fails if it has to wait too long
	 */
	Mono<Void> whenLetThrough(State refusedIn, Lane lane, long until, int most) {
		return Mono.defer(() -> {
			long left = until - now();
			if (state() == State.FORCED_OPEN || left <= 0 || until - nextTrialAt() < 0) {
				return Mono.error(refusal(""));
			}
			if (this.waiting.count(lane) >= most) {
				return Mono.error(refusal(". %d calls of the %s lane wait for it already".formatted(most, lane.id())));
			}
			return this.waiting.join(lane, until, () -> wakeIfChanged(refusedIn), this.scheduler)
				.timeout(Duration.ofNanos(left), Mono.error(() -> refusal("")), this.scheduler);
		});
	}

	/**
	 * Wakes calls after a change of the state that came before the last one of them
	 * waited.
	 */
	private void wakeIfChanged(State before) {
		State state = state();
		if (state != before) {
			wakeCalls(state);
		}
	}

	/**
	 * Returns the time from which on the open breaker may let a call through.
	 */
	private long nextTrialAt() {
		if (state() != State.OPEN) {
			return now();
		}
		long open = this.openUntil;
		return this.prober.dueAt().filter((due) -> due - open < 0).orElse(open);
	}

	/**
	 * Describes why a call is not let through.
	 * @param detail more to say
	 */
	CircuitBreakerOpenException refusal(String detail) {
		this.refused.increment();
		return new CircuitBreakerOpenException(describeRefusal() + detail, retryAfter(),
				CallNotPermittedException.createCallNotPermittedException(this.delegate));
	}

	private String describeRefusal() {
		String breaker = "circuit breaker '" + this.delegate.getName() + "' ";
		return switch (state()) {
			case FORCED_OPEN -> breaker + "was opened manually, so nothing is sent to the server. Close it to go on";
			case OPEN -> breaker + "is open since the server failed too often, so nothing is sent to it for now. "
					+ "It tries again at " + Instant.now().plusNanos(Math.max(0, nextTrialAt() - now()));
			case HALF_OPEN -> breaker + "is half-open and its trial calls are under way. It lets more through "
					+ "when they have succeeded";
			default -> breaker + "has closed, but other calls had waited longer, and the time of this one was over "
					+ "before its turn";
		};
	}

	private Duration retryAfter() {
		Duration left = Duration.ofNanos(nextTrialAt() - now());
		return (left.compareTo(SHORTEST_WAIT) > 0) ? left : SHORTEST_WAIT;
	}

	private Duration waitDuration() {
		return Duration.ofMillis(this.delegate.getCircuitBreakerConfig().getWaitIntervalFunctionInOpenState().apply(1));
	}

	/**
	 * Ends the timers, which would go on for as long as the breaker is open.
	 */
	void close() {
		this.look.dispose();
		this.prober.use(null);
	}

	@Override
	public String toString() {
		return "DatabasePoolCircuitBreaker[" + state() + "]";
	}

}
