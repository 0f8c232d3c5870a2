package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The circuit breaker of the pool, as the health check sees it. Logs each change of its
 * state with the reason. Safe for use from any thread.
 */
public final class DatabasePoolCircuitBreaker {

	private static final Logger logger = LoggerFactory.getLogger(DatabasePoolCircuitBreaker.class);

	private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

	private final CircuitBreaker delegate;

	private volatile @Nullable Instant openSince;

	private volatile @Nullable Throwable lastFailure;

	DatabasePoolCircuitBreaker(CircuitBreaker delegate) {
		this.delegate = delegate;
		delegate.getEventPublisher()
			.onError((event) -> this.lastFailure = event.getThrowable())
			.onStateTransition(this::remember);
	}

	private void remember(CircuitBreakerOnStateTransitionEvent event) {
		if (event.getStateTransition().getToState() == State.OPEN) {
			this.openSince = event.getCreationTime().toInstant();
		}
		log(event.getStateTransition());
	}

	private void log(StateTransition transition) {
		String name = this.delegate.getName();
		switch (transition.getToState()) {
			case OPEN -> logger.warn(
					"Circuit breaker '{}' opened: {} of the last {} failed{}. Nothing is sent to the server for {}ms",
					name, metrics().getNumberOfFailedCalls(), calls(metrics().getNumberOfBufferedCalls()),
					lastFailure(), waitDuration().toMillis());
			case FORCED_OPEN ->
				logger.warn("Circuit breaker '{}' was opened manually: nothing is sent to the server", name);
			case HALF_OPEN -> logger.info("Circuit breaker '{}' is half-open: it lets {} through", name,
					calls(this.delegate.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState()));
			case CLOSED -> logger.info("Circuit breaker '{}' closed{}", name,
					(transition.getFromState() == State.HALF_OPEN) ? ": the server answers again" : "");
			default -> logger.info("Circuit breaker '{}' is {}", name, transition.getToState());
		}
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
	 * Calls back when the breaker becomes half-open, on whatever thread that happens.
	 * @param callback what to run; quick and not blocking
	 */
	public void onHalfOpen(Runnable callback) {
		this.delegate.getEventPublisher().onStateTransition((event) -> {
			if (event.getStateTransition().getToState() == State.HALF_OPEN) {
				callback.run();
			}
		});
	}

	/**
	 * Asks to be one of the trial calls of the half-open breaker. Who may has to call
	 * {@link #trialSucceeded}, {@link #trialFailed} or {@link #trialAbandoned}.
	 * @return whether the caller is a trial call
	 */
	public boolean tryTrial() {
		return state() == State.HALF_OPEN && this.delegate.tryAcquirePermission();
	}

	/**
	 * Records a trial call that succeeded.
	 * @param took how long it took
	 */
	public void trialSucceeded(Duration took) {
		this.delegate.onSuccess(took.toNanos(), TimeUnit.NANOSECONDS);
	}

	/**
	 * Records a trial call that failed.
	 * @param took how long it took
	 * @param reason why it failed
	 */
	public void trialFailed(Duration took, String reason) {
		this.delegate.onError(took.toNanos(), TimeUnit.NANOSECONDS, new TrialFailedException(reason));
	}

	/**
	 * Returns a trial call that was not made.
	 */
	public void trialAbandoned() {
		this.delegate.releasePermission();
	}

	String describeRefusal() {
		String breaker = "circuit breaker '" + this.delegate.getName() + "' ";
		Instant since = this.openSince;
		return switch (state()) {
			case FORCED_OPEN -> breaker + "was opened manually, so nothing is sent to the server. Close it to go on";
			case OPEN -> breaker + "is open since the server failed too often, so nothing is sent to it for now. "
					+ ((since != null) ? "It tries again at " + since.plus(waitDuration()) : "It tries again later");
			default -> breaker + "is half-open and its trial calls are under way. It lets more through "
					+ "when they have succeeded";
		};
	}

	/**
	 * Returns how long the breaker stays open, or a second where that is not known.
	 */
	Duration retryAfter() {
		Instant since = this.openSince;
		Duration left = (since != null && state() == State.OPEN)
				? Duration.between(Instant.now(), since.plus(waitDuration())) : Duration.ZERO;
		return (left.compareTo(SHORTEST_WAIT) > 0) ? left : SHORTEST_WAIT;
	}

	private Duration waitDuration() {
		return Duration.ofMillis(this.delegate.getCircuitBreakerConfig().getWaitIntervalFunctionInOpenState().apply(1));
	}

	@Override
	public String toString() {
		return "DatabasePoolCircuitBreaker[" + state() + "]";
	}

}
