package dev.dbpool.client;

import java.net.URI;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.postgrest.http.AnswerBytes;
import dev.dbpool.transport.Http2Mode;
import dev.dbpool.transport.HttpConnector;
import dev.dbpool.transport.HttpProbe;
import dev.dbpool.transport.SendGate;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.LoopResources;
import reactor.util.context.ContextView;

import org.springframework.http.HttpMethod;
import org.springframework.util.Assert;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Builds a {@link PooledClient}. Not safe for use from several threads.
 */
public final class PooledClientBuilder {

	private static final Logger logger = LoggerFactory.getLogger(PooledClient.class);

	/** The name of a client that was given none. */
	public static final String DEFAULT_NAME = "default";

	/** The connector gives up first, and says why. */
	private static final Duration OPEN_TIMEOUT_MARGIN = Duration.ofSeconds(5);

	/** Each check of the server opens a connection, unless the last one is just over. */
	private static final Duration CONTROL_IDLE_TIMEOUT = Duration.ofSeconds(1);

	private static final Duration CONTROL_OPEN_BACKOFF = Duration.ofMillis(500);

	private static final Duration REPLICA_OPEN_BACKOFF = Duration.ofSeconds(2);

	private final URI url;

	private final ApiKeys keys;

	private String name = DEFAULT_NAME;

	private @Nullable String propertyPrefix;

	private String restPath = "/rest/v1";

	private @Nullable String schema;

	private Duration connectTimeout = Duration.ofSeconds(5);

	private Duration requestTimeout = Duration.ofSeconds(10);

	private WebClient.Builder webClient = WebClient.builder();

	private Http2Mode http2 = Http2Mode.OFF;

	private @Nullable ExchangeMode exchangeMode;

	private ObservationRegistry observations = ObservationRegistry.NOOP;

	private UnaryOperator<HttpClient> httpClient = UnaryOperator.identity();

	private @Nullable LoopResources loopResources;

	private Function<ContextView, Optional<String>> traceId = ClientCore.NO_TRACE;

	private boolean observedOperations;

	private boolean leakStackTraces;

	private Duration operationTimeout = Duration.ofSeconds(60);

	private DataSize maxAnswerSize = DataSize.ofMegabytes(32);

	private ColumnNaming columnNaming = ColumnNaming.AS_MAPPED;

	private LaneSharing laneSharing = LaneSharing.IDLE;

	private ConcurrencyLimit concurrencyLimit = ConcurrencyLimit.FIXED;

	private @Nullable ConnectionShare connectionShare;

	private double backgroundShare = 0.5;

	private List<URI> readEndpoints = List.of();

	private @Nullable BiFunction<Integer, CircuitBreakerConfig, CircuitBreaker> readEndpointBreakers;

	private BiFunction<URI, PoolOptions.Builder, PoolOptions.Builder> readEndpointOptions = (url, options) -> options
		.listener(PoolListener.NONE);

	private boolean sendRetryCount = true;

	private boolean batchedReads;

	private boolean coalescedReads;

	private int maxBatchSize = 100;

	private int maxBatchesInFlight = 1;

	private @Nullable TokenSource signedInUser;

	private final Map<Lane, UnaryOperator<PoolOptions.Builder>> lanes = new EnumMap<>(Lane.class);

	private final List<OperationInterceptor> interceptors = new ArrayList<>();

	private final List<OperationListener> listeners = new ArrayList<>();

	PooledClientBuilder(URI url, ApiKeys keys) {
		Assert.isTrue(url.getRawQuery() == null && url.getRawFragment() == null, () -> "the URL of " + url.getHost()
				+ " has a query or a fragment. Give scheme and host, such as https://project.supabase.co");
		this.url = url;
		this.keys = keys;
	}

	/**
	 * Sets the name of the client's pool, which distinguishes it from those of other
	 * clients in operations, messages and metrics.
	 * @param name the name, {@value #DEFAULT_NAME} by default
	 * @return this builder
	 */
	public PooledClientBuilder name(String name) {
		Assert.hasText(name, "the name of the pool is blank. Leave it out, or give one such as 'orders'");
		this.name = name;
		return this;
	}

