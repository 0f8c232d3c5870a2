package dev.dbpool.autoconfigure.endpoint;

import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.activity.PoolEvent;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.autoconfigure.endpoint.LanePools.LanePool;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.ConnectionPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.actuate.audit.listener.AuditApplicationEvent;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.context.ApplicationEventPublisher;

/**
 * What an operator can do to a pool. Each action is logged in one line and published as
 * an audit event, with the name of the operator.
 */
final class PoolActions {

	static final String AUDIT_TYPE = "DATABASE_POOL_ACTION";

	private static final Logger logger = LoggerFactory.getLogger("dev.dbpool.audit");

	private final ApplicationEventPublisher publisher;

	private final PoolEvents events;

	PoolActions(ApplicationEventPublisher publisher, PoolEvents events) {
		this.publisher = publisher;
		this.events = events;
	}

	/**
	 * Runs an action.
	 * @throws InvalidEndpointRequestException if there is no such action, it lacks an
	 * argument, or what it names does not exist
	 */
	ActionDescriptor run(String action, DatabasePool pool, @Nullable String lane, Arguments arguments,
			@Nullable Principal principal) {
		LanePools lanes = new LanePools(pool);
		String result = switch (action) {
			case "reset" -> each(lanes.withReplicas(lane), PoolActions::reset);
			case "suspend", "pause" -> each(lanes.withReplicas(lane),
					(connections) -> connections.suspend() ? "suspended" : "was suspended already");
			case "resume" ->
				each(lanes.withReplicas(lane), (connections) -> connections.resume() ? "resumed" : "was not suspended");
			case "evict" -> evict(lanes.one(required(lane, "lane")), required(arguments.connection(), "connection"));
			case "revoke" -> revoke(lanes.one(required(lane, "lane")), required(arguments.lease(), "lease"));
			case "resize" -> resize(lanes.withReplicas(required(lane, "lane")), arguments);
			default -> throw invalid(
					"There is no action '" + action + "', but reset, evict, revoke, resize, suspend, pause and resume");
		};
		audit(action, pool.name(), (lane != null) ? lanes.one(lane).lane() : null, result, principal);
		return new ActionDescriptor(pool.name(), action, result);
	}

	private static String each(List<LanePool> lanes, Function<ConnectionPool<?>, String> action) {
		return lanes.stream()
			.map((lane) -> lane.description() + ": " + action.apply(lane.connections()))
			.collect(Collectors.joining(", "));
	}

	private static String reset(ConnectionPool<?> pool) {
		return count(pool.softReset(), "connection is", "connections are") + " replaced as soon as they are free";
	}

	private static String count(int number, String one, String many) {
		return number + " " + ((number == 1) ? one : many);
	}

	private static String evict(LanePool lane, long connection) {
		if (!lane.connections().evict(connection)) {
			throw invalid("The %s has no open connection %d that is not retired yet".formatted(lane.description(),
					connection));
		}
		return "%s: connection %d is replaced as soon as it is free".formatted(lane.description(), connection);
	}

	private static String revoke(LanePool lane, long lease) {
		if (!lane.connections().revoke(lease)) {
			throw invalid("The %s has no lease %d".formatted(lane.description(), lease));
		}
		return "%s: lease %d is revoked and its connection replaced".formatted(lane.description(), lease);
	}

	private static String resize(List<LanePool> lanes, Arguments arguments) {
		int max = required(arguments.max(), "max");
		return lanes.stream().map((lane) -> resize(lane, arguments.min(), max)).collect(Collectors.joining(", "));
	}

	/**
	 * Resizes a lane. A replica keeps one connection open at least.
	 */
	private static String resize(LanePool lane, @Nullable Integer min, int max) {
		try {
			int smallest = (min != null) ? min : Math.min(max, smallest(lane));
			lane.connections().resize(lane.isReplica() ? Math.max(1, smallest) : smallest, max);
		}
		catch (IllegalArgumentException ex) {
			throw invalid("The %s keeps its size: %s".formatted(lane.description(), ex.getMessage()));
		}
		return "%s: %d to %d connections until the next start".formatted(lane.description(), smallest(lane), max);
	}

	private static int smallest(LanePool lane) {
		return lane.connections().snapshot().min();
	}

	private void audit(String action, String pool, @Nullable Lane lane, String result, @Nullable Principal principal) {
		String who = (principal != null) ? principal.getName() : "anonymous";
		logger.info("action of an operator: {} of pool '{}' by {}: {}", action, pool, who, result);
		this.events.add(pool, lane, PoolEvent.Type.ACTION, "%s by %s: %s".formatted(action, who, result));
		this.publisher.publishEvent(
				new AuditApplicationEvent(who, AUDIT_TYPE, Map.of("action", action, "pool", pool, "result", result)));
	}

	private static <T> T required(@Nullable T value, String name) {
		if (value == null) {
			throw invalid("This action requires '" + name + "'");
		}
		return value;
	}

	static InvalidEndpointRequestException invalid(String reason) {
		return new InvalidEndpointRequestException(reason, reason);
	}

	/**
	 * What an action may need to know.
	 *
	 * @param connection number of a connection
	 * @param lease number of a lease
	 * @param min a minimum of connections
	 * @param max a maximum of connections
	 */
	record Arguments(@Nullable Long connection, @Nullable Long lease, @Nullable Integer min, @Nullable Integer max) {

	}

}
