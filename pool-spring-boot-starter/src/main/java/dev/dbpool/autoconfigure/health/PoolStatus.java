package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Status;

/**
 * Decides on the health from what is known.
 * <ul>
 * <li>{@code DOWN}: the last check failed, the circuit breaker is open, a lane has no
 * connection and none could be opened, or calls have been under way without any answer
 * for longer than a check may take.</li>
 * <li>{@code UNKNOWN}: no check has ended yet.</li>
 * <li>{@code DEGRADED}: the breaker is half-open, callers wait for a connection most of
 * the time, or at least three operations, and a share of all, had to be repeated or
 * failed through the fault of the server within the window.</li>
 * <li>{@code UP}: none of these.</li>
 * </ul>
 *
 * @param status the status
 * @param reason why it is not {@code UP}
 */
record PoolStatus(Status status, Optional<String> reason) {

	static final Status DEGRADED = new Status("DEGRADED");

	private static final int TOLERATED_ERRORS = 2;

	/**
	 * Takes snapshots of the pools of all lanes.
	 */
	static Map<Lane, PoolSnapshot> lanes(PooledClient client) {
		Map<Lane, PoolSnapshot> lanes = new LinkedHashMap<>();
		for (Lane lane : Lane.values()) {
			lanes.put(lane, client.pool(lane).snapshot());
		}
		return lanes;
	}

	/**
	 * Decides on the health.
	 * @param check the last check
	 * @param breaker the state of the circuit breaker
	 * @param lanes the pool of each lane
	 * @param waiting when callers waited for a connection
	 * @param counts the operations of the last while
	 * @param errorRateThreshold the share of troubled operations in percent
	 * @param silence how long nothing was answered while calls were under way, if that is
	 * longer than a check may take
	 */
	static PoolStatus of(Optional<CheckResult> check, @Nullable State breaker, Map<Lane, PoolSnapshot> lanes,
			WaitingWindow waiting, ErrorWindow.Counts counts, int errorRateThreshold, Optional<Duration> silence) {
		if (check.isPresent() && check.get().is(CheckResult.Verdict.FAILED)) {
			return of(Status.DOWN, check.get().reason());
		}
		if (breaker == State.OPEN || breaker == State.FORCED_OPEN) {
			return of(Status.DOWN, "the circuit breaker is open");
		}
		for (Map.Entry<Lane, PoolSnapshot> lane : lanes.entrySet()) {
			if (isCutOff(lane.getValue())) {
				return of(Status.DOWN, "the %s lane has no connection, and none could be opened: %s"
					.formatted(lane.getKey().id(), lane.getValue().lastOpenFailure().orElse("")));
			}
		}
		if (silence.isPresent() && lanes.values().stream().anyMatch(PoolStatus::isInUse)) {
			return of(Status.DOWN, "no call was answered within the last %dms".formatted(silence.get().toMillis()));
		}
		if (check.isEmpty()) {
			return of(Status.UNKNOWN, "the first check has not ended yet");
		}
		if (breaker == State.HALF_OPEN) {
			return of(DEGRADED, "the circuit breaker is half-open");
		}
		for (Map.Entry<Lane, PoolSnapshot> lane : lanes.entrySet()) {
			PoolSnapshot pool = lane.getValue();
			if (waiting.isOften(lane.getKey())) {
				return of(DEGRADED,
						"callers waited for the %s lane in %d of the last %d seconds (%d of %d connections leased, %d opening, %s now)"
							.formatted(lane.getKey().id(), waiting.seconds(lane.getKey()), WaitingWindow.SECONDS,
									pool.active(), pool.max(), pool.opening(),
									(pool.pending() == 1) ? "1 waits" : pool.pending() + " wait"));
			}
		}
		long troubled = counts.retries() + counts.errors();
		if (troubled > TOLERATED_ERRORS && troubled * 100 >= errorRateThreshold * counts.operations()) {
			return of(DEGRADED,
					"%s and %s of the server in %s within the last %dms".formatted(
							count(counts.retries(), "retry", "retries"), count(counts.errors(), "failure", "failures"),
							count(counts.operations(), "operation", "operations"), counts.length().toMillis()));
		}
		return new PoolStatus(Status.UP, Optional.empty());
	}

	/**
	 * Returns this status, or if it is {@code UP} and there is a reason, a degraded one.
	 */
	PoolStatus orDegraded(Supplier<Optional<String>> reason) {
		return this.status.equals(Status.UP) ? reason.get().map((found) -> of(DEGRADED, found)).orElse(this) : this;
	}

	/**
	 * Returns whether a lane has no connection, and could not open the one that it wants.
	 */
	static boolean isCutOff(PoolSnapshot lane) {
		boolean wanted = lane.pending() > 0 || lane.min() > 0;
		return wanted && lane.active() + lane.idle() == 0 && lane.lastOpenFailure().isPresent();
	}

	/**
	 * Returns whether callers wait for an answer or for a connection.
	 */
	static boolean isInUse(PoolSnapshot lane) {
		return lane.active() > 0 || lane.pending() > 0;
	}

	boolean isDown() {
		return this.status.equals(Status.DOWN);
	}

	private static String count(long number, String one, String many) {
		return number + " " + ((number == 1) ? one : many);
	}

	private static PoolStatus of(Status status, String reason) {
		return new PoolStatus(status, Optional.of(reason));
	}

}
