package dev.dbpool.client;

import java.lang.ref.WeakReference;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.postgrest.http.RequestHeaders;
import io.micrometer.observation.ObservationRegistry;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.DefaultUriBuilderFactory;

/**
 * What all views of one client share: the pool of each lane, the keys, the interceptors
 * and the listeners.
 */
final class ClientCore {

	private static final Logger logger = LoggerFactory.getLogger(OperationListener.class);

	/** By this a server and its logs recognise a repeated attempt, as of supabase-js. */
	private static final String RETRY_COUNT = "X-Retry-Count";

	static final Function<ContextView, Optional<String>> NO_TRACE = (subscriber) -> Optional.empty();

	private final Server server;

	private final Lanes lanes;

	private final ConnectionPool<ClientConnection> control;

	private final RowEncoder rowEncoder;

	private final PooledWebClient.Shared webClients;

	private final PooledRestClient.Shared restClients;

	private final Credentials defaultCredentials;

	private final Instrumentation instrumentation;

	private final Map<TokenSource, WeakReference<UserTokens>> tokens;

	private final Batching batching;

	private final Deadlines.ServiceTimes serviceTimes;

	private final Map<Object, BatchLoader<?>> loaders = new ConcurrentHashMap<>();

	private final SingleFlight flights = new SingleFlight();

	/**
	 * Creates a core.
	 * @param control the pool of the one connection beside those of the lanes
	 */
	ClientCore(Server server, Lanes lanes, ConnectionPool<ClientConnection> control, Credentials defaultCredentials,
			Instrumentation instrumentation, Batching batching) {
		this.server = server;
		this.rowEncoder = new RowEncoder(server.origin());
		this.webClients = new PooledWebClient.Shared(server.origin());
		this.restClients = new PooledRestClient.Shared(
				new UriTemplates(new DefaultUriBuilderFactory(server.url().toString())::uriString));
		this.lanes = lanes;
		this.control = control;
		this.defaultCredentials = defaultCredentials;
		this.instrumentation = instrumentation;
		this.batching = batching;
		this.tokens = new WeakHashMap<>();
		this.serviceTimes = new Deadlines.ServiceTimes(System::nanoTime);
	}

	private ClientCore(ClientCore origin, Lanes lanes, Instrumentation instrumentation) {
		this.server = origin.server;
		this.rowEncoder = origin.rowEncoder;
		this.webClients = origin.webClients;
		this.restClients = origin.restClients;
		this.lanes = lanes;
		this.control = origin.control;
		this.defaultCredentials = origin.defaultCredentials;
		this.instrumentation = instrumentation;
		this.batching = origin.batching;
		this.tokens = origin.tokens;
		this.serviceTimes = origin.serviceTimes;
	}

	SettingNames settings() {
		return this.server.settings();
	}

	Deadlines.ServiceTimes serviceTimes() {
		return this.serviceTimes;
	}

	/**
	 * Returns the same core under another name, with those of the interceptors outside of
	 * its own, and with those of the listeners, that it does not have yet.
	 */
	ClientCore instrumented(String name, List<OperationInterceptor> interceptors, List<OperationListener> listeners) {
		return new ClientCore(this, this.lanes,
				new Instrumentation(name, union(interceptors, this.instrumentation.interceptors()),
						union(this.instrumentation.listeners(), listeners), this.instrumentation.traceId(),
						this.instrumentation.observations(), this.instrumentation.leakStackTraces()));
	}

	/**
	 * Returns the same core on the control connection, whatever the lane. Its operations
	 * are not observed, since they are not those of a caller.
	 */
	ClientCore onControlConnection() {
		Map<Lane, ConnectionPool<ClientConnection>> control = new EnumMap<>(Lane.class);
		for (Lane lane : Lane.values()) {
			control.put(lane, this.control);
		}
		return new ClientCore(this, new Lanes(control, LaneSharing.NONE, 1), this.instrumentation.unobserved());
	}

	private static <T> List<T> union(List<T> first, List<T> second) {
		Set<T> all = Collections.newSetFromMap(new IdentityHashMap<>());
		return Stream.concat(first.stream(), second.stream()).filter(all::add).toList();
	}

	String name() {
		return this.instrumentation.pool();
	}

	ConnectionPool<ClientConnection> pool(Lane lane) {
		return this.lanes.pool(lane);
	}

	Lanes lanes() {
		return this.lanes;
	}

	/**
	 * Returns what turns examples into columns and values.
	 */
	RowEncoder rowEncoder() {
		return this.rowEncoder;
	}

	/**
	 * Returns the base URL of the project, without the REST path.
	 */
	URI url() {
		return this.server.url();
	}

	URI restRoot() {
		return this.server.restRoot();
	}

	ApiKeys keys() {
		return this.defaultCredentials.keys();
	}

	/**
	 * Returns the tokens of a source, the same ones to all views that have it at the same
	 * time. Of sources that are equal only one is known.
	 */
	UserTokens tokensOf(TokenSource source) {
		synchronized (this.tokens) {
			WeakReference<UserTokens> known = this.tokens.get(source);
			UserTokens shared = (known != null) ? known.get() : null;
			if (shared == null) {
				shared = new UserTokens(source);
				this.tokens.put(source, new WeakReference<>(shared));
			}
			return shared.areOf(source) ? shared : new UserTokens(source);
		}
	}

	/**
	 * Returns what the {@code WebClient}s of all views share.
	 */
	PooledWebClient.Shared webClients() {
		return this.webClients;
	}

