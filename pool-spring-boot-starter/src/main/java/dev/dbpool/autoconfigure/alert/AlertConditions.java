package dev.dbpool.autoconfigure.alert;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.activity.PoolSampler;
import dev.dbpool.autoconfigure.alert.PoolAlert.Type;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.pool.PoolSnapshot;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Decides for one pool which alerts there is reason for at this moment. Not safe for use
 * from several threads.
 */
final class AlertConditions {

	/** That of the health, so that both end at the same time. */
	private static final Duration LEAK_WINDOW = Duration.ofMinutes(5);

	/** Longer than the attempt of a connection that is opened, and the wait before it. */
	private static final Duration OPEN_FAILURE_WINDOW = Duration.ofSeconds(30);

	private final DatabasePool pool;

	private final PoolSampler sampler;

	private final @Nullable DatabasePoolCircuitBreakers breakers;

	private final @Nullable DatabasePoolHealths healths;

	private final Map<Lane, Long> timedOut = new EnumMap<>(Lane.class);

	AlertConditions(DatabasePool pool, PoolSampler sampler, @Nullable DatabasePoolCircuitBreakers breakers,
			@Nullable DatabasePoolHealths healths) {
		this.pool = pool;
		this.sampler = sampler;
		this.breakers = breakers;
		this.healths = healths;
	}

	/**
	 * Returns the reason for each type of alert.
	 */
	Map<Type, Optional<String>> evaluate() {
		Map<Lane, PoolSnapshot> lanes = new EnumMap<>(Lane.class);
		for (Lane lane : Lane.values()) {
			lanes.put(lane, this.pool.client().pool(lane).snapshot());
		}
		Map<Type, Optional<String>> reasons = new LinkedHashMap<>();
		reasons.put(Type.EXHAUSTED, first(lanes, AlertConditions::exhausted));
		reasons.put(Type.WAITING_TOO_LONG, first(lanes, this::waitingTooLong));
		reasons.put(Type.CONNECTION_ERRORS, first(lanes, this::connectionErrors).or(this::connectionErrorsOfReplicas));
		reasons.put(Type.CIRCUIT_BREAKER_OPEN, breakerOpen());
		reasons.put(Type.REPLICA_LEFT_OUT, replicaLeftOut());
		reasons.put(Type.LEAK, first(lanes, this::leak));
		Optional<Health> health = (this.healths != null) ? this.healths.of(this.pool.name()) : Optional.empty();
		reasons.put(Type.DEGRADED, reason(health, "DEGRADED"));
		reasons.put(Type.UNHEALTHY, reason(health, Status.DOWN.getCode()));
		return reasons;
	}

	/**
	 * Asks for all lanes, since a condition may compare with the last time.
	 */
	private static Optional<String> first(Map<Lane, PoolSnapshot> lanes,
			Function<Map.Entry<Lane, PoolSnapshot>, Optional<String>> condition) {
		return lanes.entrySet()
			.stream()
			.map((lane) -> condition.apply(lane).map((reason) -> "%s lane: %s".formatted(lane.getKey().id(), reason)))
			.toList()
			.stream()
			.flatMap(Optional::stream)
			.findFirst();
	}

	private static Optional<String> exhausted(Map.Entry<Lane, PoolSnapshot> lane) {
		PoolSnapshot state = lane.getValue();
		return (state.active() >= state.max() && state.pending() > 0)
				? Optional.of("%d of %d connections are leased, callers waiting: %d".formatted(state.active(),
						state.max(), state.pending()))
				: Optional.empty();
	}

	private Optional<String> waitingTooLong(Map.Entry<Lane, PoolSnapshot> lane) {
		PoolSnapshot state = lane.getValue();
		Long before = this.timedOut.put(lane.getKey(), state.timedOut());
		long timeouts = (before != null) ? state.timedOut() - before : 0;
		if (timeouts > 0) {
			return Optional.of("callers got no connection within %dms".formatted(longest().toMillis()));
		}
		return state.oldestWaiter()
			.filter((age) -> age.multipliedBy(2).compareTo(longest()) > 0)
			.map((age) -> "a caller has waited for %dms for one of %d connections".formatted(age.toMillis(),
					state.max()));
	}

	private Duration longest() {
		return this.pool.properties().connectionTimeout();
	}

	/**
	 * A failure of which no more follow is over, unless it has left the lane without a
	 * connection: a lane that has enough of them opens none that would show it.
	 */
	private Optional<String> connectionErrors(Map.Entry<Lane, PoolSnapshot> lane) {
		return lane.getValue()
			.lastOpenFailure()
			.filter((failure) -> hasNone(lane.getValue())
					|| this.sampler.openFailures(this.pool.name(), lane.getKey(), OPEN_FAILURE_WINDOW) > 0)
			.map((failure) -> "connections cannot be opened: " + failure);
	}

	private static boolean hasNone(PoolSnapshot state) {
		return state.active() + state.idle() == 0;
	}

	private Optional<String> connectionErrorsOfReplicas() {
		return this.pool.client()
			.readEndpoints()
			.stream()
			.flatMap((replica) -> Optional.of(replica.pool().snapshot())
				.filter(AlertConditions::hasNone)
				.flatMap(PoolSnapshot::lastOpenFailure)
				.map((failure) -> "replica %s: connections cannot be opened: %s".formatted(replica.url().getAuthority(),
						failure))
				.stream())
			.findFirst();
	}

	private Optional<String> leak(Map.Entry<Lane, PoolSnapshot> lane) {
		long leaks = this.sampler.leaks(this.pool.name(), lane.getKey(), LEAK_WINDOW);
		return (leaks > 0)
				? Optional.of("%d %s leaked within the last 5 minutes; the events and the log name the holder"
					.formatted(leaks, (leaks == 1) ? "lease" : "leases"))
				: Optional.empty();
	}

	private Optional<String> breakerOpen() {
		State state = (this.breakers != null) ? this.breakers.of(this.pool.name()).state() : State.CLOSED;
		return (state == State.OPEN || state == State.FORCED_OPEN || state == State.HALF_OPEN)
				? Optional.of("the circuit breaker does not let operations pass: the server failed too often")
				: Optional.empty();
	}

	private Optional<String> replicaLeftOut() {
		return this.pool.client()
			.readEndpoints()
			.stream()
			.filter((replica) -> !replica.isAvailable())
			.map((replica) -> "reads are not sent to replica %s: %s".formatted(replica.url().getAuthority(),
					whyLeftOut(replica)))
			.findFirst();
	}

	private static String whyLeftOut(ReadEndpoint replica) {
		PoolSnapshot state = replica.pool().snapshot();
		if (state.suspended()) {
			return "it is suspended";
		}
		State breaker = replica.circuitBreaker().getState();
		return (breaker == State.CLOSED) ? "it has no connection"
				: "its circuit breaker is " + breaker.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	private static Optional<String> reason(Optional<Health> health, String status) {
		return health.filter((found) -> found.getStatus().getCode().equals(status))
			.map((found) -> String.valueOf(found.getDetails().get("reason")));
	}

}
