package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.PoolInstances;
import dev.dbpool.client.AttemptFailedException;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;

/**
 * Repeats attempts that failed in a way that passes, as long as the configured
 * {@link Retry} of the pool says so. It waits for the back-off, or for as long as the
 * server asked for if that is longer, and gives up immediately if that is more than a
 * minute, or the deadline of the operation would pass before, or the {@link RetryBudget}
 * of the pool is used up. What must not be repeated is not, even if the exceptions
 * configured for the {@code Retry} name it, or the {@link RetryClassifier} of the
 * application asks for it. Success costs next to nothing. An operation that says how
 * often it may be repeated has its own limit.
 */
final class RetryInterceptor implements OperationInterceptor {

	private final RetryRegistry registry;

	private final RetryBudgets budgets;

	private final RetryClassifier classifier;

	private final Mono<Void> closing;

	private final Map<String, Retry> retries = new ConcurrentHashMap<>();

	private final Map<Limited, Retry> limited = new ConcurrentHashMap<>();

	/**
	 * Creates an interceptor.
	 * @param classifier decides which failures are worth a retry
	 * @param closing completes when the pools close, so that no operation waits any more
	 */
	RetryInterceptor(RetryRegistry registry, RetryBudgets budgets, RetryClassifier classifier, Mono<Void> closing) {
		this.registry = registry;
		this.budgets = budgets;
		this.classifier = classifier;
		this.closing = closing;
	}

	/**
	 * Returns the instance of a pool. One for which nothing is configured is like that of
	 * the default pool.
	 */
	private Retry retry(String pool) {
		Retry known = this.retries.get(pool);
		return (known != null) ? known : this.retries.computeIfAbsent(pool, this::find);
	}

	private Retry find(String pool) {
		String instance = PoolInstances.name(pool);
		return this.registry.find(instance)
			.orElseGet(() -> pool.equals(DatabasePool.DEFAULT) ? this.registry.retry(instance)
					: this.registry.retry(instance, find(DatabasePool.DEFAULT).getRetryConfig()));
	}

	@Override
	public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		RetryBudget budget = this.budgets.of(operation.pool());
		budget.deposit();
		Attempts attempts = new Attempts(operation, budget, retry(operation).asyncContext());
		if (attempt instanceof Mono<T> mono) {
			return attempts.repeat(mono).doOnSuccess((value) -> attempts.context.onComplete());
		}
		return attempts.repeat(Flux.from(attempt)).doOnComplete(attempts.context::onComplete);
	}

	private Retry retry(Operation operation) {
		OptionalInt retries = operation.retries();
		return retries.isPresent()
				? this.limited.computeIfAbsent(new Limited(operation.pool(), retries.getAsInt()), this::limited)
				: retry(operation.pool());
	}

	/**
	 * The retry of a pool with another number of repetitions. It is not in the registry,
	 * so that it has no meters of Resilience4j.
	 */
	private Retry limited(Limited limit) {
		Retry retry = retry(limit.pool());
		return Retry.of(retry.getName(),
				RetryConfig.from(retry.getRetryConfig()).maxAttempts(limit.retries() + 1).build());
	}

	/**
	 * A pool, and how often its operations are repeated.
	 */
	private record Limited(String pool, int retries) {

	}

	/**
	 * The attempts of one operation.
	 */
	private final class Attempts {

		private static final Duration NONE = Duration.ofNanos(-1);

		/**
		 * PostgREST asks for 32 seconds at most. A longer wait is an error to report to
		 * the caller.
		 */
		private static final Duration LONGEST_ASKED_WAIT = Duration.ofMinutes(1);

		private final Operation operation;

		private final RetryBudget budget;

		private final Retry.AsyncContext<Object> context;

		private final long startedAt = System.nanoTime();

		Attempts(Operation operation, RetryBudget budget, Retry.AsyncContext<Object> context) {
			this.operation = operation;
			this.budget = budget;
			this.context = context;
		}

		private Mono<Void> delay(Duration wait) {
			return Mono.firstWithSignal(Mono.delay(wait).then(), RetryInterceptor.this.closing);
		}

		<T> Mono<T> repeat(Mono<T> attempt) {
			return attempt.onErrorResume((failure) -> {
				Duration wait = backOff(failure);
				return wait.isNegative() ? Mono.error(failure) : delay(wait).then(repeat(attempt));
			});
		}

		<T> Flux<T> repeat(Flux<T> attempt) {
			return attempt.onErrorResume((failure) -> {
				Duration wait = backOff(failure);
				return wait.isNegative() ? Flux.error(failure) : delay(wait).thenMany(repeat(attempt));
			});
		}

		private Duration backOff(Throwable thrown) {
			Throwable failure = (thrown instanceof AttemptFailedException attempt) ? classified(attempt) : thrown;
			long millis = this.context.onError(failure);
			if (millis < 0 || !(failure instanceof AttemptFailedException attempt) || !attempt.isRetryable()) {
				return NONE;
			}
			Duration backOff = Duration.ofMillis(millis);
			Duration asked = attempt.retryAfter().orElse(backOff);
			if (asked.compareTo(LONGEST_ASKED_WAIT) > 0 && asked.compareTo(backOff) > 0) {
				return NONE;
			}
			Duration wait = (asked.compareTo(backOff) > 0) ? asked : backOff;
			return (isPastDeadline(wait) || !isWithinBudget(attempt)) ? NONE : wait;
		}

		private AttemptFailedException classified(AttemptFailedException attempt) {
			Throwable cause = Objects.requireNonNullElse(attempt.getCause(), attempt);
			try {
				return switch (RetryInterceptor.this.classifier.classify(this.operation, cause)) {
					case DEFAULT -> attempt;
					case RETRY -> attempt.decided(true);
					case FAIL -> attempt.decided(false);
				};
			}
			catch (RuntimeException ex) {
				if (ex != cause) {
					cause.addSuppressed(ex);
				}
				return attempt.decided(false);
			}
		}

		/**
		 * Takes the retry from the budget. One for which a limit on the rate of requests
		 * has set the time is not load that the server has not asked for.
		 */
		private boolean isWithinBudget(AttemptFailedException attempt) {
			if ((attempt.isRateLimited() && attempt.retryAfter().isPresent()) || this.budget.tryWithdraw()) {
				return true;
			}
			if (attempt.getCause() instanceof DataAccessException failure) {
				failure.addSuppressed(new RetryRefusedException(this.operation.pool(), this.budget));
			}
			return false;
		}

		private boolean isPastDeadline(Duration wait) {
			Duration end = wait.plusNanos(System.nanoTime() - this.startedAt);
			return this.operation.deadline().filter((deadline) -> end.compareTo(deadline) >= 0).isPresent();
		}

	}

}
