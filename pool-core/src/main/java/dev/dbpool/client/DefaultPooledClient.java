package dev.dbpool.client;

import java.net.URI;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

import dev.dbpool.client.Operation.Work;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.RpcCall;
import dev.dbpool.postgrest.Table;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.PreferringExchange;
import dev.dbpool.postgrest.http.StreamedAnswer;
import dev.dbpool.transaction.Outcome;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import dev.dbpool.transaction.Transactions;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.util.Assert;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A view of a client: the shared core, and the settings of this view. Sends single
 * statements as operations of their own.
 */
final class DefaultPooledClient implements PooledClient {

	private static final Duration DEFAULT_DRAIN_TIME = Duration.ofSeconds(30);

	private final ClientCore core;

	private final Settings settings;

	private final Duration operationTimeout;

	/** The limits of operations that are not streams, which always have a deadline. */
	private final Operation.Limits bounds;

	private final PostgrestExchange statements = new Statements();

	private final PostgrestClient postgrest;

	DefaultPooledClient(ClientCore core, @Nullable String schema, Duration operationTimeout, boolean coalesced) {
		this(core, new Settings(core.defaultCredentials(), null, Operation.Limits.NONE, schema, List.of(), coalesced),
				operationTimeout);
	}

	private DefaultPooledClient(ClientCore core, Settings settings, Duration operationTimeout) {
		this.core = core;
		this.settings = settings;
		this.operationTimeout = operationTimeout;
		boolean unbounded = settings.limits().deadline() == null && !operationTimeout.isZero();
		this.bounds = unbounded ? settings.limits().withDeadline(operationTimeout) : settings.limits();
		this.postgrest = postgrest(this.statements);
	}

	@Override
	public PooledClient asAnon() {
		return with(Credentials.of(this.core.keys(), Identity.ANON));
	}

	@Override
	public PooledClient asService() {
		Assert.state(this.core.keys().hasServiceKey(),
				() -> "There is no service role key. Set %s, or do not use asService()"
					.formatted(this.core.settings().of("it in the ApiKeys", "service-role-key")));
		return with(Credentials.of(this.core.keys(), Identity.SERVICE));
	}

	@Override
	public PooledClient asUser(String jwt) {
		return with(Credentials.of(this.core.keys(), Identity.user(jwt)));
	}

	@Override
	public PooledClient asUser(TokenSource tokens) {
		return with(Credentials.of(this.core.keys(), this.core.tokensOf(tokens)));
	}

	private PooledClient with(Credentials credentials) {
		return with(this.settings.as(credentials));
	}

	DefaultPooledClient with(Settings settings) {
		return new DefaultPooledClient(this.core, settings, this.operationTimeout);
	}

	@Override
	public PooledClient named(String operation) {
		Assert.hasText(operation, "operation must have a name, such as 'POST /api/orders'");
		return with(this.settings.named(operation));
	}

	@Override
	public DefaultPooledClient within(Duration deadline) {
		return with(this.settings.limitedBy(this.settings.limits().withDeadline(deadline)));
	}

	@Override
	public DefaultPooledClient requestTimeout(Duration timeout) {
		for (Lane lane : Lane.values()) {
			Duration leakDetection = this.core.pool(lane).options().leakDetectionTimeout();
			Assert.isTrue(leakDetection.isZero() || leakDetection.compareTo(timeout) > 0,
					() -> "requestTimeout is %s, but leak detection of pool '%s' takes a lease back after %s of silence. "
						.formatted(timeout, lane.id(), leakDetection)
							+ "Set it to less, or increase the leak detection timeout");
		}
		return with(this.settings.limitedBy(this.settings.limits().withRequestTimeout(timeout)));
	}

	@Override
	public DefaultPooledClient retries(int retries) {
		return with(this.settings.limitedBy(this.settings.limits().withRetries(retries)));
	}