	/**
	 * Returns what the {@code RestClient}s of all views share.
	 */
	PooledRestClient.Shared restClients() {
		return this.restClients;
	}

	/**
	 * Returns whom operations act as that say nothing about it.
	 */
	Credentials defaultCredentials() {
		return this.defaultCredentials;
	}

	LeaseOwner owner(String operation, ContextView subscriber) {
		return new LeaseOwner(operation, this.instrumentation.traceId().apply(subscriber).orElse(null),
				this.instrumentation.leakStackTraces() ? new Exception(operation + " asked for a lease here") : null);
	}

	/**
	 * Returns the headers of an attempt, from 1.
	 */
	RequestHeaders headersOf(int attempt, RequestHeaders identity) {
		return (attempt > 1 && this.server.sendRetryCount()) ? identity.with(RETRY_COUNT, String.valueOf(attempt - 1))
				: identity;
	}

	/**
	 * Puts the interceptors around the attempts of an operation, the first outermost, and
	 * the observation of the operation around them.
	 */
	<T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		Publisher<T> result = isObserved() ? OperationObservation.ofAttempt(attempt) : attempt;
		List<OperationInterceptor> interceptors = this.instrumentation.interceptors();
		for (int i = interceptors.size() - 1; i >= 0; i--) {
			result = interceptors.get(i).intercept(operation, result);
		}
		return isObserved() ? OperationObservation.ofOperation(this.instrumentation.observations(), operation, result)
				: result;
	}

	/**
	 * Puts the observation of a manual lease around its acquisition.
	 * @param started receives the observation, which it has to end
	 */
	<T> Publisher<T> observeLease(Operation operation, Flux<T> lease, Consumer<OperationObservation> started) {
		return isObserved()
				? OperationObservation.ofLease(this.instrumentation.observations(), operation, lease, started) : lease;
	}

	/**
	 * Returns whether operations, and their waits, are observed.
	 */
	boolean isObserved() {
		return !this.instrumentation.observations().isNoop();
	}

	Batching batching() {
		return this.batching;
	}

	/**
	 * Returns what loads rows of one kind, as long as it does; a new one otherwise.
	 * @param key what the rows have in common
	 * @param source creates what sends the requests
	 */
	@SuppressWarnings("unchecked")
	<T> BatchLoader<T> loader(Object key, Supplier<TableReads<T>> source) {
		return (BatchLoader<T>) this.loaders.computeIfAbsent(key, (absent) -> {
			TableReads<T> reads = source.get();
			return new BatchLoader<>(reads, this.batching, reads.operation().deadline().orElse(null), maxWaiting(),
					(idle) -> this.loaders.remove(key, idle));
		});
	}

	/**
	 * Returns how many callers may wait for batches of one kind: as many batches as
	 * requests may be leased or wait.
	 */
	private int maxWaiting() {
		PoolOptions options = pool(Lane.READ).options();
		long requests = (long) options.maxPending() + options.maxConnections();
		return (int) Math.min(Integer.MAX_VALUE, requests * this.batching.maxKeys());
	}

	/**
	 * Returns where identical reads share an exchange.
	 */
	SingleFlight flights() {
		return this.flights;
	}

	void notifyCoalesced(Operation operation, int callers) {
		notifyListeners((listener) -> listener.onCoalesced(operation, callers));
	}

	void notifyBatch(Operation operation, int keys) {
		notifyListeners((listener) -> listener.onBatch(operation, keys));
	}

	void notifyEnd(OperationOutcome outcome) {
		notifyListeners((listener) -> listener.onEnd(outcome));
	}

	private void notifyListeners(Consumer<OperationListener> event) {
		for (OperationListener listener : this.instrumentation.listeners()) {
			try {
				event.accept(listener);
			}
			catch (Throwable ex) {
				logger.warn("Operation listener {} failed", listener.getClass().getName(), ex);
			}
		}
	}

	Mono<Void> close(Duration drainTime) {
		return Mono.defer(() -> {
			List<Mono<Void>> ends = Stream.concat(this.lanes.all().stream(), Stream.of(this.control))
				.map((pool) -> Mono.fromFuture(pool.close(drainTime).toCompletableFuture(), true))
				.toList();
			this.lanes.closed();
			return Mono.when(ends);
		});
	}

	/**
	 * The server that the connections lead to.
	 *
	 * @param url the base URL of the project, without the REST path
	 * @param restRoot the URL of the REST root
	 * @param origin builds clients whose base URL is that of the project
	 * @param sendRetryCount whether a repeated request says which repetition it is
	 * @param settings how messages name settings
	 */
	record Server(URI url, URI restRoot, WebClient.Builder origin, boolean sendRetryCount, SettingNames settings) {

	}

	/**
	 * What sees the operations.
	 *
	 * @param pool the name of the pool that the operations say they run on
	 * @param interceptors what stands around their attempts, the first outermost
	 * @param listeners notified of their ends
	 * @param traceId the trace that a subscriber belongs to
	 * @param observations where the operations are observed
	 * @param leakStackTraces whether each lease records where it was asked for
	 */
	record Instrumentation(String pool, List<OperationInterceptor> interceptors, List<OperationListener> listeners,
			Function<ContextView, Optional<String>> traceId, ObservationRegistry observations,
			boolean leakStackTraces) {

		Instrumentation {
			interceptors = List.copyOf(interceptors);
			listeners = List.copyOf(listeners);
		}

		Instrumentation unobserved() {
			return new Instrumentation(this.pool, this.interceptors, this.listeners, this.traceId,
					ObservationRegistry.NOOP, this.leakStackTraces);
		}

	}

}
