package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import dev.dbpool.autoconfigure.LogLines;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

class DatabasePoolCircuitBreakerTests {

	private final CircuitBreaker delegate = CircuitBreaker.of("databasePool",
			CircuitBreakerConfig.custom()
				.slidingWindowSize(2)
				.minimumNumberOfCalls(2)
				.failureRateThreshold(100)
				.waitDurationInOpenState(Duration.ofSeconds(10))
				.permittedNumberOfCallsInHalfOpenState(1)
				.build());

	private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();

	private final DatabasePoolCircuitBreaker breaker = new DatabasePoolCircuitBreaker(this.delegate, this.scheduler);

	@Test
	void logsEachChangeOfItsStateWithTheReason() {
		try (LogLines lines = LogLines.of(DatabasePoolCircuitBreaker.class.getName())) {
			fail("first");
			fail("connection refused by db:3000");
			this.delegate.transitionToHalfOpenState();
			fail("still refused");
			this.delegate.transitionToHalfOpenState();
			this.breaker.succeeded(this.breaker.now(), true);
			this.delegate.transitionToForcedOpenState();
			this.delegate.transitionToClosedState();
			assertThat(lines.get()).containsExactly(
					"WARN Circuit breaker 'databasePool' opened: 2 of the last 2 calls failed, the last one with: "
							+ "connection refused by db:3000. Calls wait or are rejected, the next trial is in 10000ms",
					"INFO Circuit breaker 'databasePool' is half-open: it lets 1 call through",
					"WARN Circuit breaker 'databasePool' opened: 1 of the last 1 call failed, the last one with: "
							+ "still refused. Calls wait or are rejected, the next trial is in 10000ms",
					"INFO Circuit breaker 'databasePool' is half-open: it lets 1 call through",
					"INFO Circuit breaker 'databasePool' closed: the server answers again",
					"WARN Circuit breaker 'databasePool' was opened manually: nothing is sent to the server",
					"INFO Circuit breaker 'databasePool' closed");
		}
	}

	@Test
	void schedulesNothingAfterItIsClosed() {
		fail("first");
		fail("second");
		this.scheduler.advanceTimeBy(Duration.ofSeconds(20));
		long scheduled = this.scheduler.getScheduledTaskCount();
		this.breaker.close();
		this.scheduler.advanceTimeBy(Duration.ofMinutes(1));
		assertThat(this.scheduler.getScheduledTaskCount()).isEqualTo(scheduled);
	}

	private void fail(String message) {
		this.delegate.onError(1, TimeUnit.MILLISECONDS, new ProbeFailedException(message, null));
	}

}
