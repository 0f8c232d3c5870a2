package dev.dbpool.client;

import java.time.Duration;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * What the application asked for: the unit of metrics, slow-operation logs and leak
 * reports.
 */
public final class Operation {

	private final String pool;

	private final String name;

	private final Lane lane;

	private final Identity.Kind identity;

	private final OperationLimits limits;

	private final @Nullable String statement;

	private final BooleanSupplier replicas;

	Operation(String pool, String name, Lane lane, Identity.Kind identity, OperationLimits limits) {
		this(pool, name, lane, identity, limits, null);
	}

	Operation(String pool, String name, Lane lane, Identity.Kind identity, OperationLimits limits,
			@Nullable String statement) {
		this(pool, name, lane, identity, limits, statement, () -> false);
	}

	private Operation(String pool, String name, Lane lane, Identity.Kind identity, OperationLimits limits,
			@Nullable String statement, BooleanSupplier replicas) {
		this.pool = pool;
		this.name = name;
		this.lane = lane;
		this.identity = identity;
		this.limits = limits;
		this.statement = statement;
		this.replicas = replicas;
	}

	/**
	 * The same operation, acting as another identity.
	 */
	Operation as(Identity.Kind identity) {
		return new Operation(this.pool, this.name, this.lane, identity, this.limits, this.statement, this.replicas);
	}

	/**
	 * The same operation, for which a read replica can be chosen.
	 */
	Operation on(BooleanSupplier replicas) {
		return new Operation(this.pool, this.name, this.lane, this.identity, this.limits, this.statement, replicas);
	}

	/**
	 * Returns the name of the pool that it runs on, which an interceptor or listener of
	 * several clients needs to distinguish them.
	 * @return the name of the client's pool; {@value PooledClientBuilder#DEFAULT_NAME} if
	 * the client was built without one
	 */
	public String pool() {
		return this.pool;
	}

	/**
	 * Returns its name, such as {@code GET /api/contacts}. Never holds a value of a
	 * filter or a body, so it is fit for a metric.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Returns what it does, if that is a single statement: its method and path, such as
	 * {@code GET /contacts}. Never holds a value of a filter or a body.
	 * @return the statement; empty for callbacks, leases and shared reads
	 */
	public Optional<String> statement() {
		return Optional.ofNullable(this.statement);
	}

	/**
	 * Returns the lane that it runs on.
	 * @return the lane
	 */
	public Lane lane() {
		return this.lane;
	}

	/**
	 * Returns whom it acts as.
	 * @return the kind of identity
	 */
	public Identity.Kind identity() {
		return this.identity;
	}

	/**
	 * Returns how long it may take in all, retries and back-off included.
	 * @return the deadline, counted from the subscription, if it has one
	 */
	public Optional<Duration> deadline() {
		return Optional.ofNullable(this.limits.deadline());
	}

	/**
	 * Returns how long the server may be silent in each of its requests.
	 * @return the time, if the view of the operation sets it; that of the client
	 * otherwise
	 */
	public Optional<Duration> requestTimeout() {
		return Optional.ofNullable(this.limits.requestTimeout());
	}

	/**
	 * Returns how often a failed attempt may be repeated, where that is safe.
	 * @return the number, if the view of the operation sets it; what is configured for
	 * the client otherwise
	 */
	public OptionalInt retries() {
		Integer retries = this.limits.retries();
		return (retries != null) ? OptionalInt.of(retries) : OptionalInt.empty();
	}

	/**
	 * Returns whether it yields to operations that do not, see
	 * {@link PooledClient#background()}.
	 * @return whether it is a background operation
	 */
	public boolean isBackground() {
		return this.limits.background();
	}

	/**
	 * Returns the writes that it must see, if it is a read, or be seen, if it is a write.
	 */
	Optional<RecentWrites> recentWrites() {
		return Optional.ofNullable(this.limits.recentWrites());
	}

	/**
	 * Chooses a read replica for the next attempt. An interceptor that guards the primary
	 * asks this before each attempt: one that begins on a replica neither loads the
	 * primary nor says anything about it, unless all replicas fail it.
	 * @return whether the next attempt begins on a read replica
	 */
	public boolean tryReplica() {
		return this.replicas.getAsBoolean();
	}

	@Override
	public String toString() {
		return this.name + " (" + this.lane.id() + ", " + this.identity.id() + ")";
	}

}