	@Override
	public PooledClient background() {
		return with(this.settings.limitedBy(this.settings.limits().inBackground()));
	}

	@Override
	public PooledClient readYourWrites(Duration window) {
		return with(this.settings.limitedBy(this.settings.limits().seeing(new RecentWrites(window))));
	}

	@Override
	public PooledClient schema(String schema) {
		return with(this.settings.in(schema));
	}

	@Override
	public DefaultPooledClient prefer(String preference) {
		PreferringExchange.over(statements(), List.of(preference));
		return with(this.settings.preferring(preference));
	}

	@Override
	public DefaultPooledClient coalesced() {
		return with(this.settings.coalescing(true));
	}

	@Override
	public Mono<JsonNode> openApi() {
		return this.postgrest.openApi();
	}

	/**
	 * The same client under another name, with further interceptors and listeners.
	 */
	PooledClient instrumented(String pool, List<OperationInterceptor> interceptors, List<OperationListener> listeners) {
		return new DefaultPooledClient(this.core.instrumented(pool, interceptors, listeners), this.settings,
				this.operationTimeout);
	}

	PooledClient onControlConnection() {
		return new DefaultPooledClient(this.core.onControlConnection(), this.settings, this.operationTimeout);
	}

	/**
	 * Returns what makes an operation of each statement.
	 */
	PostgrestExchange statements() {
		return this.statements;
	}

	@Override
	public Table from(String table) {
		return this.postgrest.from(table);
	}

	@Override
	public <T> EntityTable<T> table(String name, Class<T> type) {
		return new EntityTable<>(this, name, type, EntityKey.of(rowEncoder(), EntityTable.ID),
				this.core.batching().enabled());
	}

	RowEncoder rowEncoder() {
		return this.core.rowEncoder();
	}

	/**
	 * Reads a row together with the rows that others read as the same identity and by the
	 * same settings.
	 */
	<T> Mono<T> getBatched(String table, Class<T> type, EntityKey key, Object id) {
		return new SharedReads(this, this.core, this.settings).batched(table, type, key, id);
	}

	<T> Mono<T> get(String table, Class<T> type, EntityKey key, Object id) {
		return key.one(from(table).select(), id).maybeSingle(type);
	}

	SettingNames settings() {
		return this.core.settings();
	}

	void notifyBatch(Operation operation, int keys) {
		this.core.notifyBatch(operation, keys);
	}

	@Override
	public RpcCall rpc(String function) {
		return this.postgrest.rpc(function);
	}

	@Override
	public <T> Mono<T> read(String operation, Function<PostgrestClient, Mono<T>> work) {
		return value(Lane.READ, operation, (exchange) -> work.apply(postgrest(exchange)));
	}

	@Override
	public <T> Mono<T> write(String operation, Function<PostgrestClient, Mono<T>> work) {
		return value(Lane.WRITE, operation, (exchange) -> work.apply(postgrest(exchange)));
	}

	@Override
	public <T> Flux<T> readMany(String operation, Function<PostgrestClient, Flux<T>> work) {
		return elements(Lane.READ, operation, (exchange) -> work.apply(postgrest(exchange)));
	}

	@Override
	public <T> Flux<T> writeMany(String operation, Function<PostgrestClient, Flux<T>> work) {
		return elements(Lane.WRITE, operation, (exchange) -> work.apply(postgrest(exchange)));
	}

	/**
	 * Work with one result, which has a deadline even if the view sets none.
	 */
	private <T> Mono<T> value(Lane lane, String name, Function<PostgrestExchange, Mono<T>> work) {
		return value(bounded(name, lane), work);
	}

	<T> Mono<T> value(Operation operation, Function<PostgrestExchange, Mono<T>> work) {
		return Mono.fromDirect(call(operation, Work.value(preferring(work))));
	}

	private <T> Flux<T> elements(Lane lane, String name, Function<PostgrestExchange, Flux<T>> work) {
		return elements(operation(name, lane), work);
	}

