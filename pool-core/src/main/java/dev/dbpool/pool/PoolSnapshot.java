package dev.dbpool.pool;

import java.time.Duration;
import java.util.Optional;

/**
 * The state of a pool at one moment, taken without blocking any caller. The numbers are
 * consistent with each other: {@code total = active + idle + opening + closing}, and
 * {@code acquired - released} is the number of leases, which is {@code active} unless
 * connections serve several leases at the same time.
 *
 * @param name name of the pool
 * @param min connections that are kept open, as far as {@code max} permits
 * @param max bound on {@code total}; 0 if the pool is restricted to none
 * @param total connections of any state
 * @param active connections that are leased
 * @param idle connections without a lease: free, being validated, or being made ready for
 * reuse
 * @param opening connections being opened
 * @param closing connections being closed
 * @param pending callers that wait for a connection
 * @param acquired leases handed out since the start
 * @param released leases that ended since the start
 * @param created connections opened since the start
 * @param destroyed connections closed since the start
 * @param openFailures attempts to open a connection that failed, since the start
 * @param timedOut acquire requests that timed out, since the start
 * @param shed those of the timed out whose wait was shortened by
 * {@link PoolOptions.QueueDiscipline#CODEL}
 * @param rejected callers that were refused because too many waited, since the start
 * @param leaked leases that were held for longer than the leak detection timeout, since
 * the start
 * @param waited how long callers have waited for their leases, in sum since the start
 * @param held how long leases that have ended were held, in sum since the start; in a
 * pool without a listener that listens to leases, each of them to within 10 milliseconds,
 * or more where there are thousands at a time
 * @param oldestWaiter how long the caller has waited that is served next, if any waits
 * @param oldestLease age of the lease that is held longest, if there is any
 * @param lastOpenFailure the message of the last failure to open a connection, if none
 * succeeded since
 * @param suspended whether callers have to wait until the pool is resumed
 */
public record PoolSnapshot(String name, int min, int max, int total, int active, int idle, int opening, int closing,
		int pending, long acquired, long released, long created, long destroyed, long openFailures, long timedOut,
		long shed, long rejected, long leaked, Duration waited, Duration held, Optional<Duration> oldestWaiter,
		Optional<Duration> oldestLease, Optional<String> lastOpenFailure, boolean suspended) {

	/**
	 * Returns the share of the connections that is leased.
	 * @return 1 if all are; more if the maximum was lowered while they were leased
	 */
	public double utilization() {
		return (this.max > 0) ? (double) this.active / this.max : Math.min(1, this.active);
	}

}
