package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.PostgrestOperations;
import dev.dbpool.transaction.Outcome;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Access to a Supabase project, or a bare PostgREST, over pooled connections.
 * <p>
 * Each statement is an operation: at subscription it takes a lease on the lane that its
 * verb asks for, holds it until the last element of its result, an error, or a cancel,
 * and gives it back. The methods that begin with {@code as}, and {@link #named},
 * {@link #within} and {@link #schema}, return views with that setting; all views share
 * the same pools. Clients are immutable and safe for use from any thread. Nothing blocks,
 * except for {@link #blocking()}.
 * <p>
 * Failures are {@link org.springframework.dao.DataAccessException}s that carry an
 * {@link OperationFailure}.
 */
public interface PooledClient extends PostgrestOperations, AutoCloseable {

	/**
	 * Starts to build a client.
	 * @param url the base URL of the project, without the REST path
	 * @param keys the keys of the project
	 * @return a builder with defaults for everything else
	 */
	static PooledClientBuilder builder(URI url, ApiKeys keys) {
		return new PooledClientBuilder(url, keys);
	}

	/**
	 * Acts as the anonymous role, which is the default. Row-level security applies.
	 * @return a view of this client
	 */
	PooledClient asAnon();

	/**
	 * Acts as the service role, which bypasses row-level security. Each operation is
	 * written to the logger {@code dev.dbpool.audit}.
	 * @return a view of this client
	 * @throws IllegalStateException if there is no service role key
	 */
	PooledClient asService();

	/**
	 * Acts as a signed-in user. Row-level security applies.
	 * @param jwt the user's access token, without {@code Bearer}
	 * @return a view of this client
	 * @throws IllegalArgumentException if the token is blank or cannot be one
	 */
	PooledClient asUser(String jwt);

	/**
	 * Acts as a signed-in user whose tokens come from a source. It is asked for each
	 * operation, and once more if the server refuses the token as invalid or expired;
	 * then the operation is sent again with the fresh token. A manual lease is taken with
	 * one token, which is not replaced.
	 * @param tokens gives the tokens; a blank one is refused before anything is sent
	 * @return a view of this client
	 */
	PooledClient asUser(TokenSource tokens);

	/**
	 * The same as {@link #asUser(TokenSource)} for a source that need not know which
	 * token was refused.
	 * @param tokens gives a token for each subscription
	 * @return a view of this client
	 */
	default PooledClient asUser(Mono<String> tokens) {
		return asUser((refused) -> tokens);
	}

	/**
	 * The same as {@link #asUser(TokenSource)} for a source that may block. It is called
	 * on the subscribing thread, or on another one if that must not block.
	 * @param tokens gives a token at each call
	 * @return a view of this client
	 */
	default PooledClient asUser(Supplier<String> tokens) {
		Mono<String> token = Mono.fromSupplier(tokens);
		return asUser((refused) -> Schedulers.isInNonBlockingThread() ? token.subscribeOn(Schedulers.boundedElastic())
				: token);
	}

	/**
	 * Names the operations of this view, for metrics, logs and leak reports. Without a
	 * name a statement is called by its method and path, such as {@code GET /cars}.
	 * @param operation the name, such as {@code POST /api/orders}; free of ids and other
	 * values, since it becomes a tag of metrics
	 * @return a view of this client
	 */
	PooledClient named(String operation);

	/**
	 * Bounds the time of each operation of this view, queueing, retries and back-off
	 * included, in place of any bound set before, be it shorter or longer. The caller's
	 * time-out cancels nothing on the server.
	 * @param deadline the time from subscription to end
	 * @return a view of this client
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	PooledClient within(Duration deadline);

	/**
	 * Sets how long the server may be silent in each request of this view, in place of
	 * what is configured, be it shorter or longer. Applies to manual leases as well.
	 * @param timeout the time
	 * @return a view of this client
	 * @throws IllegalArgumentException if it is not more than zero, or so long that leak
	 * detection would take a request under way for a leak
	 */
	PooledClient requestTimeout(Duration timeout);

	/**
	 * Sets how often a failed attempt of an operation of this view is repeated where that
	 * is safe, in place of what is configured. Honoured by interceptors that retry, such
	 * as that of the starter.
	 * @param retries how often; 0 for never
	 * @return a view of this client
	 * @throws IllegalArgumentException if it is negative
	 */
	PooledClient retries(int retries);

	/**
	 * Lets the operations of this view yield to all others, for imports, exports and
	 * jobs. One takes a connection of its lane only while no other caller waits for one,
	 * and at most the background share of the lane is leased with it. Until then it waits
	 * for as long as any operation waits for a connection, behind background operations
	 * that came before it. It borrows no connection of the other lane. Applies to manual
	 * leases as well.
	 * @return a view of this client
	 */
	PooledClient background();

	/**
	 * Sends the reads of a user to the primary for a time after each write of the same
	 * user, instead of to a read replica, which may not have the write yet. A user is
	 * recognised by the subject of the token; operations as the anonymous or the service
	 * role are those of one user each. Writes count that are made through the returned
	 * view, or views derived from it.
	 * @param window the time, longer than replication takes
	 * @return a view of this client
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	PooledClient readYourWrites(Duration window);

	@Override
	PooledClient schema(String schema);

	@Override
	PooledClient prefer(String preference);

	/**
	 * Coalesces identical reads of this view: one that is subscribed to while another is
	 * in flight receives the answer of that, decoded anew. Reads are identical if they
	 * have the same URL, headers, identity with its token, and settings of the view.
	 * <p>
	 * Applies to GET requests whose answer is read as a whole. All callers of an exchange
	 * see one snapshot. The exchange may have begun before the caller asked, so a result
	 * may lack what was written since, by the caller, too: do not use it for reads that
	 * must see an own write. Each caller keeps its own deadline and cancellation, and
	 * receives its own exception. The exchange has an empty Reactor context, and is
	 * cancelled with its last caller.
	 * @return a view of this client
	 */
	PooledClient coalesced();

	/**
	 * Addresses a table for everyday work: {@code table("users", User.class).get(id)}.
	 * @param <T> the type of a row
	 * @param name the name of the table or view
	 * @param type the type of a row: a record, bean, or
	 * {@link dev.dbpool.postgrest.value.Row}
	 * @return the table, whose rows are identified by the column {@code id}
	 */
	<T> EntityTable<T> table(String name, Class<T> type);

	/**
	 * Runs several requests that only read on one connection, and repeats them as a whole
	 * when an attempt fails in a way that passes. The work must not block: if it has
	 * waited for a connection, it may begin on an event loop.
	 * @param <T> the type of result
	 * @param operation name of the operation
	 * @param work the requests
	 * @return the result of the work
	 */
	<T> Mono<T> read(String operation, Function<PostgrestClient, Mono<T>> work);

	/**
	 * The same as {@link #read} for a result of many elements.
	 * @param <T> the type of element
	 * @param operation name of the operation
	 * @param work the requests
	 * @return the result of the work
	 */
	<T> Flux<T> readMany(String operation, Function<PostgrestClient, Flux<T>> work);

	/**
	 * Runs several requests on one connection of the write lane. They are no transaction.
	 * They are repeated as a whole only while none that must not be sent twice has taken
	 * effect, or may have.
	 * @param <T> the type of result
	 * @param operation name of the operation
	 * @param work the requests
	 * @return the result of the work
	 */
	<T> Mono<T> write(String operation, Function<PostgrestClient, Mono<T>> work);

	/**
	 * The same as {@link #write} for a result of many elements.
	 * @param <T> the type of element
	 * @param operation name of the operation
	 * @param work the requests
	 * @return the result of the work
	 */
	<T> Flux<T> writeMany(String operation, Function<PostgrestClient, Flux<T>> work);

	/**
	 * Runs a transaction: several operations in one request, all or none of them, as the
	 * identity of this view. It is applied once, even when its answer is lost and it has
	 * to be sent again. Each subscription is a transaction of its own, and runs the
	 * lambda anew.
	 * @param work adds the operations
	 * @return what the operations returned
	 */
	Mono<TransactionResult> transaction(Consumer<TransactionScope> work);

	/**
	 * The same as {@link #transaction}, and says what to return:
	 * {@code inTransaction(tx -> tx.from("orders").insert(order).single(Order.class))}.
	 * @param <T> the type of what is returned
	 * @param work adds the operations, and says what to return
	 * @return what is to be returned
	 */
	<T> Mono<T> inTransaction(Function<TransactionScope, Outcome<T>> work);

	/**
	 * Leases a connection manually. It passes no interceptor, so there is neither retry
	 * nor circuit breaker. To be used with {@code Mono.usingWhen}, so that it is closed
	 * whatever happens.
	 * @param lane the lane
	 * @param operation name of what it is for
	 * @return the lease, to be closed by the subscriber
	 */
	Mono<ClientLease> lease(Lane lane, String operation);

	/**
	 * Returns a client for whatever takes a {@link WebClient}: Spring's HTTP service
	 * interfaces, other libraries, the other HTTP APIs of a Supabase project. Its base
	 * URL is that of the project, without the REST path.
	 * <p>
	 * Each exchange is an operation: it takes a lease and holds it until the body of the
	 * answer was read to the end, released or cancelled; one that is never read is taken
	 * back by leak detection. It is sent with the identity of this view, in place of any
	 * {@code apikey} and {@code Authorization} of the request, and to the host of this
	 * client only. It is named by its URI template.
	 * <p>
	 * Interceptors see failures to connect, to send, and to get an answer. What they
	 * repeat is GET, HEAD and OPTIONS, and anything else as long as nothing of it was
	 * sent. An answer, whatever its status, is the caller's. Failures are those of
	 * {@code WebClient}; those of the pool are their causes.
	 * @param lane the lane of all exchanges; {@link Lane#READ} refuses what is not GET,
	 * HEAD or OPTIONS
	 * @return the client, whose connector must stay
	 */
	WebClient webClient(Lane lane);

	/**
	 * The same as {@link #webClient(Lane)}, on the read lane for GET, HEAD and OPTIONS
	 * and on the write lane for everything else.
	 * @return the client, whose connector must stay
	 */
	WebClient webClient();

	/**
	 * Lets the clients of a builder run through the pool as {@link #webClient()} does,
	 * for builders that others make, such as those of {@code @ImportHttpServices}. Sets
	 * its connector and its base URL.
	 * @param builder the builder
	 * @return the same builder
	 */
	WebClient.Builder configure(WebClient.Builder builder);

	/**
	 * Returns a view for callers that may block: servlet threads, virtual threads, jobs.
	 * @return the blocking view
	 */
	BlockingPooledClient blocking();

	/**
	 * Returns where the REST API begins.
	 * @return the URL with the REST path
	 */
	URI restRoot();

	/**
	 * Returns the keys that this client was built with. They do not show.
	 * @return the keys
	 */
	ApiKeys keys();

	/**
	 * Returns the pool of a lane, to look at or to control.
	 * @param lane the lane
	 * @return its pool
	 */
	ConnectionPool<?> pool(Lane lane);

	/**
	 * Returns how many {@linkplain #background() background operations} of a lane wait
	 * until they may ask for a connection.
	 * @param lane the lane
	 * @return the number, which the {@code pending} of the pool does not contain
	 */
	int backgroundPending(Lane lane);

	/**
	 * Returns the read replicas.
	 * @return the replicas, in the order in which the builder was given them
	 */
	List<ReadEndpoint> readEndpoints();

	/**
	 * Closes the pools. Callers that wait, and new ones, are refused immediately;
	 * operations under way may go on for the drain time.
	 * @param drainTime how long they may go on
	 * @return completes when the last connection is closed
	 */
	Mono<Void> close(Duration drainTime);

	/**
	 * Closes the pools with 30 seconds of drain time, without waiting for the end.
	 */
	@Override
	void close();

}