	private <T> Flux<T> elements(Operation operation, Function<PostgrestExchange, Flux<T>> work) {
		return call(operation, Work.elements(preferring(work)));
	}

	private <T> Flux<T> call(Operation operation, Work<T> work) {
		return OperationCall.of(this.core, operation, this.settings.credentials(), work);
	}

	private <P> Function<PostgrestExchange, P> preferring(Function<PostgrestExchange, P> work) {
		List<String> preferences = this.settings.preferences();
		return preferences.isEmpty() ? work : (exchange) -> work.apply(PreferringExchange.over(exchange, preferences));
	}

	@Override
	public Mono<TransactionResult> transaction(Consumer<TransactionScope> work) {
		return transactions(this.settings.schema()).run(work);
	}

	@Override
	public <T> Mono<T> inTransaction(Function<TransactionScope, Outcome<T>> work) {
		return transactions(this.settings.schema()).call(work);
	}

	Transactions transactions(@Nullable String schema) {
		return Transactions.over(statements(), schema, rowEncoder().codecs(), OperationFailure::isOutcomeUnknown);
	}

	@Override
	public Mono<ClientLease> lease(Lane lane, String operation) {
		return Mono.fromDirect(call(bounded(operation, lane), new ManualLease()));
	}

	/**
	 * Waits for a lease. One that arrives when the thread has been interrupted goes back.
	 * What Reactor propagates from the thread reaches the source of tokens, as it would
	 * with {@code block()}.
	 */
	ClientLease leaseBlocking(Lane lane, String operation) {
		CompletableFuture<ClientLease> acquired = new CompletableFuture<>();
		BaseSubscriber<ClientLease> acquisition = new BaseSubscriber<>() {

			@Override
			protected void hookOnNext(ClientLease lease) {
				if (!acquired.complete(lease)) {
					lease.close();
				}
			}

			@Override
			protected void hookOnError(Throwable failure) {
				acquired.completeExceptionally(failure);
			}

		};
		lease(lane, operation).contextCapture().subscribe(acquisition);
		try {
			return acquired.get();
		}
		catch (ExecutionException ex) {
			throw Exceptions.propagate(Objects.requireNonNull(ex.getCause()));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			if (acquired.cancel(false)) {
				acquisition.cancel();
			}
			else {
				acquired.thenAccept(ClientLease::close);
			}
			TransientDataAccessResourceException failure = new TransientDataAccessResourceException(
					"the thread of %s was interrupted while it waited for pool '%s'".formatted(operation,
							this.core.pool(lane).options().name()),
					ex);
			OperationFailure.addTo(failure, bounded(operation, lane), 0, false);
			throw failure;
		}
	}

	@Override
	public WebClient webClient(Lane lane) {
		return this.core.webClients().over(new PooledConnector(this, (method) -> lane));
	}

	@Override
	public WebClient webClient() {
		return this.core.webClients().over(new PooledConnector(this, Lane::of));
	}

	@Override
	public WebClient.Builder configure(WebClient.Builder builder) {
		return new PooledConnector(this, Lane::of).configure(builder);
	}

	/**
	 * Makes an exchange of another client an operation of this view.
	 */
	Mono<ClientHttpResponse> exchange(Lane lane, String path, RawExchange exchange) {
		String name = (this.settings.name() != null) ? this.settings.name() : path;
		return Mono.fromDirect(call(operation(name, lane), exchange));
	}

	@Override
	public BlockingPooledClient blocking() {
		return new BlockingPooledClient(this, this.settings.schema());
	}

	URI url() {
		return this.core.url();
	}

	/**
	 * Returns what the {@code RestClient}s of all views share.
	 */
	PooledRestClient.Shared restClients() {
		return this.core.restClients();
	}

	@Override
	public URI restRoot() {
		return this.core.restRoot();
	}

	@Override
	public ApiKeys keys() {
		return this.core.keys();
	}