	/**
	 * Returns the name of the client's pool.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Sets the prefix of the properties that configure the client, so that messages name
	 * these properties instead of methods of this builder.
	 * @param propertyPrefix the prefix, such as {@code db.pool}
	 * @return this builder
	 */
	public PooledClientBuilder propertyPrefix(String propertyPrefix) {
		Assert.hasText(propertyPrefix, "The prefix of the properties must not be blank");
		this.propertyPrefix = propertyPrefix;
		return this;
	}

	/**
	 * Sets where the REST API begins below the URL.
	 * @param restPath the path, {@code /rest/v1} by default; {@code /} for a bare
	 * PostgREST
	 * @return this builder
	 */
	public PooledClientBuilder restPath(String restPath) {
		Assert.isTrue(restPath.isEmpty() || restPath.startsWith("/"), () -> "the REST path '" + restPath
				+ "' does not begin with a slash. Give '/rest/v1', or '/' for a " + "bare PostgREST");
		this.restPath = StringUtils.trimTrailingCharacter(restPath, '/');
		return this;
	}

	/**
	 * Sets the schema of all operations that name none.
	 * @param schema a schema that PostgREST exposes; its own default if {@code null}
	 * @return this builder
	 */
	public PooledClientBuilder schema(@Nullable String schema) {
		this.schema = schema;
		return this;
	}

	/**
	 * Sets how long it may take to open a socket.
	 * @param connectTimeout the time, 5 seconds by default
	 * @return this builder
	 */
	public PooledClientBuilder connectTimeout(Duration connectTimeout) {
		this.connectTimeout = connectTimeout;
		return this;
	}

	/**
	 * Sets how long the server may be silent while it answers a request.
	 * @param requestTimeout the time, 10 seconds by default
	 * @return this builder
	 */
	public PooledClientBuilder requestTimeout(Duration requestTimeout) {
		this.requestTimeout = requestTimeout;
		return this;
	}

	/**
	 * Sets the deadline of operations whose view has none: from the subscription to the
	 * end, with queueing, retries and back-off. {@link PooledClient#within} overrides it
	 * with a shorter or a longer one. Streams, and exchanges of {@code webClient()} and
	 * {@code restClient()}, have no deadline except that of {@code within}.
	 * @param operationTimeout the time, 60 seconds by default; zero for none
	 * @return this builder
	 */
	public PooledClientBuilder operationTimeout(Duration operationTimeout) {
		Assert.isTrue(!operationTimeout.isNegative(),
				() -> "operationTimeout is " + operationTimeout + ". Set it to zero for none, or to more");
		this.operationTimeout = operationTimeout;
		return this;
	}

	/**
	 * Sets the largest answer that is kept in memory as a whole, such as that of a list,
	 * a tree or a text. A longer one is an error, and closes its connection. Streams have
	 * no limit.
	 * @param maxAnswerSize the size of the body, 32 MB by default
	 * @return this builder
	 */
	public PooledClientBuilder maxAnswerSize(DataSize maxAnswerSize) {
		Assert.isTrue(maxAnswerSize.toBytes() > 0,
				() -> "maxAnswerSize is " + maxAnswerSize + ". Set it to more than zero");
		this.maxAnswerSize = maxAnswerSize;
		return this;
	}

	/**
	 * Sets whether the lanes lend each other connections.
	 * @param laneSharing whether they do, {@link LaneSharing#IDLE} by default
	 * @return this builder
	 */
	public PooledClientBuilder laneSharing(LaneSharing laneSharing) {
		this.laneSharing = laneSharing;
		return this;
	}

	/**
	 * Sets what bounds the connections of each lane, and of each read replica.
	 * @param concurrencyLimit the limit, {@link ConcurrencyLimit#FIXED} by default
	 * @return this builder
	 */
	public PooledClientBuilder concurrencyLimit(ConcurrencyLimit concurrencyLimit) {
		this.concurrencyLimit = concurrencyLimit;
		return this;
	}

	/**
	 * Sets the share that the client has in a budget of connections which other clients,
	 * mostly in other processes, use as well. The pools of its lanes open nothing until
	 * the share {@linkplain dev.dbpool.pool.ConnectionPool#restrict says how much}. Those
	 * of read replicas lead to other servers and are not bounded by it, nor is the one
	 * connection for checks of the server.
	 * @param connectionShare the share, none by default
	 * @return this builder
	 */
	public PooledClientBuilder connectionShare(ConnectionShare connectionShare) {
		this.connectionShare = connectionShare;
		return this;
	}

