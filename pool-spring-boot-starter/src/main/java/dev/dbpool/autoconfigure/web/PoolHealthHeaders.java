package dev.dbpool.autoconfigure.web;

import java.security.Principal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.contributor.Health;

/**
 * Headers of the health component {@code databasePool}. The numbers and the time of the
 * check are left out if the caller may not see the details of the health.
 */
final class PoolHealthHeaders implements PoolHeaders {

	private static final String COMPONENT = "/databasePool";

	private final String basePath;

	private final DatabasePools pools;

	private final DatabasePoolHealths healths;

	private final HealthEndpointGroups groups;

	PoolHealthHeaders(String basePath, DatabasePools pools, DatabasePoolHealths healths, HealthEndpointGroups groups) {
		this.basePath = basePath;
		this.pools = pools;
		this.healths = healths;
		this.groups = groups;
	}

	@Override
	public Map<String, String> of(String path, Caller caller) {
		return pool(path).flatMap((pool) -> this.healths.of(pool.name()).map((health) -> headers(pool, health, caller)))
			.orElse(Map.of());
	}

	/**
	 * Finds the pool that a path asks for: the only one, or the one whose name follows.
	 */
	private Optional<DatabasePool> pool(String path) {
		int component = path.lastIndexOf(COMPONENT);
		if (component == -1 || !path.startsWith(this.basePath + "/")) {
			return Optional.empty();
		}
		String rest = path.substring(component + COMPONENT.length());
		boolean single = this.healths.pools().size() == 1;
		return this.pools.all()
			.stream()
			.filter((pool) -> single ? this.healths.pools().contains(pool.name()) && rest.isEmpty()
					: rest.equals("/" + pool.name()))
			.findFirst();
	}

	private Map<String, String> headers(DatabasePool pool, Health health, Caller caller) {
		Map<String, String> headers = new LinkedHashMap<>();
		headers.put("X-Pool-Health", health.getStatus().getCode());
		if (this.groups.getPrimary().showDetails(security(caller))) {
			int total = 0;
			int active = 0;
			for (Lane lane : Lane.values()) {
				PoolSnapshot snapshot = pool.client().pool(lane).snapshot();
				total += snapshot.total();
				active += snapshot.active();
			}
			headers.put("X-Active-Connections", String.valueOf(active));
			headers.put("X-Total-Connections", String.valueOf(total));
			this.healths.lastCheck(pool.name())
				.map(Instant::toString)
				.ifPresent((at) -> headers.put("X-Health-Check-Time", at));
		}
		return headers;
	}

	private static SecurityContext security(Caller caller) {
		return new SecurityContext() {

			@Override
			public @Nullable Principal getPrincipal() {
				return caller.principal();
			}

			@Override
			public boolean isUserInRole(String role) {
				return caller.roles().test(role);
			}

		};
	}

}