	@Override
	public ConnectionPool<?> pool(Lane lane) {
		return this.core.pool(lane);
	}

	@Override
	public int backgroundPending(Lane lane) {
		return this.core.lanes().backgroundPending(lane);
	}

	@Override
	public List<ReadEndpoint> readEndpoints() {
		return this.core.lanes().readEndpoints();
	}

	@Override
	public Mono<Void> close(Duration drainTime) {
		return this.core.close(drainTime);
	}

	@Override
	public void close() {
		close(DEFAULT_DRAIN_TIME).subscribe();
	}

	private PostgrestClient postgrest(PostgrestExchange exchange) {
		PostgrestClient client = PostgrestClient.over(exchange);
		return (this.settings.schema() != null) ? client.schema(this.settings.schema()) : client;
	}

	String name(PostgrestRequest request) {
		String name = this.settings.name();
		return (name != null) ? name : request.describe();
	}

	private Operation statement(PostgrestRequest request, Operation.Limits limits) {
		return new Operation(this.core.name(), name(request), Lane.of(request.method()),
				this.settings.credentials().kind(), limits, request.describe());
	}

	Operation bounded(String name, Lane lane) {
		return new Operation(this.core.name(), name, lane, this.settings.credentials().kind(), this.bounds);
	}

	private Operation operation(String name, Lane lane) {
		return new Operation(this.core.name(), name, lane, this.settings.credentials().kind(), this.settings.limits());
	}

	private boolean isCoalesced(PostgrestRequest request) {
		return this.settings.coalesced() && request.method().equals(HttpMethod.GET) && request.body() == null;
	}

	/**
	 * Makes an operation of each statement.
	 */
	private final class Statements implements PostgrestExchange {

		@Override
		public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
			if (isCoalesced(request)) {
				DefaultPooledClient view = DefaultPooledClient.this;
				return new SharedReads(view, view.core, view.settings).coalesced(request, reader);
			}
			return value(statement(request, DefaultPooledClient.this.bounds),
					(exchange) -> exchange.mono(request, reader));
		}

		@Override
		public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
			return elements(statement(request, DefaultPooledClient.this.settings.limits()),
					(exchange) -> exchange.flux(request, reader));
		}

	}

	/**
	 * Hands the connection to the application.
	 */
	private final class ManualLease implements Work<ClientLease> {

		@Override
		public Shape shape() {
			return Shape.LEASE;
		}

		@Override
		public Publisher<ClientLease> on(Lease<ClientConnection> lease, OperationState state, Attempt attempt) {
			Settings settings = DefaultPooledClient.this.settings;
			return Mono.just(new ClientLease(lease, state, attempt, settings.schema(), settings.preferences()));
		}

	}

	/**
	 * What one view sets, and its siblings may set otherwise.
	 */
	record Settings(Credentials credentials, @Nullable String name, Operation.Limits limits, @Nullable String schema,
			List<String> preferences, boolean coalesced) {

		Settings as(Credentials credentials) {
			return new Settings(credentials, this.name, this.limits, this.schema, this.preferences, this.coalesced);
		}

		Settings named(String name) {
			return new Settings(this.credentials, name, this.limits, this.schema, this.preferences, this.coalesced);
		}

		Settings limitedBy(Operation.Limits limits) {
			return new Settings(this.credentials, this.name, limits, this.schema, this.preferences, this.coalesced);
		}

		Settings in(@Nullable String schema) {
			return new Settings(this.credentials, this.name, this.limits, schema, this.preferences, this.coalesced);
		}

		Settings coalescing(boolean coalesced) {
			return new Settings(this.credentials, this.name, this.limits, this.schema, this.preferences, coalesced);
		}

		Settings preferring(String preference) {
			return new Settings(this.credentials, this.name, this.limits, this.schema,
					Stream.concat(this.preferences.stream(), Stream.of(preference)).toList(), this.coalesced);
		}

	}

}
