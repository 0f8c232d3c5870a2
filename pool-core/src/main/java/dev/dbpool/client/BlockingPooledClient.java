package dev.dbpool.client;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.postgrest.BlockingPostgrestClient;
import dev.dbpool.postgrest.BlockingPostgrestOperations;
import dev.dbpool.postgrest.BlockingRpcCall;
import dev.dbpool.postgrest.BlockingTable;
import dev.dbpool.postgrest.http.BlockingCalls;
import dev.dbpool.transaction.Outcome;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import dev.dbpool.transaction.Transactions;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.web.client.RestClient;

/**
 * A {@link PooledClient} for callers that may block. It takes the same path: the same
 * pools, queue, retries and breaker. On a thread that must not block, such as an event
 * loop, each call throws an {@link IllegalStateException} before anything is sent.
 */
public final class BlockingPooledClient implements BlockingPostgrestOperations {

	private final DefaultPooledClient client;

	private final @Nullable String schema;

	BlockingPooledClient(DefaultPooledClient client, @Nullable String schema) {
		this.client = client;
		this.schema = schema;
	}

	@Override
	public BlockingTable from(String table) {
		return postgrest().from(table);
	}

	@Override
	public BlockingRpcCall rpc(String function) {
		return postgrest().rpc(function);
	}

	/**
	 * Bounds the time of each operation of this view, as {@link PooledClient#within}
	 * does.
	 * @param deadline the time from the call to its end
	 * @return a view of this client
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	public BlockingPooledClient within(Duration deadline) {
		return new BlockingPooledClient(this.client.within(deadline), this.schema);
	}

	/**
	 * Sets how long the server may be silent in each request of this view, as
	 * {@link PooledClient#requestTimeout} does.
	 * @param timeout the time
	 * @return a view of this client
	 * @throws IllegalArgumentException if it is not more than zero, or so long that leak
	 * detection would take a request under way for a leak
	 */
	public BlockingPooledClient requestTimeout(Duration timeout) {
		return new BlockingPooledClient(this.client.requestTimeout(timeout), this.schema);
	}

	/**
	 * Sets how often a failed attempt of an operation of this view is repeated, as
	 * {@link PooledClient#retries} does.
	 * @param retries how often; 0 for never
	 * @return a view of this client
	 * @throws IllegalArgumentException if it is negative
	 */
	public BlockingPooledClient retries(int retries) {
		return new BlockingPooledClient(this.client.retries(retries), this.schema);
	}

	@Override
	public BlockingPooledClient schema(String schema) {
		return new BlockingPooledClient(this.client, schema);
	}

	@Override
	public BlockingPooledClient prefer(String preference) {
		return new BlockingPooledClient(this.client.prefer(preference), this.schema);
	}

	@Override
	public JsonNode openApi() {
		return postgrest().openApi();
	}

	/**
	 * Addresses a table for everyday work: {@code table("users", User.class).get(id)}.
	 * @param <T> the type of a row
	 * @param name the name of the table or view
	 * @param type the type of a row: a record, bean, or
	 * {@link dev.dbpool.postgrest.value.Row}
	 * @return the table, whose rows are identified by the column {@code id}
	 */
	public <T> BlockingEntityTable<T> table(String name, Class<T> type) {
		PooledClient rows = (this.schema != null) ? this.client.schema(this.schema) : this.client;
		return new BlockingEntityTable<>(this, this.client.rowEncoder(), name, type,
				EntityKey.of(this.client.rowEncoder(), EntityTable.ID), rows.table(name, type));
	}

	/**
	 * Leases a connection manually, to be used with try-with-resources.
	 * @param lane the lane
	 * @param operation name of what it is for
	 * @return the lease, to be closed by the caller
	 * @throws IllegalStateException on a thread that must not block
	 * @throws org.springframework.dao.DataAccessException if no connection is available
	 */
	public ClientLease lease(Lane lane, String operation) {
		BlockingCalls.requireBlockingThread();
		return this.client.leaseBlocking(lane, operation);
	}

	/**
	 * Runs a transaction, as {@link PooledClient#transaction} does.
	 * @param work adds the operations
	 * @return what the operations returned
	 * @throws IllegalStateException on a thread that must not block
	 * @throws org.springframework.dao.DataAccessException if it failed
	 */
	public TransactionResult transaction(Consumer<TransactionScope> work) {
		return await(transactions().run(work));
	}

	/**
	 * Runs a transaction, as {@link PooledClient#inTransaction} does.
	 * @param <T> the type of what is returned
	 * @param work adds the operations, and says what to return
	 * @return what is to be returned
	 * @throws IllegalStateException on a thread that must not block
	 * @throws org.springframework.dao.DataAccessException if it failed
	 */
	public <T> T inTransaction(Function<TransactionScope, Outcome<T>> work) {
		return await(transactions().call(work));
	}

	private Transactions transactions() {
		return this.client.transactions(this.schema);
	}

	private static <T> T await(Mono<T> result) {
		return BlockingCalls.await(result, "the transaction was committed", DataAccessResourceFailureException::new)
			.orElseThrow();
	}

	/**
	 * The blocking twin of {@link PooledClient#webClient(Lane)}, for whatever takes a
	 * {@link RestClient}. The lease is held until the body of the answer was read or the
	 * answer was closed. A body that is sent is kept in memory. Failures of the pool are
	 * {@link org.springframework.dao.DataAccessException}s.
	 * @param lane the lane of all exchanges
	 * @return the client, whose request factory must stay
	 */
	public RestClient restClient(Lane lane) {
		return restClient(new PooledConnector(this.client, (method) -> lane));
	}

	/**
	 * The same as {@link #restClient(Lane)}, on the read lane for GET, HEAD and OPTIONS
	 * and on the write lane for everything else.
	 * @return the client, whose request factory must stay
	 */
	public RestClient restClient() {
		return restClient(new PooledConnector(this.client, Lane::of));
	}

	private RestClient restClient(PooledConnector connector) {
		return this.client.restClients().of(configure(RestClient.builder(), connector));
	}

	/**
	 * Lets the clients of a builder run through the pool as {@link #restClient()} does,
	 * for builders that others make, such as those of {@code @ImportHttpServices}. Sets
	 * its request factory and its base URL.
	 * @param builder the builder
	 * @return the same builder
	 */
	public RestClient.Builder configure(RestClient.Builder builder) {
		return configure(builder, new PooledConnector(this.client, Lane::of));
	}

	private RestClient.Builder configure(RestClient.Builder builder, PooledConnector connector) {
		return builder.baseUrl(this.client.url()).requestFactory(new PooledRequestFactory(connector));
	}

	private BlockingPostgrestClient postgrest() {
		BlockingPostgrestClient postgrest = BlockingPostgrestClient.over(this.client.statements());
		return (this.schema != null) ? postgrest.schema(this.schema) : postgrest;
	}

}
