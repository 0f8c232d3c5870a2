package dev.dbpool.autoconfigure.endpoint;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.activity.OperationStatistics.Summary;
import dev.dbpool.autoconfigure.alert.PoolAlert;
import dev.dbpool.autoconfigure.fleet.FleetStatus;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The state of one pool.
 *
 * @param endpoint the server, without path
 * @param status its health, if that is checked
 * @param reason why the health is not {@code UP}
 * @param circuitBreaker state of the circuit breaker, if there is one
 * @param lanes the lanes by name
 * @param replicas the read replicas by the names that they have as lanes
 * @param fleet its share of the connections of all instances, if they share a maximum
 * @param postgrest what its PostgREST reports, if the URL of its admin server is known
 * @param operations its operations
 * @param alerts the alerts that are raised and not resolved yet
 */
record PoolDescriptor(String endpoint, @Nullable String status, @Nullable String reason,
		@Nullable String circuitBreaker, Map<String, LaneDescriptor> lanes, Map<String, ReplicaDescriptor> replicas,
		@Nullable FleetStatus fleet, @Nullable PostgrestState postgrest, RecentOperations operations,
		List<PoolAlert> alerts) {

	/**
	 * The state of one read replica.
	 *
	 * @param endpoint the server, without path
	 * @param available whether reads are sent to it, other than trials
	 * @param circuitBreaker state of its circuit breaker
	 * @param pool its connections
	 */
	record ReplicaDescriptor(String endpoint, boolean available, String circuitBreaker, LaneDescriptor pool) {

		static ReplicaDescriptor of(ReadEndpoint replica) {
			return new ReplicaDescriptor(replica.url().getScheme() + "://" + replica.url().getAuthority(),
					replica.isAvailable(), replica.circuitBreaker().getState().name(),
					LaneDescriptor.of(replica.pool().snapshot(), 0));
		}

	}

	/**
	 * The operations of a pool. Durations are those of the last ten seconds.
	 *
	 * @param count operations that ended since the start
	 * @param errors operations that failed since the start, for whatever reason
	 * @param unknownOutcomes writes that failed since the start and may have taken effect
	 * @param p50Millis median duration
	 * @param p95Millis 95th percentile
	 * @param p99Millis 99th percentile
	 * @param lastMinute operations that ended within the last minute
	 * @param lastMinuteErrors operations that failed within the last minute
	 * @param lastMinuteServerErrors those of them that failed through the fault of the
	 * server or the network
	 */
	record RecentOperations(long count, long errors, long unknownOutcomes, double p50Millis, double p95Millis,
			double p99Millis, long lastMinute, long lastMinuteErrors, long lastMinuteServerErrors) {

		static RecentOperations of(OperationStatistics statistics, String pool) {
			Summary now = statistics.summary(pool, Duration.ofSeconds(10));
			Summary minute = statistics.summary(pool, Duration.ofMinutes(1));
			return new RecentOperations(statistics.count(pool), statistics.failures(pool),
					statistics.unknownOutcomes(pool), OperationsDescriptor.millis(now.p50()),
					OperationsDescriptor.millis(now.p95()), OperationsDescriptor.millis(now.p99()), minute.count(),
					minute.failures(), minute.serverFailures());
		}

	}

	/**
	 * The state of one lane. Counters count since the start of the application.
	 *
	 * @param total connections of any state
	 * @param active leased connections
	 * @param idle free connections
	 * @param opening connections being opened
	 * @param closing connections being closed
	 * @param pending callers that wait for a connection
	 * @param waitingForBreaker calls that wait for the circuit breaker
	 * @param min connections that are kept open
	 * @param max the maximum number of connections
	 * @param utilization share of the maximum that is leased, 0 to 1
	 * @param suspended whether callers wait until the lane is resumed
	 * @param oldestWaiterMillis how long the oldest waiter has waited
	 * @param oldestLeaseMillis age of the oldest lease
	 * @param acquired leases handed out
	 * @param released leases that ended
	 * @param created connections opened
	 * @param destroyed connections closed
	 * @param openFailures attempts to open a connection that failed
	 * @param timedOut acquire requests that timed out
	 * @param rejected callers that were refused because too many waited
	 * @param leaked leases that counted as leaked
	 * @param meanWaitMillis mean time that a caller waited for its lease
	 * @param meanUseMillis mean time that a lease was held
	 * @param lastOpenFailure why the last connection could not be opened, if none was
	 * opened since
	 */
	record LaneDescriptor(int total, int active, int idle, int opening, int closing, int pending, int waitingForBreaker,
			int min, int max, double utilization, boolean suspended, @Nullable Long oldestWaiterMillis,
			@Nullable Long oldestLeaseMillis, long acquired, long released, long created, long destroyed,
			long openFailures, long timedOut, long rejected, long leaked, double meanWaitMillis, double meanUseMillis,
			@Nullable String lastOpenFailure) {

		static LaneDescriptor of(PoolSnapshot lane, int waitingForBreaker) {
			return new LaneDescriptor(lane.total(), lane.active(), lane.idle(), lane.opening(), lane.closing(),
					lane.pending(), waitingForBreaker, lane.min(), lane.max(), rounded(lane.utilization()),
					lane.suspended(), lane.oldestWaiter().map(Duration::toMillis).orElse(null),
					lane.oldestLease().map(Duration::toMillis).orElse(null), lane.acquired(), lane.released(),
					lane.created(), lane.destroyed(), lane.openFailures(), lane.timedOut(), lane.rejected(),
					lane.leaked(), mean(lane.waited(), lane.acquired()), mean(lane.held(), lane.released()),
					lane.lastOpenFailure().orElse(null));
		}

		private static double mean(Duration sum, long number) {
			return (number > 0) ? rounded(sum.toNanos() / 1e6 / number) : 0;
		}

		private static double rounded(double value) {
			return Math.round(value * 1000) / 1000.0;
		}

	}

}
