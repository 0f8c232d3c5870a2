package dev.dbpool.autoconfigure.health;

import java.util.concurrent.TimeUnit;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.autoconfigure.resilience.ProbeFailedException;
import dev.dbpool.client.PooledClientBuilder;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.pool.PoolSnapshot;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Takes the trial of a read replica whose half-open circuit breaker no read has tried
 * since the last look, so that the replica is used again without traffic.
 */
final class ReplicaCheck {

	private final ReadEndpoint replica;

	private final ServerCheck check;

	private final Disposable.Swap trial = Disposables.swap();

	private volatile boolean halfOpen;

	ReplicaCheck(DatabasePool pool, ReadEndpoint replica) {
		this.replica = replica;
		this.check = new ServerCheck(pool, PooledClientBuilder.onReadEndpoint(pool.client(), replica));
	}

	/**
	 * Looks at the breaker, which is to be done once a second.
	 */
	void look() {
		CircuitBreaker breaker = this.replica.circuitBreaker();
		boolean before = this.halfOpen;
		this.halfOpen = breaker.getState() == State.HALF_OPEN;
		if (before && this.halfOpen && isIdle() && breaker.tryAcquirePermission()) {
			this.trial.update(this.check.run()
				.doOnCancel(breaker::releasePermission)
				.subscribe((result) -> ended(breaker, result)));
		}
	}

	private boolean isIdle() {
		PoolSnapshot pool = this.replica.pool().snapshot();
		return pool.idle() > 0 && !pool.suspended();
	}

	/**
	 * Notes what the trial has found. An answer that refuses the check does not say
	 * whether the replica can be read.
	 */
	private static void ended(CircuitBreaker breaker, CheckResult result) {
		long nanos = result.took().toNanos();
		if (result.is(Verdict.OK)) {
			breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
		}
		else if (result.answered()) {
			breaker.releasePermission();
		}
		else {
			breaker.onError(nanos, TimeUnit.NANOSECONDS, new ProbeFailedException(result.reason(), null));
		}
	}

	void stop() {
		this.trial.update(Disposables.disposed());
	}

}
