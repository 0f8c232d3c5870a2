package dev.dbpool.client;

import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.postgrest.BlockingPostgrestClient;
import dev.dbpool.postgrest.BlockingPostgrestOperations;
import dev.dbpool.postgrest.BlockingRpcCall;
import dev.dbpool.postgrest.BlockingTable;
import dev.dbpool.transaction.Outcome;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import dev.dbpool.transaction.Transactions;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

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

	@Override
	public BlockingPooledClient schema(String schema) {
		return new BlockingPooledClient(this.client, schema);
	}

	/**
	 * Leases a connection by hand, to be used with try-with-resources.
	 * @param lane the lane
	 * @param operation name of what it is for
	 * @return the lease, to be closed by the caller
	 * @throws IllegalStateException on a thread that must not block
	 * @throws org.springframework.dao.DataAccessException if no connection was to be had
	 */
	public ClientLease lease(Lane lane, String operation) {
		requireBlockingThread();
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
		return Transactions.over(this.client, this.schema);
	}

	private static <T> T await(Mono<T> result) {
		requireBlockingThread();
		return result.blockOptional().orElseThrow();
	}

	private static void requireBlockingThread() {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException("thread " + Thread.currentThread().getName()
					+ " must not block. Use the reactive client there, or publishOn(Schedulers.boundedElastic())");
		}
	}

	private BlockingPostgrestClient postgrest() {
		BlockingPostgrestClient postgrest = BlockingPostgrestClient.over(this.client);
		return (this.schema != null) ? postgrest.schema(this.schema) : postgrest;
	}

}