	/**
	 * Sets up to which share of a lane's connections background operations take free
	 * ones, see {@link PooledClient#background()}: they take none while more are leased.
	 * @param backgroundShare the share, 0.5 by default; one connection at least
	 * @return this builder
	 * @throws IllegalArgumentException if it is not more than 0 and at most 1
	 */
	public PooledClientBuilder backgroundShare(double backgroundShare) {
		Assert.isTrue(backgroundShare > 0 && backgroundShare <= 1,
				() -> "backgroundShare is " + backgroundShare + ". Set it to more than 0 and at most 1, such as 0.5");
		this.backgroundShare = backgroundShare;
		return this;
	}

	/**
	 * Sets the read replicas, to which the statements of the read lane are sent: to the
	 * less loaded of two random ones. Each has a pool as large as the read lane. A
	 * replica that fails is left out until it works again, and a read that it has failed
	 * is sent elsewhere, to the primary last. Manual leases, and exchanges of
	 * {@code webClient()} and {@code restClient()}, use the primary.
	 * @param urls the base URLs, with the same REST path and keys as that of the client
	 * @return this builder
	 */
	public PooledClientBuilder readEndpoints(List<URI> urls) {
		this.readEndpoints = List.copyOf(urls);
		return this;
	}

	/**
	 * Sets where the circuit breakers of the read replicas come from, such as from a
	 * registry. Without it, each replica has one of its own with the configuration that
	 * the function would be given.
	 * @param breakers gets the number of a replica in the order of
	 * {@link #readEndpoints}, from 1, and the configuration with which a replica is left
	 * out after three failures in a row and tried by one read after half a second, then
	 * after up to ten
	 * @return this builder
	 */
	public PooledClientBuilder readEndpointBreakers(
			BiFunction<Integer, CircuitBreakerConfig, CircuitBreaker> breakers) {
		this.readEndpointBreakers = breakers;
		return this;
	}

	/**
	 * Changes the options of the pools of read replicas, which are otherwise those of the
	 * read lane without its listener.
	 * @param options gets the URL of a replica and the options of its pool
	 * @return this builder
	 */
	public PooledClientBuilder readEndpointOptions(BiFunction<URI, PoolOptions.Builder, PoolOptions.Builder> options) {
		BiFunction<URI, PoolOptions.Builder, PoolOptions.Builder> before = this.readEndpointOptions;
		this.readEndpointOptions = (url, builder) -> options.apply(url, before.apply(url, builder));
		return this;
	}

	/**
	 * Sets how the columns of properties are named that no annotation names. Applies to
	 * rows and to {@code webClient()}, whose codecs are the same; a {@code restClient()}
	 * has message converters of its own.
	 * @param columnNaming the names, those of the application's mapper by default
	 * @return this builder
	 */
	public PooledClientBuilder columnNaming(ColumnNaming columnNaming) {
		this.columnNaming = columnNaming;
		return this;
	}

	/**
	 * Sets the builder that clients are made from. Its codecs and default headers apply
	 * to all requests, its filters and observations to those of {@code webClient()} and,
	 * with {@link ExchangeMode#WEB_CLIENT}, to statements. Its connector and base URL are
	 * replaced, and default headers of its own that name an identity are left out.
	 * @param webClient the builder, which is copied for each connection; its codecs are
	 * made once for all of them
	 * @return this builder
	 */
	public PooledClientBuilder webClient(WebClient.Builder webClient) {
		this.webClient = webClient.clone();
		return this;
	}

	/**
	 * Sets where the exchanges of statements are observed that are sent directly: as
	 * {@code http.client.requests}, with the tags of a {@code WebClient}, and with the
	 * headers that pass the trace on.
	 * @param observations the registry, none by default
	 * @return this builder
	 */
	public PooledClientBuilder observationRegistry(ObservationRegistry observations) {
		this.observations = observations;
		return this;
	}

