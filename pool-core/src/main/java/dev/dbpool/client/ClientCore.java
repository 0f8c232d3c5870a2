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
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * What all views of one client share: the pool of each lane, the keys, the interceptors
 * and the listeners.
 */
final class ClientCore {

	private static final Logger logger = LoggerFactory.getLogger(OperationListener.class);

	private final String name;

	private final URI url;

	private final URI restRoot;

	private final Map<Lane, ConnectionPool<ClientConnection>> pools;

	private final WebClient.Builder origin;

	private final RowEncoder rowEncoder;

	private final ApiKeys keys;

	private final IdentitySource defaultIdentitySource;

	private final List<OperationInterceptor> interceptors;

	private final List<OperationListener> listeners;

	private final Supplier<Optional<String>> traceId;

	private final boolean sendRetryCount;

	private final Map<TokenSource, WeakReference<UserTokens>> tokens;

	private final Batching batching;

	private final SettingNames settings;

	private final Map<Object, BatchLoader<?>> loaders = new ConcurrentHashMap<>();

	ClientCore(String name, URI url, URI restRoot, WebClient.Builder origin,
			Map<Lane, ConnectionPool<ClientConnection>> pools, ApiKeys keys, IdentitySource defaultIdentitySource,
			List<OperationInterceptor> interceptors, List<OperationListener> listeners,
			Supplier<Optional<String>> traceId, boolean sendRetryCount, Batching batching, SettingNames settings) {
		this.name = name;
		this.url = url;
		this.restRoot = restRoot;
		this.origin = origin;
		this.rowEncoder = new RowEncoder(origin);
		this.pools = new EnumMap<>(pools);
		this.keys = keys;
		this.defaultIdentitySource = defaultIdentitySource;
		this.interceptors = List.copyOf(interceptors);
		this.listeners = List.copyOf(listeners);
		this.traceId = traceId;
		this.sendRetryCount = sendRetryCount;
		this.batching = batching;
		this.settings = settings;
		this.tokens = new WeakHashMap<>();
	}

	private ClientCore(ClientCore origin, String name, List<OperationInterceptor> interceptors,
			List<OperationListener> listeners) {
		this.name = name;
		this.url = origin.url;
		this.restRoot = origin.restRoot;
		this.origin = origin.origin;
		this.rowEncoder = origin.rowEncoder;
		this.pools = origin.pools;
		this.keys = origin.keys;
		this.defaultIdentitySource = origin.defaultIdentitySource;
		this.interceptors = List.copyOf(interceptors);
		this.listeners = List.copyOf(listeners);
		this.traceId = origin.traceId;
		this.sendRetryCount = origin.sendRetryCount;
		this.batching = origin.batching;
		this.settings = origin.settings;
		this.tokens = origin.tokens;
	}

	SettingNames settings() {
		return this.settings;
	}

	/**
	 * Returns the same core under another name, with those of the interceptors outside of
	 * its own, and with those of the listeners, that it does not have yet.
	 */
	ClientCore instrumented(String name, List<OperationInterceptor> interceptors, List<OperationListener> listeners) {
		return new ClientCore(this, name, union(interceptors, this.interceptors), union(this.listeners, listeners));
	}

	private static <T> List<T> union(List<T> first, List<T> second) {
		Set<T> all = Collections.newSetFromMap(new IdentityHashMap<>());
		return Stream.concat(first.stream(), second.stream()).filter(all::add).toList();
	}

	String name() {
		return this.name;
	}

	ConnectionPool<ClientConnection> pool(Lane lane) {
		ConnectionPool<ClientConnection> pool = this.pools.get(lane);
		if (pool == null) {
			throw new IllegalStateException("no pool for lane " + lane.id());
		}
		return pool;
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
		return this.url;
	}

	URI restRoot() {
		return this.restRoot;
	}

	ApiKeys keys() {
		return this.keys;
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
	 * Returns the builder of clients whose base URL is that of the project.
	 */
	WebClient.Builder origin() {
		return this.origin.clone();
	}

	/**
	 * Returns whom operations act as that say nothing about it.
	 */
	IdentitySource defaultIdentitySource() {
		return this.defaultIdentitySource;
	}

	LeaseOwner owner(String operation) {
		return new LeaseOwner(operation, this.traceId.get().orElse(null));
	}

	/**
	 * Returns the headers of an attempt, from 1.
	 */
	HttpHeaders headersOf(int attempt, HttpHeaders identity) {
		return this.sendRetryCount ? RetryCount.addTo(identity, attempt) : identity;
	}

	/**
	 * Puts the interceptors around the attempts of an operation, the first outermost.
	 */
	<T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		Publisher<T> result = attempt;
		for (int i = this.interceptors.size() - 1; i >= 0; i--) {
			result = this.interceptors.get(i).intercept(operation, result);
		}
		return result;
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

	void notifyBatch(Operation operation, int keys) {
		notifyListeners((listener) -> listener.onBatch(operation, keys));
	}

	void notifyEnd(OperationOutcome outcome) {
		notifyListeners((listener) -> listener.onEnd(outcome));
	}

	private void notifyListeners(Consumer<OperationListener> event) {
		for (OperationListener listener : this.listeners) {
			try {
				event.accept(listener);
			}
			catch (Throwable ex) {
				logger.warn("Operation listener {} failed", listener.getClass().getName(), ex);
			}
		}
	}

	Mono<Void> close(Duration drainTime) {
		return Mono.defer(() -> Mono.when(
				this.pools.values().stream().map((pool) -> Mono.fromCompletionStage(pool.close(drainTime))).toList()));
	}

}
