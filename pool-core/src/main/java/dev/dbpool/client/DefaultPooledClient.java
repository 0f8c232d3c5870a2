package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.PoolException;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.PostgrestExchange;
import dev.dbpool.postgrest.PostgrestRequest;
import dev.dbpool.postgrest.RpcCall;
import dev.dbpool.postgrest.Table;
import dev.dbpool.transaction.Outcome;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import dev.dbpool.transaction.Transactions;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * A view of a client: the shared core, and the settings of this view. Sends single
 * statements as operations of their own.
 */
final class DefaultPooledClient implements PooledClient, PostgrestExchange {

	private static final Duration DEFAULT_DRAIN_TIME = Duration.ofSeconds(30);

	private final ClientCore core;

	private final Settings settings;

	DefaultPooledClient(ClientCore core, @Nullable String schema) {
		this(core, new Settings(Identity.ANON, null, null, schema));
	}

	private DefaultPooledClient(ClientCore core, Settings settings) {
		this.core = core;
		this.settings = settings;
	}

	@Override
	public PooledClient asAnon() {
		return with(Identity.ANON);
	}

	@Override
	public PooledClient asService() {
		this.core.keys().headersFor(Identity.SERVICE);
		return with(Identity.SERVICE);
	}

	@Override
	public PooledClient asUser(String jwt) {
		return with(Identity.user(jwt));
	}

	private PooledClient with(Identity identity) {
		return new DefaultPooledClient(this.core,
				new Settings(identity, this.settings.name(), this.settings.deadline(), this.settings.schema()));
	}

	@Override
	public PooledClient named(String operation) {
		Assert.hasText(operation, "operation must have a name, such as 'POST /api/orders'");
		return new DefaultPooledClient(this.core,
				new Settings(this.settings.identity(), operation, this.settings.deadline(), this.settings.schema()));
	}

	@Override
	public PooledClient within(Duration deadline) {
		Assert.isTrue(!deadline.isNegative() && !deadline.isZero(),
				() -> "deadline is " + deadline + ". Set it to more than zero");
		return new DefaultPooledClient(this.core,
				new Settings(this.settings.identity(), this.settings.name(), deadline, this.settings.schema()));
	}

	@Override
	public PooledClient schema(String schema) {
		return new DefaultPooledClient(this.core,
				new Settings(this.settings.identity(), this.settings.name(), this.settings.deadline(), schema));
	}

	@Override
	public Table from(String table) {
		return postgrest(this).from(table);
	}

	@Override
	public RpcCall rpc(String function) {
		return postgrest(this).rpc(function);
	}

	@Override
	public <T> Mono<T> mono(PostgrestRequest request, Function<ClientResponse, Mono<T>> reader) {
		return OperationRun.mono(this.core, operation(request), this.core.keys().headersFor(this.settings.identity()),
				(exchange) -> exchange.mono(request, reader));
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<ClientResponse, Flux<T>> reader) {
		return OperationRun.flux(this.core, operation(request), this.core.keys().headersFor(this.settings.identity()),
				(exchange) -> exchange.flux(request, reader));
	}

	@Override
	public <T> Mono<T> read(String operation, Function<PostgrestClient, Mono<T>> work) {
		return run(Lane.READ, operation, work);
	}

	@Override
	public <T> Mono<T> write(String operation, Function<PostgrestClient, Mono<T>> work) {
		return run(Lane.WRITE, operation, work);
	}

	private <T> Mono<T> run(Lane lane, String operation, Function<PostgrestClient, Mono<T>> work) {
		return OperationRun.mono(this.core, operation(operation, lane),
				this.core.keys().headersFor(this.settings.identity()), (exchange) -> work.apply(postgrest(exchange)));
	}

	@Override
	public <T> Flux<T> readMany(String operation, Function<PostgrestClient, Flux<T>> work) {
		return runMany(Lane.READ, operation, work);
	}

	@Override
	public <T> Flux<T> writeMany(String operation, Function<PostgrestClient, Flux<T>> work) {
		return runMany(Lane.WRITE, operation, work);
	}

	private <T> Flux<T> runMany(Lane lane, String operation, Function<PostgrestClient, Flux<T>> work) {
		return OperationRun.flux(this.core, operation(operation, lane),
				this.core.keys().headersFor(this.settings.identity()), (exchange) -> work.apply(postgrest(exchange)));
	}

	@Override
	public Mono<TransactionResult> transaction(Consumer<TransactionScope> work) {
		return Transactions.over(this, this.settings.schema()).run(work);
	}

	@Override
	public <T> Mono<T> inTransaction(Function<TransactionScope, Outcome<T>> work) {
		return Transactions.over(this, this.settings.schema()).call(work);
	}

	@Override
	public Mono<ClientLease> lease(Lane lane, String operation) {
		Operation described = operation(operation, lane);
		return Mono.defer(() -> {
			ServiceAudit.record(described);
			return ReactiveLeases.acquire(this.core.pool(lane), this.core.owner(operation));
		}).map((lease) -> clientLease(lease, described)).onErrorMap(PoolFailures::translate);
	}

	/**
	 * Leases a connection on a thread that waits in the pool's own queue. Were it to wait
	 * for {@link #lease}, an interrupt at the moment of the hand-over would lose the
	 * lease.
	 */
	ClientLease leaseBlocking(Lane lane, String operation) {
		Operation described = operation(operation, lane);
		ServiceAudit.record(described);
		try {
			return clientLease(this.core.pool(lane).acquire(this.core.owner(operation)), described);
		}
		catch (PoolException ex) {
			throw PoolFailures.translate(ex);
		}
	}

	private ClientLease clientLease(Lease<ClientConnection> lease, Operation operation) {
		return new ClientLease(lease, operation, this.core.keys().headersFor(this.settings.identity()),
				this.settings.schema());
	}

	@Override
	public BlockingPooledClient blocking() {
		return new BlockingPooledClient(this, this.settings.schema());
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

	private Operation operation(PostgrestRequest request) {
		String name = (this.settings.name() != null) ? this.settings.name() : request.describe();
		return operation(name, request.isSafe() ? Lane.READ : Lane.WRITE);
	}

	private Operation operation(String name, Lane lane) {
		return new Operation(name, lane, this.settings.identity().kind(), this.settings.deadline());
	}

	private record Settings(Identity identity, @Nullable String name, @Nullable Duration deadline,
			@Nullable String schema) {

	}

}