	/**
	 * Sets what sends statements over the leased connections.
	 * @param exchange the mode, {@link ExchangeMode#DIRECT} by default
	 * @return this builder
	 */
	public PooledClientBuilder exchange(ExchangeMode exchange) {
		this.exchangeMode = exchange;
		return this;
	}

	/**
	 * Sets whether connections may speak HTTP/2. Several of them share a socket then; the
	 * maximum still bounds how many requests there are at a time.
	 * @param http2 the mode, {@link Http2Mode#OFF} by default
	 * @return this builder
	 */
	public PooledClientBuilder http2(Http2Mode http2) {
		Assert.notNull(http2, "'http2' must not be null");
		this.http2 = http2;
		return this;
	}

	/**
	 * Customizes the settings with which connections are opened, for TLS, a proxy or a
	 * resolver. Changes made before stay, unless this one overrides them. What concerns
	 * the requests of that client, such as redirects, metrics and callbacks, has no
	 * effect.
	 * @param httpClient turns the client prepared by the pool into one with the settings
	 * to use
	 * @return this builder
	 */
	public PooledClientBuilder httpClient(UnaryOperator<HttpClient> httpClient) {
		UnaryOperator<HttpClient> before = this.httpClient;
		this.httpClient = (client) -> httpClient.apply(before.apply(client));
		return this;
	}

	/**
	 * Sets the event loops that all connections and callbacks run on. They stay the
	 * caller's, who disposes them after the client is closed.
	 * @param loopResources the event loops, Reactor Netty's shared ones by default
	 * @return this builder
	 */
	public PooledClientBuilder loopResources(LoopResources loopResources) {
		this.loopResources = loopResources;
		return this;
	}

	/**
	 * Sets where to find the trace that an operation belongs to, for lease listings.
	 * @param traceId gives the identifier of the trace of a subscriber, if there is one;
	 * called with the context of the subscriber, mostly on the subscribing thread
	 * @return this builder
	 */
	public PooledClientBuilder traceId(Function<ContextView, Optional<String>> traceId) {
		this.traceId = traceId;
		return this;
	}

	/**
	 * Observes each operation as {@code dbpool.operation}, with an event for each
	 * attempt, and as its children each wait for a connection as {@code dbpool.queue} and
	 * each exchange. Exchanges are observed in any case; manual leases are not. Needs an
	 * {@link #observationRegistry(ObservationRegistry) observation registry}.
	 * @param observed whether to observe operations, {@code false} by default
	 * @return this builder
	 */
	public PooledClientBuilder observedOperations(boolean observed) {
		this.observedOperations = observed;
		return this;
	}

	/**
	 * Sets whether each lease records the stack trace of the thread that asked for it,
	 * which its {@linkplain dev.dbpool.pool.LeaseOwner#stackTrace() owner} has, so that
	 * the report of a leak shows it. That costs each operation several microseconds.
	 * @param recorded whether to record it, {@code false} by default
	 * @return this builder
	 */
	public PooledClientBuilder leakStackTraces(boolean recorded) {
		this.leakStackTraces = recorded;
		return this;
	}

	/**
	 * Lets operations whose view says nothing about an identity act as the user who is
	 * signed in at the time, and as the anonymous role if there is none.
	 * {@link PooledClient#asAnon()} still means anonymous.
	 * @param tokens gives the token of the signed-in user in the context of the
	 * subscriber, or nothing if no user is signed in
	 * @return this builder
	 */
	public PooledClientBuilder signedInUser(TokenSource tokens) {
		this.signedInUser = tokens;
		return this;
	}

	/**
	 * Sets whether the requests of a repeated attempt have the header
	 * {@code X-Retry-Count}, the number of repetitions so far, so that servers and their
	 * logs can distinguish them from first attempts.
	 * @param sendRetryCount whether they have it, {@code true} by default
	 * @return this builder
	 */
	public PooledClientBuilder sendRetryCount(boolean sendRetryCount) {
		this.sendRetryCount = sendRetryCount;
		return this;
	}

	/**
	 * Sets whether all {@link EntityTable}s batch their reads of single rows, as those of
	 * {@link EntityTable#batched()} do.
	 * @param batchedReads whether they do, {@code false} by default
	 * @return this builder
	 */
	public PooledClientBuilder batchedReads(boolean batchedReads) {
		this.batchedReads = batchedReads;
		return this;
	}

