package dev.dbpool.autoconfigure.resilience;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.client.ReadEndpoint;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The circuit breakers of the read replicas. Logs each change of their state with the
 * reason.
 */
public final class ReplicaBreakers {

	private static final Logger logger = LoggerFactory.getLogger(ReplicaBreakers.class);

	private final DatabasePools pools;

	ReplicaBreakers(DatabasePools pools) {
		this.pools = pools;
	}

	void logChanges() {
		onChange((pool, transition, text) -> {
			if (opens(transition.getToState())) {
				logger.warn("{}", text);
			}
			else {
				logger.info("{}", text);
			}
		});
	}

	/**
	 * Adds a listener for changes of the state of any replica. It is called on the thread
	 * that caused the change, and must not block.
	 * @param listener takes the name of the pool, and what happened, for people
	 */
	public void onChange(BiConsumer<String, String> listener) {
		onChange((pool, transition, text) -> listener.accept(pool, text));
	}

	private void onChange(Listener listener) {
		for (DatabasePool pool : this.pools.all()) {
			for (ReadEndpoint replica : pool.client().readEndpoints()) {
				AtomicReference<@Nullable Throwable> last = new AtomicReference<>();
				CircuitBreaker breaker = replica.circuitBreaker();
				breaker.getEventPublisher()
					.onError((error) -> last.set(error.getThrowable()))
					.onStateTransition((change) -> listener.changed(pool.name(), change.getStateTransition(),
							describe(replica, change.getStateTransition(), last.get())));
			}
		}
	}

	private static boolean opens(State state) {
		return state == State.OPEN || state == State.FORCED_OPEN;
	}

	private static String describe(ReadEndpoint replica, StateTransition change, @Nullable Throwable last) {
		CircuitBreaker breaker = replica.circuitBreaker();
		String subject = "Circuit breaker '%s' of replica %s ".formatted(breaker.getName(),
				replica.url().getAuthority());
		return subject + switch (change.getToState()) {
			case OPEN -> "opened: %s failed%s. Reads go to other endpoints until a trial succeeds".formatted(
					(change.getFromState() == State.HALF_OPEN) ? "the trial"
							: "%d of the last %d reads".formatted(breaker.getMetrics().getNumberOfFailedCalls(),
									breaker.getMetrics().getNumberOfBufferedCalls()),
					(last != null) ? ", the last one with: " + last.getMessage() : "");
			case FORCED_OPEN -> "was opened manually: no read is sent to it";
			case HALF_OPEN -> "is half-open: the next read tries it";
			case CLOSED -> "closed" + ((change.getFromState() == State.HALF_OPEN) ? ": it answers again" : "");
			default -> "is " + change.getToState();
		};
	}

	private interface Listener {

		void changed(String pool, StateTransition transition, String text);

	}

}
