package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicBoolean;

import dev.dbpool.client.GradientLimit.Sample;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.transport.HttpConnection;

/**
 * Resizes one pool to the limit that the answers of its server show, between the minimum
 * and the maximum of the pool. If the pool was resized by others, these become its
 * bounds. Safe for use from any thread; only one thread at a time resizes.
 */
final class ConcurrencyLimiter {

	private static final int SERVICE_UNAVAILABLE = 503;

	private final ConnectionPool<?> pool;

	private final GradientLimit limit;

	private final DrainLoop resizing = new DrainLoop(this::resize);

	private volatile int applied;

	private volatile int max;

	ConcurrencyLimiter(ConnectionPool<?> pool) {
		this.pool = pool;
		this.max = pool.options().maxConnections();
		this.applied = this.max;
		this.limit = new GradientLimit(Math.max(1, pool.options().minConnections()), this.max);
	}

	/**
	 * Notes that a connection was leased for requests.
	 * @param operation the name of their operation
	 */
	InFlight begin(String operation) {
		long now = System.nanoTime();
		return new InFlight(operation, now, this.limit.begin(now));
	}

	/**
	 * Returns how many leases for requests have begun and not ended.
	 */
	int inFlight() {
		return this.limit.inFlight();
	}

	private void apply() {
		if (this.limit.limit() != this.applied) {
			this.resizing.run();
		}
	}

	private void resize() {
		int size = this.pool.size();
		if (size != this.applied) {
			this.max = size;
		}
		int min = this.pool.snapshot().min();
		this.limit.bound(Math.max(1, min), this.max);
		int next = this.limit.limit();
		if (next != size) {
			this.pool.resize(min, next);
		}
		this.applied = next;
	}

	/**
	 * The requests of one lease, as one statement.
	 */
	final class InFlight {

		private final String operation;

		private final int inFlightBefore;

		private final long startedAt;

		private final AtomicBoolean ended = new AtomicBoolean();

		private InFlight(String operation, long startedAt, int inFlightBefore) {
			this.operation = operation;
			this.startedAt = startedAt;
			this.inFlightBefore = inFlightBefore;
		}

		/**
		 * Notes that the lease has ended. A statement that was given up stays in flight
		 * until it is answered or its connection is closed.
		 */
		void end(HttpConnection connection) {
			if (!this.ended.compareAndSet(false, true)) {
				return;
			}
			if (connection.exchangesInFlight() > 0) {
				connection.whenIdle().whenComplete((none, failure) -> {
					leave();
					gaveUp();
				});
			}
			else {
				leave();
			}
		}

		private void leave() {
			ConcurrencyLimiter.this.limit.end(System.nanoTime());
		}

		/**
		 * Notes that all requests were answered.
		 */
		void answered() {
			ConcurrencyLimiter.this.limit.answered(sample());
			apply();
		}

		/**
		 * Notes that a request has failed.
		 */
		void failed(Throwable thrown) {
			if (reportsOverload(thrown)) {
				ConcurrencyLimiter.this.limit.overloaded(this.startedAt, System.nanoTime());
				apply();
			}
		}

		private void gaveUp() {
			ConcurrencyLimiter.this.limit.gaveUp(sample());
			apply();
		}

		private Sample sample() {
			return new Sample(this.operation, this.startedAt, System.nanoTime(), this.inFlightBefore,
					ConcurrencyLimiter.this.pool.pending() > 0);
		}

		private static boolean reportsOverload(Throwable thrown) {
			return Failure.of(thrown).kind() == Failure.Kind.OVERLOAD || PostgrestException.in(thrown)
				.flatMap((answer) -> answer.error().status())
				.filter((status) -> status.value() == SERVICE_UNAVAILABLE)
				.isPresent();
		}

	}

}