	/**
	 * Sets whether all identical reads are coalesced, as those of
	 * {@link PooledClient#coalesced()} are.
	 * @param coalescedReads whether they are, {@code false} by default
	 * @return this builder
	 */
	public PooledClientBuilder coalescedReads(boolean coalescedReads) {
		this.coalescedReads = coalescedReads;
		return this;
	}

	/**
	 * Sets the maximum number of keys in one request of batched reads. It also bounds the
	 * length of the URL, and must not exceed the server's {@code db-max-rows}.
	 * @param maxBatchSize the number, 100 by default
	 * @return this builder
	 * @throws IllegalArgumentException if it is not between 2 and 500
	 */
	public PooledClientBuilder maxBatchSize(int maxBatchSize) {
		Assert.isTrue(maxBatchSize >= 2 && maxBatchSize <= 500,
				() -> "maxBatchSize is " + maxBatchSize + ". Set it to 2 to 500");
		this.maxBatchSize = maxBatchSize;
		return this;
	}

	/**
	 * Sets the maximum number of requests in flight for batched reads of one identity,
	 * table and settings. The fewer, the larger are the batches.
	 * @param maxBatchesInFlight the number, 1 by default
	 * @return this builder
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	public PooledClientBuilder maxBatchesInFlight(int maxBatchesInFlight) {
		Assert.isTrue(maxBatchesInFlight > 0,
				() -> "maxBatchesInFlight is " + maxBatchesInFlight + ". Set it to 1 or more");
		this.maxBatchesInFlight = maxBatchesInFlight;
		return this;
	}

	/**
	 * Changes the options of the pool of one lane. Changes made before stay, unless this
	 * one overrides them.
	 * @param lane the lane
	 * @param options turns the options so far, at first the defaults, into those to use
	 * @return this builder
	 */
	public PooledClientBuilder lane(Lane lane, UnaryOperator<PoolOptions.Builder> options) {
		this.lanes.merge(lane, options, (before, change) -> (builder) -> change.apply(before.apply(builder)));
		return this;
	}

	/**
	 * Adds an interceptor inside of those added before.
	 * @param interceptor the interceptor
	 * @return this builder
	 */
	public PooledClientBuilder interceptor(OperationInterceptor interceptor) {
		this.interceptors.add(interceptor);
		return this;
	}

	/**
	 * Adds a listener.
	 * @param listener notified when an operation ends
	 * @return this builder
	 */
	public PooledClientBuilder listener(OperationListener listener) {
		this.listeners.add(listener);
		return this;
	}

	/**
	 * Builds the client, whose pools begin to open their minimum of connections in the
	 * background.
	 * @return the client
	 * @throws IllegalArgumentException if an option makes no sense
	 */
	public PooledClient build() {
		ConnectionShare share = this.connectionShare;
		HttpConnector connector = connector(this.url, settings().of("the base URL", "url"), share);
		Map<Lane, PoolOptions> options = new EnumMap<>(Lane.class);
		for (Lane lane : Lane.values()) {
			PoolOptions.Builder defaults = PoolOptions.builder(poolName(lane.id()))
				.executor(connector.executor())
				.openTimeout(connector.openTimeout().plus(OPEN_TIMEOUT_MARGIN));
			options.put(lane, checked(this.lanes.getOrDefault(lane, UnaryOperator.identity()).apply(defaults)));
		}
		PoolOptions control = PoolOptions.builder(poolName("control"))
			.executor(connector.executor())
			.openTimeout(connector.openTimeout().plus(OPEN_TIMEOUT_MARGIN))
			.maxConnections(1)
			.idleTimeout(CONTROL_IDLE_TIMEOUT)
			.maxOpenBackoff(CONTROL_OPEN_BACKOFF)
			.build();
		WebClient.Builder origin = this.webClient.clone()
			.codecs(this.columnNaming)
			.baseUrl(url())
			.defaultHeaders(ApiKeys::removeFrom);
		Map<Lane, ConnectionPool<ClientConnection>> pools = new EnumMap<>(Lane.class);
		ClientConnection.Opener connections = connections(connector, URI.create(restRoot()), origin);
		int restriction = (share != null) ? 0 : ConnectionPool.UNRESTRICTED;
		options.forEach((lane, sealed) -> pools.put(lane, ConnectionPool.create(sealed, connections, restriction)));
		List<ReadEndpoint> replicas = new ArrayList<>();
		this.readEndpoints.forEach((url) -> replicas.add(readEndpoint(url, replicas.size() + 1, origin)));
		ClientCore core = new ClientCore(
				new ClientCore.Server(URI.create(url()), URI.create(restRoot()), origin, this.sendRetryCount,
						settings()),
				new Lanes(pools, this.laneSharing, this.backgroundShare, replicas, this.concurrencyLimit,
						connections::isResetting),
				ConnectionPool.create(control, connections), defaultCredentials(),
				new ClientCore.Instrumentation(this.name, this.interceptors, this.listeners, this.traceId,
						this.observedOperations ? this.observations : ObservationRegistry.NOOP, this.leakStackTraces),
				new Batching(this.batchedReads, this.maxBatchSize, this.maxBatchesInFlight));
		if (share != null) {
			share.begin(this.name, Map.copyOf(pools));
		}
		return new DefaultPooledClient(core, this.schema, this.operationTimeout, this.coalescedReads);
	}

