package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.postgrest.error.Failure;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.core.IntervalFunction;

/**
 * A read replica: its pool, and its circuit breaker. No read is sent to it while the
 * breaker is open, while its pool is suspended, and while it has no connection and none
 * can be opened. The half-open breaker lets trial reads through; one that fails moves to
 * another endpoint. Safe for use from any thread.
 */
public final class ReadEndpoint {

	/**
	 * Opens after three failures in a row. One read tries the replica after half a
	 * second, then after twice the time before, up to ten seconds.
	 */
	static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.custom()
		.slidingWindow(3, 3, SlidingWindowType.COUNT_BASED)
		.failureRateThreshold(100)
		.slowCallDurationThreshold(Duration.ofDays(365))
		.waitIntervalFunctionInOpenState(
				IntervalFunction.ofExponentialBackoff(Duration.ofMillis(500), 2, Duration.ofSeconds(10)))
		.automaticTransitionFromOpenToHalfOpenEnabled(true)
		.permittedNumberOfCallsInHalfOpenState(1)
		.writableStackTraceEnabled(false)
		.build();

	private final URI url;

	private final ConnectionPool<ClientConnection> pool;

	private final CircuitBreaker breaker;

	ReadEndpoint(URI url, ConnectionPool<ClientConnection> pool, CircuitBreaker breaker) {
		this.url = url;
		this.pool = pool;
		this.breaker = breaker;
	}

	/**
	 * Returns where the replica is.
	 * @return its base URL, without the REST path
	 */
	public URI url() {
		return this.url;
	}

	/**
	 * Returns its pool, to look at or to control.
	 * @return the pool
	 */
	public ConnectionPool<?> pool() {
		return this.pool;
	}

	ConnectionPool<ClientConnection> connections() {
		return this.pool;
	}

	/**
	 * Returns its circuit breaker, to look at or to control: one that is forced open
	 * leaves the replica out until it is closed.
	 * @return the breaker
	 */
	public CircuitBreaker circuitBreaker() {
		return this.breaker;
	}

	/**
	 * Returns whether reads are sent to it at present, other than trials.
	 * @return {@code false} if it is left out
	 */
	public boolean isAvailable() {
		return switch (this.breaker.getState()) {
			case OPEN, FORCED_OPEN, HALF_OPEN -> false;
			default -> isReady(this.pool.snapshot());
		};
	}

	private static boolean isReady(PoolSnapshot present) {
		boolean unreachable = present.lastOpenFailure().isPresent() && present.active() + present.idle() == 0;
		return !unreachable && !present.suspended();
	}

	/**
	 * Returns whether a read may be sent to it, if its breaker lets it through. The open
	 * breaker is asked only if it does not become half-open by itself.
	 */
	boolean isUsable() {
		return switch (this.breaker.getState()) {
			case FORCED_OPEN -> false;
			case OPEN -> !this.breaker.getCircuitBreakerConfig().isAutomaticTransitionFromOpenToHalfOpenEnabled()
					&& isReady(this.pool.snapshot());
			default -> isReady(this.pool.snapshot());
		};
	}

	/**
	 * Asks the breaker to let a read through.
	 * @return the read, which must be ended; nothing if it is not let through
	 */
	Optional<Use> tryUse() {
		return this.breaker.tryAcquirePermission() ? Optional.of(new Use()) : Optional.empty();
	}

	/**
	 * Returns how many callers use it or wait for it.
	 */
	int load() {
		return this.pool.snapshot().active() + this.pool.pending();
	}

	@Override
	public String toString() {
		return this.url + (isAvailable() ? "" : " (left out)");
	}

	/**
	 * A read that the breaker has let through. It goes from {@code CHOSEN} to
	 * {@code BEGUN}, and from either to {@code ENDED}, by compare-and-set, so that the
	 * breaker learns once how it has ended. A read that began before the breaker opened
	 * does not count in the half-open one.
	 */
	final class Use {

		private enum Phase {

			CHOSEN, BEGUN, ENDED

		}

		private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.CHOSEN);

		private final boolean trial = state() == State.HALF_OPEN;

		private final long since = System.nanoTime();

		private State state() {
			return ReadEndpoint.this.breaker.getState();
		}

		ReadEndpoint endpoint() {
			return ReadEndpoint.this;
		}

		/**
		 * Begins, unless it has begun or ended.
		 */
		boolean begin() {
			return this.phase.compareAndSet(Phase.CHOSEN, Phase.BEGUN);
		}

		/**
		 * Notes a result, or an element of it. A trial that streams has succeeded with
		 * its first element, since it may last for hours.
		 * @param last whether nothing follows
		 */
		void answered(boolean last) {
			if (last || this.trial) {
				succeeded();
			}
		}

		void succeeded() {
			if (ends()) {
				ReadEndpoint.this.breaker.onSuccess(elapsed(), TimeUnit.NANOSECONDS);
			}
		}

		void failed(Throwable failure) {
			if (ends()) {
				ReadEndpoint.this.breaker.onError(elapsed(), TimeUnit.NANOSECONDS, failure);
			}
		}

		/**
		 * Ends it with what has failed the read. A statement that took too long while the
		 * replica answered others is no failure of the replica.
		 * @param failure what that means
		 * @param stillRuns whether the statement goes on at the server
		 * @return whether the read may go on elsewhere
		 */
		boolean failed(Throwable thrown, Failure failure, boolean stillRuns) {
			boolean timeout = failure.kind() == Failure.Kind.TIMEOUT;
			boolean unsent = PoolExceptionTranslator.unsent(thrown).isPresent();
			boolean ofServer = failure.countsAgainstServer() && !unsent && !(timeout && stillRuns);
			if (ofServer) {
				failed(thrown);
			}
			else if (!timeout && !unsent && !(thrown instanceof PoolException)) {
				succeeded();
			}
			else {
				abandoned();
			}
			return ofServer || unsent || thrown instanceof AcquireTimeoutException
					|| thrown instanceof AcquireRejectedException;
		}

		/**
		 * Ends it without saying anything about the replica. A trial that was sent and
		 * given up without an answer has failed, so that a replica that does not answer
		 * is not tried by one read after another.
		 */
		void abandoned() {
			boolean sent = this.phase.get() == Phase.BEGUN;
			if (!ends()) {
				return;
			}
			if (this.trial && sent) {
				ReadEndpoint.this.breaker.onError(elapsed(), TimeUnit.NANOSECONDS,
						new TimeoutException("It was given up before " + ReadEndpoint.this.url + " answered"));
			}
			else {
				ReadEndpoint.this.breaker.releasePermission();
			}
		}

		private boolean ends() {
			return this.phase.getAndSet(Phase.ENDED) != Phase.ENDED && (this.trial || state() != State.HALF_OPEN);
		}

		private long elapsed() {
			return System.nanoTime() - this.since;
		}

	}

}
