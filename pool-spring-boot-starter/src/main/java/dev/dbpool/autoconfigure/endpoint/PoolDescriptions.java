package dev.dbpool.autoconfigure.endpoint;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.alert.PoolAlert;
import dev.dbpool.autoconfigure.alert.PoolAlerts;
import dev.dbpool.autoconfigure.endpoint.PoolDescriptor.LaneDescriptor;
import dev.dbpool.autoconfigure.endpoint.PoolDescriptor.RecentOperations;
import dev.dbpool.autoconfigure.endpoint.PoolDescriptor.ReplicaDescriptor;
import dev.dbpool.autoconfigure.fleet.FleetShares;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Health;

/**
 * What the state of a pool is described by, beside the pool itself.
 *
 * @param statistics the operations
 * @param postgrest the PostgREST
 * @param breakers the circuit breakers, if there are any
 * @param healths the health, if it is checked
 * @param alerts the alerts, if they are evaluated
 * @param fleets the shares, if instances share a maximum
 */
record PoolDescriptions(OperationStatistics statistics, PostgrestStates postgrest,
		@Nullable DatabasePoolCircuitBreakers breakers, @Nullable DatabasePoolHealths healths,
		@Nullable PoolAlerts alerts, @Nullable FleetShares fleets) {

	PoolDescriptor of(DatabasePool pool) {
		String name = pool.name();
		URI url = pool.client().restRoot();
		Optional<Health> health = (this.healths != null) ? this.healths.of(name) : Optional.empty();
		DatabasePoolCircuitBreaker breaker = (this.breakers != null) ? this.breakers.of(name) : null;
		return new PoolDescriptor(url.getScheme() + "://" + url.getAuthority(),
				health.map((found) -> found.getStatus().getCode()).orElse(null),
				health.map((found) -> (String) found.getDetails().get("reason")).orElse(null),
				(breaker != null) ? breaker.state().name() : null, lanes(pool, breaker),
				replicas(pool.client().readEndpoints()),
				(this.fleets != null) ? this.fleets.of(name).orElse(null) : null, this.postgrest.of(name).orElse(null),
				RecentOperations.of(this.statistics, name), alerts(name));
	}

	private static Map<String, LaneDescriptor> lanes(DatabasePool pool, @Nullable DatabasePoolCircuitBreaker breaker) {
		Map<String, LaneDescriptor> lanes = new LinkedHashMap<>();
		for (Lane lane : Lane.values()) {
			lanes.put(lane.id(), LaneDescriptor.of(pool.client().pool(lane).snapshot(),
					(breaker != null) ? breaker.waiting(lane) : 0));
		}
		return lanes;
	}

	private static Map<String, ReplicaDescriptor> replicas(List<ReadEndpoint> endpoints) {
		Map<String, ReplicaDescriptor> replicas = new LinkedHashMap<>();
		for (int i = 0; i < endpoints.size(); i++) {
			replicas.put(LanePools.replicaName(i), ReplicaDescriptor.of(endpoints.get(i)));
		}
		return replicas;
	}

	private List<PoolAlert> alerts(String pool) {
		return (this.alerts != null)
				? this.alerts.active().stream().filter((alert) -> alert.pool().equals(pool)).toList() : List.of();
	}

}