	/**
	 * Lets the operations of a client that was built before pass further interceptors and
	 * listeners, for frameworks that integrate clients which others built. Manual leases
	 * pass no interceptor. What happens to connections is reported to the listeners of
	 * the pools, which can be given to the builder only.
	 * @param client the client
	 * @param pool the name of the pool that the operations say they run on
	 * @param interceptors stand outside of those of the client, the first outermost; one
	 * that it has already keeps the place given here and is not added twice
	 * @param listeners further listeners; one that it has already is not added twice
	 * @return a view of the client, or the client itself if no builder has built it, as a
	 * mock
	 */
	public static PooledClient instrument(PooledClient client, String pool, List<OperationInterceptor> interceptors,
			List<OperationListener> listeners) {
		return (client instanceof DefaultPooledClient own) ? own.instrumented(pool, interceptors, listeners) : client;
	}

	/**
	 * Returns a view of a client that has one connection of its own, beside those of the
	 * lanes, for frameworks that check the server: it gets through when all others are
	 * leased. The connection is opened when it is needed, and closed when it has been
	 * idle for a second.
	 * @param client the client
	 * @return a view of the client, or the client itself if no builder has built it, as a
	 * mock
	 */
	public static PooledClient onControlConnection(PooledClient client) {
		return (client instanceof DefaultPooledClient own) ? own.onControlConnection() : client;
	}

	private ExchangeMode exchangeMode(WebClient.Builder builder) {
		ExchangeMode chosen = this.exchangeMode;
		if (chosen == null) {
			builder.clone().filters((filters) -> {
				if (!filters.isEmpty()) {
					logger.info("Statements of pool '{}' pass none of the {} filters of its WebClient.Builder, which"
							+ " apply to webClient() only. Set {} to web-client to apply them to statements, or to"
							+ " direct to leave out this line", this.name, filters.size(),
							settings().of("exchange", "exchange"));
				}
			});
		}
		return (chosen != null) ? chosen : ExchangeMode.DIRECT;
	}

	private SettingNames settings() {
		return new SettingNames(this.propertyPrefix);
	}

	private String poolName(String purpose) {
		return this.name.equals(DEFAULT_NAME) ? purpose : this.name + "-" + purpose;
	}

	private Credentials defaultCredentials() {
		return (this.signedInUser != null) ? Credentials.ofSignedIn(this.keys, this.signedInUser)
				: Credentials.of(this.keys, Identity.ANON);
	}

	private HttpConnector connector(URI url, String urlName, @Nullable SendGate gate) {
		HttpConnector.Builder connector = HttpConnector.builder(url)
			.connectTimeout(this.connectTimeout)
			.responseTimeout(this.requestTimeout)
			.probe(probe(HttpMethod.OPTIONS, url))
			.fallbackProbe(probe(HttpMethod.GET, url))
			.gate(gate)
			.urlName(urlName)
			.httpClientCustomizer(this.httpClient)
			.http2(this.http2)
			.maxLifetime(maxLifetime());
		LoopResources loopResources = this.loopResources;
		return ((loopResources != null) ? connector.loopResources(loopResources) : connector).build();
	}

