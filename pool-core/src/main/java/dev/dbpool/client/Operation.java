package dev.dbpool.client;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

import dev.dbpool.pool.Lease;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.RequestHeaders;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

import org.springframework.util.Assert;

/**
 * What the application asked for: the unit of metrics, slow-operation logs and leak
 * reports.
 */
public final class Operation {

	private final String pool;

	private final String name;

	private final Lane lane;

	private final Identity.Kind identity;

	private final Limits limits;

	private final @Nullable String statement;

	private final BooleanSupplier replicas;

	Operation(String pool, String name, Lane lane, Identity.Kind identity, Limits limits) {
		this(pool, name, lane, identity, limits, null);
	}

	Operation(String pool, String name, Lane lane, Identity.Kind identity, Limits limits, @Nullable String statement) {
		this.pool = pool;
		this.name = name;
		this.lane = lane;
		this.identity = identity;
		this.limits = limits;
		this.statement = statement;
		this.replicas = () -> false;
	}

	private Operation(Operation origin, Identity.Kind identity, BooleanSupplier replicas) {
		this.pool = origin.pool;
		this.name = origin.name;
		this.lane = origin.lane;
		this.identity = identity;
		this.limits = origin.limits;
		this.statement = origin.statement;
		this.replicas = replicas;
	}

	/**
	 * The same operation, acting as another identity.
	 */
	Operation as(Identity.Kind identity) {
		return new Operation(this, identity, this.replicas);
	}

	/**
	 * The same operation, for which a read replica can be chosen.
	 */
	Operation on(BooleanSupplier replicas) {
		return new Operation(this, this.identity, replicas);
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

	/**
	 * How long operations and their requests may take, how often they may be repeated,
	 * whether they yield to others, and whose writes they see, as far as their view says
	 * so.
	 *
	 * @param deadline the time of the whole operation
	 * @param requestTimeout the longest silence of the server in one request
	 * @param retries how often a failed attempt may be repeated
	 * @param background whether it yields to operations that do not
	 * @param recentWrites the writes of the view, if its reads must see them
	 */
	record Limits(@Nullable Duration deadline, @Nullable Duration requestTimeout, @Nullable Integer retries,
			boolean background, @Nullable RecentWrites recentWrites) {

		static final Limits NONE = new Limits(null, null, null, false, null);

		Limits withDeadline(Duration deadline) {
			return new Limits(positive("deadline", deadline), this.requestTimeout, this.retries, this.background,
					this.recentWrites);
		}

		Limits withoutDeadline() {
			return new Limits(null, this.requestTimeout, this.retries, this.background, this.recentWrites);
		}

		Limits withRequestTimeout(Duration requestTimeout) {
			return new Limits(this.deadline, positive("requestTimeout", requestTimeout), this.retries, this.background,
					this.recentWrites);
		}

		Limits withRetries(int retries) {
			Assert.isTrue(retries >= 0, () -> "retries is " + retries + ". Set it to 0 for none, or to more");
			return new Limits(this.deadline, this.requestTimeout, retries, this.background, this.recentWrites);
		}

		Limits inBackground() {
			return new Limits(this.deadline, this.requestTimeout, this.retries, true, this.recentWrites);
		}

		Limits seeing(RecentWrites recentWrites) {
			return new Limits(this.deadline, this.requestTimeout, this.retries, this.background, recentWrites);
		}

		private static Duration positive(String name, Duration duration) {
			Assert.isTrue(!duration.isNegative() && !duration.isZero(),
					() -> name + " is " + duration + ". Set it to more than zero");
			return duration;
		}

	}

	/**
	 * What an operation does with its connection.
	 *
	 * @param <T> the type of its result
	 */
	interface Work<T> {

		/**
		 * The shapes of a result.
		 */
		enum Shape {

			/**
			 * One value, or none. It is passed on after the lease was given back, so that
			 * what follows from it does not hold two leases.
			 */
			VALUE,

			/** Elements. */
			ELEMENTS,

			/**
			 * The head of an answer. The operation goes on, with its lease, until the
			 * body has ended.
			 */
			ANSWER,

			/**
			 * The lease itself. The operation goes on until the application closes it.
			 */
			LEASE

		}

		/**
		 * Returns the shape of the result.
		 */
		Shape shape();

		/**
		 * Checks the operation before it waits for anything.
		 * @throws RuntimeException if it is rejected
		 */
		default void check(Operation operation) {
		}

		/**
		 * Begins the work of an attempt on its connection.
		 */
		Publisher<T> on(Lease<ClientConnection> lease, OperationState state, Attempt attempt);

		/**
		 * Makes an attempt with the headers of an identity, and another if its token was
		 * refused and there is a fresh one.
		 */
		default Flux<T> authenticated(Credentials credentials, Function<RequestHeaders, Flux<T>> attempt) {
			return credentials.with(attempt);
		}

		/**
		 * Returns whether a failed attempt may be repeated.
		 */
		default boolean mayBeRepeated(Attempt attempt) {
			return attempt.mayBeRepeated();
		}

		/**
		 * Returns what is passed on of an answer that holds its lease.
		 */
		default T held(T answer, LeaseSubscription<T> lease) {
			return answer;
		}

		/**
		 * Returns what the application gets of an answer with which its operation goes
		 * on.
		 */
		default T observed(T answer, OperationState state) {
			return answer;
		}

		/**
		 * Statements that result in one value.
		 */
		static <T> Work<T> value(Function<PostgrestExchange, ? extends Publisher<T>> statements) {
			return new Statements<>(Shape.VALUE, statements);
		}

		/**
		 * Statements that result in elements.
		 */
		static <T> Work<T> elements(Function<PostgrestExchange, ? extends Publisher<T>> statements) {
			return new Statements<>(Shape.ELEMENTS, statements);
		}

		/**
		 * Statements of a query builder.
		 *
		 * @param <T> the type of their result
		 * @param shape the shape of their result
		 * @param statements sends them
		 */
		record Statements<T>(Shape shape,
				Function<PostgrestExchange, ? extends Publisher<T>> statements) implements Work<T> {

			@Override
			public Publisher<T> on(Lease<ClientConnection> lease, OperationState state, Attempt attempt) {
				return this.statements.apply(attempt.over(lease, state.operation()));
			}

		}

	}

}
