package dev.dbpool.autoconfigure.endpoint;

import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.activity.PoolEvent;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
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
	ActionDescriptor run(String action, DatabasePool pool, @Nullable Lane lane, Arguments arguments,
			@Nullable Principal principal) {
		String result = switch (action) {
			case "reset" -> each(pool, lane, PoolActions::reset)
					+ ((lane != Lane.WRITE) ? resetReplicas(pool.client().readEndpoints()) : "");
			case "suspend" ->
				each(pool, lane, (lanePool) -> lanePool.suspend() ? "suspended" : "was suspended already");
			case "resume" -> each(pool, lane, (lanePool) -> lanePool.resume() ? "resumed" : "was not suspended");
			case "evict" -> evict(pool, required(lane, "lane"), required(arguments.connection(), "connection"));
			case "revoke" -> revoke(pool, required(lane, "lane"), required(arguments.lease(), "lease"));
			case "resize" -> resize(pool, required(lane, "lane"), arguments);
			default -> throw invalid(
					"There is no action '" + action + "', but reset, evict, revoke, resize, suspend and resume");
		};
		audit(action, pool.name(), lane, result, principal);
		return new ActionDescriptor(pool.name(), action, result);
	}

	private static String each(DatabasePool pool, @Nullable Lane lane, Function<ConnectionPool<?>, String> action) {
		List<Lane> lanes = (lane != null) ? List.of(lane) : List.of(Lane.values());
		return String.join(", ",
				lanes.stream().map((one) -> one.id() + " lane: " + action.apply(pool.client().pool(one))).toList());
	}

	private static String reset(ConnectionPool<?> pool) {
		return count(pool.softReset(), "connection is", "connections are") + " replaced as soon as they are free";
	}

	private static String resetReplicas(List<ReadEndpoint> replicas) {
		return replicas.stream()
			.map((replica) -> ", replica " + replica.url().getAuthority() + ": " + reset(replica.pool()))
			.collect(Collectors.joining());
	}

	private static String count(int number, String one, String many) {
		return number + " " + ((number == 1) ? one : many);
	}

	private static String evict(DatabasePool pool, Lane lane, long connection) {
		if (!pool.client().pool(lane).evict(connection)) {
			throw invalid(
					"The %s lane has no open connection %d that is not retired yet".formatted(lane.id(), connection));
		}
		return "%s lane: connection %d is replaced as soon as it is free".formatted(lane.id(), connection);
	}

	private static String revoke(DatabasePool pool, Lane lane, long lease) {
		if (!pool.client().pool(lane).revoke(lease)) {
			throw invalid("The %s lane has no lease %d".formatted(lane.id(), lease));
		}
		return "%s lane: lease %d is revoked and its connection replaced".formatted(lane.id(), lease);
	}

	private static String resize(DatabasePool pool, Lane lane, Arguments arguments) {
		int max = required(arguments.max(), "max");
		Integer min = arguments.min();
		try {
			pool.client().pool(lane).resize((min != null) ? min : Math.min(max, smallest(pool, lane)), max);
		}
		catch (IllegalArgumentException ex) {
			throw invalid("The %s lane keeps its size: %s".formatted(lane.id(), ex.getMessage()));
		}
		return "%s lane: %d to %d connections until the next start".formatted(lane.id(), smallest(pool, lane), max);
	}

	private static int smallest(DatabasePool pool, Lane lane) {
		return pool.client().pool(lane).snapshot().min();
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
