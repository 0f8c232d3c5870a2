package dev.dbpool.autoconfigure.endpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.autoconfigure.endpoint.LanePools.LanePool;
import dev.dbpool.autoconfigure.endpoint.OperationsDescriptor.NamedOperation;
import dev.dbpool.autoconfigure.endpoint.OperationsDescriptor.SlowDescriptor;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Actuator endpoint that shows what the pools do and who holds their connections, and
 * that controls them. It only reads unless
 * {@code management.endpoint.databasepool.access} is {@code unrestricted}.
 */
@Endpoint(id = "databasepool", defaultAccess = Access.READ_ONLY)
public final class DatabasePoolEndpoint {

	private static final Duration DEFAULT_WINDOW = Duration.ofMinutes(5);

	private final DatabasePools pools;

	private final OperationStatistics statistics;

	private final PoolEvents events;

	private final PoolActions actions;

	private final PoolDescriptions descriptions;

	DatabasePoolEndpoint(DatabasePools pools, PoolDescriptions descriptions, PoolEvents events, PoolActions actions) {
		this.pools = pools;
		this.descriptions = descriptions;
		this.statistics = descriptions.statistics();
		this.events = events;
		this.actions = actions;
	}

	/**
	 * Returns the state of the pools.
	 * @param pool name of the only pool to return, or {@code null} for all pools
	 * @return the pools by name
	 */
	@ReadOperation
	public Object pools(@Nullable String pool) {
		Map<String, PoolDescriptor> found = new LinkedHashMap<>();
		selected(pool).forEach((one) -> found.put(one.name(), this.descriptions.of(one)));
		return new PoolsDescriptor(found);
	}

	/**
	 * Returns one view of the pools in detail.
	 * @param view {@code connections}, {@code leases}, {@code operations} or
	 * {@code events}
	 * @param pool name of the only pool to return, or {@code null} for all pools
	 * @param window how far {@code operations} look back: a duration such as {@code 5m},
	 * {@code minute} or {@code hour}
	 * @return the view, or {@code null} if there is none of this name
	 */
	@ReadOperation
	public @Nullable Object view(@Selector String view, @Nullable String pool, @Nullable String window) {
		List<DatabasePool> found = selected(pool);
		return switch (view) {
			case "connections" ->
				OperationResponseBody.of(Map.of(view, each(found, DatabasePoolEndpoint::connections)));
			case "leases" -> OperationResponseBody.of(Map.of(view, each(found, DatabasePoolEndpoint::leases)));
			case "operations" -> operations(found, window(window));
			case "events" -> new EventsDescriptor(this.events.recent()
				.stream()
				.filter((event) -> found.stream().anyMatch((one) -> one.name().equals(event.pool())))
				.toList());
			default -> null;
		};
	}

	private static <T> List<T> each(List<DatabasePool> pools, BiFunction<DatabasePool, LanePool, List<T>> ofLane) {
		List<T> all = new ArrayList<>();
		for (DatabasePool pool : pools) {
			for (LanePool lane : new LanePools(pool).all()) {
				all.addAll(ofLane.apply(pool, lane));
			}
		}
		return all;
	}

	private static List<ConnectionDescriptor> connections(DatabasePool pool, LanePool lane) {
		Map<Long, LeaseDescriptor> holders = new HashMap<>();
		leases(pool, lane).forEach((lease) -> holders.put(lease.connection(), lease));
		return lane.connections()
			.connections()
			.stream()
			.map((connection) -> ConnectionDescriptor.of(pool.name(), lane.name(), connection,
					holders.get(connection.id())))
			.toList();
	}

	private static List<LeaseDescriptor> leases(DatabasePool pool, LanePool lane) {
		return lane.connections()
			.leases()
			.stream()
			.map((lease) -> LeaseDescriptor.of(pool.name(), lane.name(), lease))
			.toList();
	}

	private OperationsDescriptor operations(List<DatabasePool> pools, Duration window) {
		List<NamedOperation> operations = new ArrayList<>();
		List<SlowDescriptor> slow = new ArrayList<>();
		for (DatabasePool pool : pools) {
			this.statistics.byName(pool.name(), window)
				.forEach((name, summary) -> operations.add(NamedOperation.of(pool.name(), name, summary)));
			this.statistics.slow(pool.name()).stream().map(SlowDescriptor::of).forEach(slow::add);
		}
		operations.sort(Comparator.comparingLong(NamedOperation::count).reversed());
		slow.sort(Comparator.comparing(SlowDescriptor::at).reversed());
		return new OperationsDescriptor(window.toMillis(), operations, slow);
	}

	private static Duration window(@Nullable String window) {
		try {
			Duration length = (window != null) ? OperationsDescriptor.window(window) : DEFAULT_WINDOW;
			if (!length.isNegative() && !length.isZero() && length.compareTo(OperationStatistics.LONGEST_WINDOW) <= 0) {
				return length;
			}
		}
		catch (IllegalArgumentException ex) {
			throw invalidWindow(window);
		}
		throw invalidWindow(window);
	}

	private static InvalidEndpointRequestException invalidWindow(@Nullable String window) {
		return PoolActions.invalid(
				"The window '%s' is not a duration of at most an hour, such as 5m, minute or hour".formatted(window));
	}

	/**
	 * Controls a pool.
	 * @param action {@code reset}, {@code evict}, {@code revoke}, {@code resize},
	 * {@code suspend} or {@code pause}, which are the same, or {@code resume}
	 * @param pool name of the pool; may be left out if there is only one
	 * @param lane the lane, {@code read} with its replicas where the action permits it,
	 * or one of these, such as {@code read-1}; all lanes if left out, where the action
	 * permits it
	 * @param connection number of the connection to evict
	 * @param lease number of the lease to revoke
	 * @param min the new minimum of connections
	 * @param max the new maximum of connections
	 * @param securityContext who asks
	 * @return what was done
	 */
	@WriteOperation
	public Object act(@Selector String action, @Nullable String pool, @Nullable String lane, @Nullable Long connection,
			@Nullable Long lease, @Nullable Integer min, @Nullable Integer max, SecurityContext securityContext) {
		return this.actions.run(action, one(pool), lane, new PoolActions.Arguments(connection, lease, min, max),
				securityContext.getPrincipal());
	}

	private DatabasePool one(@Nullable String pool) {
		List<DatabasePool> found = selected(pool);
		if (found.size() != 1) {
			throw PoolActions.invalid("There are several pools: give 'pool' as one of " + names());
		}
		return found.get(0);
	}

	private List<DatabasePool> selected(@Nullable String name) {
		List<DatabasePool> all = this.pools.all();
		if (name == null) {
			return all;
		}
		return List.of(all.stream()
			.filter((pool) -> pool.name().equals(name))
			.findFirst()
			.orElseThrow(() -> PoolActions.invalid("There is no pool '%s', but %s".formatted(name, names()))));
	}

	private String names() {
		return String.join(", ", this.pools.all().stream().map((pool) -> "'" + pool.name() + "'").toList());
	}

}
