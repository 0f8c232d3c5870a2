package dev.dbpool.autoconfigure.endpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.pool.ConnectionPool;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;

/**
 * The lanes of a pool by name, as the endpoint shows them: {@code read}, {@code write},
 * and {@code read-1}, {@code read-2} and so on for its read replicas.
 */
final class LanePools {

	private final Map<String, LanePool> lanes = new LinkedHashMap<>();

	LanePools(DatabasePool pool) {
		for (Lane lane : Lane.values()) {
			add(new LanePool(lane.id(), lane, lane.id() + " lane", pool.client().pool(lane)));
		}
		List<ReadEndpoint> replicas = pool.client().readEndpoints();
		for (int i = 0; i < replicas.size(); i++) {
			add(new LanePool(replicaName(i), Lane.READ, "replica " + replicas.get(i).url().getAuthority(),
					replicas.get(i).pool()));
		}
	}

	private void add(LanePool lane) {
		this.lanes.put(lane.name(), lane);
	}

	/**
	 * Returns the name of a replica.
	 * @param index its index among the replicas
	 */
	static String replicaName(int index) {
		return Lane.READ.id() + "-" + (index + 1);
	}

	List<LanePool> all() {
		return List.copyOf(this.lanes.values());
	}

	/**
	 * Returns one lane.
	 * @throws InvalidEndpointRequestException if there is none of that name
	 */
	LanePool one(String name) {
		LanePool found = this.lanes.get(name.toLowerCase(Locale.ROOT));
		if (found == null) {
			throw PoolActions
				.invalid("There is no lane '%s', but %s".formatted(name, String.join(", ", this.lanes.keySet())));
		}
		return found;
	}

	/**
	 * Returns a lane with its replicas, or all lanes if no name is given.
	 */
	List<LanePool> withReplicas(@Nullable String name) {
		if (name == null) {
			return all();
		}
		LanePool found = one(name);
		return found.isReplica() ? List.of(found) : all().stream().filter((one) -> one.lane() == found.lane()).toList();
	}

	/**
	 * A lane or a read replica.
	 *
	 * @param name its name
	 * @param lane the lane whose statements it serves
	 * @param description what it is called in messages
	 * @param connections its connections
	 */
	record LanePool(String name, Lane lane, String description, ConnectionPool<?> connections) {

		boolean isReplica() {
			return !this.name.equals(this.lane.id());
		}

	}

}