	/**
	 * Returns the lifetime of a socket that connections of all lanes share.
	 */
	private Duration maxLifetime() {
		return this.lanes.getOrDefault(Lane.READ, UnaryOperator.identity())
			.apply(PoolOptions.builder(Lane.READ.id()))
			.build()
			.maxLifetime();
	}

	private HttpProbe probe(HttpMethod method, URI url) {
		return HttpProbe.of(method, basePath(url) + "/")
			.withHeaders(() -> this.keys.headersFor(Identity.ANON).toHttpHeaders());
	}

	/**
	 * Seals options. With an adaptive limit as many callers may wait as at its maximum,
	 * however low it is.
	 */
	private PoolOptions checked(PoolOptions.Builder builder) {
		PoolOptions options = builder.build();
		if (this.concurrencyLimit == ConcurrencyLimit.ADAPTIVE) {
			options = builder.maxPending(options.maxPending()).build();
		}
		return checked(options);
	}

	private PoolOptions checked(PoolOptions options) {
		Assert.isTrue(options.leasesPerConnection() == 1,
				() -> "pool '" + options.name() + "': leasesPerConnection is " + options.leasesPerConnection()
						+ ", but a connection serves one operation at a time. Leave it out, or raise maxConnections");
		Duration leakDetection = options.leakDetectionTimeout();
		Assert.isTrue(leakDetection.isZero() || leakDetection.compareTo(this.requestTimeout) > 0,
				() -> "pool '" + options.name() + "': leakDetectionTimeout (" + leakDetection
						+ ") is not greater than requestTimeout (" + this.requestTimeout
						+ "), so requests under way would be taken for leaks. Raise the one or lower the other");
		return options;
	}

	private String url() {
		return StringUtils.trimTrailingCharacter(this.url.toString(), '/');
	}

	private String restRoot() {
		return restRoot(this.url);
	}

	private String restRoot(URI url) {
		return StringUtils.trimTrailingCharacter(url.toString(), '/') + this.restPath;
	}

	private String basePath(URI url) {
		return StringUtils.trimTrailingCharacter(url.getRawPath(), '/') + this.restPath;
	}

	/**
	 * Makes a pool for a read replica, as large as the read lane. One connection at least
	 * is kept open, so that it is noticed when the replica is back.
	 */
	private ReadEndpoint readEndpoint(URI url, int number, WebClient.Builder origin) {
		HttpConnector connector = connector(url, settings().of("readEndpoints", "read.endpoints"), null);
		PoolOptions.Builder defaults = PoolOptions.builder(poolName(Lane.READ.id() + "-" + number))
			.executor(connector.executor())
			.openTimeout(connector.openTimeout().plus(OPEN_TIMEOUT_MARGIN))
			.maxOpenBackoff(REPLICA_OPEN_BACKOFF);
		PoolOptions.Builder options = this.readEndpointOptions.apply(url,
				this.lanes.getOrDefault(Lane.READ, UnaryOperator.identity()).apply(defaults));
		PoolOptions checked = checked(options);
		return new ReadEndpoint(url,
				ConnectionPool.create(options.minConnections(Math.max(1, checked.minConnections())).build(),
						connections(connector, URI.create(restRoot(url)), origin)),
				breaker(number));
	}

	private CircuitBreaker breaker(int number) {
		BiFunction<Integer, CircuitBreakerConfig, CircuitBreaker> breakers = this.readEndpointBreakers;
		return (breakers != null) ? breakers.apply(number, ReadEndpoint.BREAKER)
				: CircuitBreaker.of(poolName(Lane.READ.id() + "-" + number), ReadEndpoint.BREAKER);
	}

	private ClientConnection.Opener connections(HttpConnector connector, URI root, WebClient.Builder origin) {
		return new ClientConnection.Opener(connector, origin.clone().baseUrl(root.toString()), root,
				new AnswerBytes.Limit(this.maxAnswerSize, settings().of("maxAnswerSize", "max-answer-size")),
				exchangeMode(origin), this.observations);
	}

}
