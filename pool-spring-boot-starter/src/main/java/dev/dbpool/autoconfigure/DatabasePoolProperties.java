package dev.dbpool.autoconfigure;

import java.time.Duration;
import java.util.List;

import dev.dbpool.client.ColumnNaming;
import dev.dbpool.client.ConcurrencyLimit;
import dev.dbpool.client.ExchangeMode;
import dev.dbpool.client.LaneSharing;
import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import dev.dbpool.pool.PoolOptions.LeakAction;
import dev.dbpool.pool.PoolOptions.QueueDiscipline;
import dev.dbpool.transport.Http2Mode;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * The properties of the pool. Durations without a unit are milliseconds.
 *
 * @param url Base URL of the Supabase project or of PostgREST, without the REST path.
 * Falls back to SUPABASE_URL.
 * @param restPath Where the REST API begins below the URL. Use '/' for a bare PostgREST.
 * @param anonKey Anonymous or publishable key, or 'none' for a bare PostgREST that needs
 * none. Falls back to SUPABASE_ANON_KEY.
 * @param serviceRoleKey Service role or secret key, needed for asService() only. Falls
 * back to SUPABASE_SERVICE_ROLE_KEY.
 * @param schema Schema of all operations that name none. PostgREST's own default if not
 * set.
 * @param passThroughUser Whether operations without an explicit identity act as the user
 * who is signed in with Spring Security, by their JWT.
 * @param profile Set of defaults for sizes and timeouts.
 * @param minConnections Connections kept open, split between the lanes.
 * @param maxConnections Maximum number of connections, split between the lanes.
 * @param read Explicit size of the read lane, and its replicas.
 * @param write Explicit size of the write lane.
 * @param connectionTimeout Longest wait for a connection of the pool.
 * @param connectTimeout Longest time to open a socket.
 * @param requestTimeout Longest silence of the server while it answers a request.
 * @param operationTimeout Longest time of an operation including all attempts, unless its
 * view overrides it with within(…). It does not apply to streams. Zero for no limit.
 * @param maxAnswerSize Largest answer that is buffered as a whole, such as a list.
 * Streams have no limit.
 * @param exchange What sends statements: the connection itself, or a WebClient to which
 * the filters and customizers of WebClient.Builder apply.
 * @param columnNaming How record components and properties without an annotation map to
 * columns.
 * @param laneSharing Whether a statement that would wait in its lane takes a free
 * connection of the other lane. "idle": yes, down to the minimum of the other lane.
 * "none": no.
 * @param concurrencyLimit What bounds the connections of a lane. "fixed": its maximum.
 * "adaptive": as many as the server can use, between its minimum and its maximum.
 * @param backgroundShare Share of the connections of a lane up to which operations of
 * PooledClient.background() take free ones.
 * @param fleet Maximum number of connections that all instances of the application share.
 * @param releaseTimeout Longest time to make a connection ready for reuse, or to close
 * it.
 * @param idleTimeout How long a connection beyond the minimum may be idle. Zero for no
 * limit.
 * @param maxLifetime Longest lifetime of a connection, shortened at random by up to an
 * eighth. Zero for no limit.
 * @param maxPending Maximum number of callers that wait for a connection of one lane;
 * further callers are rejected. A hundred times the connections of the lane if not set.
 * @param maxRetries How often a failed attempt is retried where that is safe. Zero for
 * never.
 * @param sendRetryCount Whether requests of a retried attempt carry the header
 * X-Retry-Count, the number of retries so far.
 * @param retryDelay Mean wait before the first retry, doubled for each further retry.
 * Each wait is between zero and twice its mean at random.
 * @param retryBudget Limit on the retries of all operations of the pool.
 * @param healthCheckInterval Time between two health checks in the background.
 * @param healthCheckPath Cheap query below the REST root that checks whether the database
 * works, such as '/products?limit=0'. The root document if not set.
 * @param keepAliveInterval How long a connection may be idle before it is checked in the
 * background. PostgREST closes idle connections after 34 seconds or more. Zero for never.
 * @param connectionChoice Which of several free connections is leased.
 * @param queueDiscipline In which order callers that wait for a connection are served.
 * @param queueInterval With the queue discipline codel, how long callers have to wait
 * without a pause before that counts as an overload.
 * @param queueTarget With the queue discipline codel, how long a caller waits for a
 * connection in such an overload.
 * @param leakDetectionTimeout How long a lease may be held without use before it counts
 * as leaked. Zero for never.
 * @param leakAction What to do with a leaked lease.
 * @param leakStackTraces Whether the report of a leak shows where the lease was asked
 * for. Costs each operation several microseconds.
 * @param enableMetrics Whether to register meters.
 * @param enableLeaseTimers Whether the meters dbpool.acquire and dbpool.usage record each
 * lease, for percentiles and maxima. Otherwise they publish count and sum.
 * @param enableOpentelemetryMetrics Whether to register meters by the names of
 * OpenTelemetry's semantic conventions for database clients as well.
 * @param enableTracing Whether operations and their waits for connections are spans, if
 * the application is traced.
 * @param enableHealthChecks Whether to check the server in the background and to
 * contribute to the health endpoint.
 * @param slowOperationThreshold Operations that take longer are logged as a warning: one
 * line per pool and name, then a summary after ten seconds. Zero for never.
 * @param summaryInterval Time between two log lines that summarise the pool. Zero for
 * never.
 * @param drainTimeout How long running operations may continue at shutdown. Five seconds
 * less than spring.lifecycle.timeout-per-shutdown-phase if not set, and two less at most.
 * @param maxInMemorySize Largest row of a stream. 10MB if neither this nor
 * spring.http.codecs.max-in-memory-size is set.
 * @param coalesceReads Whether all identical reads that are in flight at the same time
 * share one request. Otherwise, only those of PooledClient.coalesced() do.
 * @param batching Batched reads of single rows.
 * @param health When the health is degraded.
 * @param alerts Alerts about states that an operator should know of.
 * @param responseHeaders Headers with the state of the pool on the application's own
 * answers.
 * @param problemDetails Answers of a web application to failures of the pool.
 * @param ssl TLS of the connections.
 * @param embedded The embedded stack, used if pool-embedded is on the class path and no
 * URL is set.
 * @param adminUrl URL of PostgREST's admin server, such as 'http://localhost:3001', whose
 * state and metrics the endpoint databasepool and the dashboard then show. For https, the
 * trust store of the JVM applies.
 * @param http2 Whether connections may speak HTTP/2, so that several of them share a
 * socket. "auto": if the server chooses it in the TLS handshake. "off": HTTP/1.1.
 */
@ConfigurationProperties("db.pool")
public record DatabasePoolProperties(@Nullable String url, @DefaultValue("/rest/v1") String restPath,
		@Nullable String anonKey, @Nullable String serviceRoleKey, @Nullable String schema, boolean passThroughUser,
		@Nullable PoolProfile profile, @Nullable Integer minConnections, @DefaultValue("20") int maxConnections,
		@DefaultValue ReadLane read, @DefaultValue LaneSize write, @DefaultValue("30s") Duration connectionTimeout,
		@DefaultValue("5s") Duration connectTimeout, @DefaultValue("10s") Duration requestTimeout,
		@DefaultValue("60s") Duration operationTimeout, @DefaultValue("32MB") DataSize maxAnswerSize,
		@Nullable ExchangeMode exchange, @DefaultValue("as-mapped") ColumnNaming columnNaming,
		@DefaultValue("idle") LaneSharing laneSharing, @DefaultValue("fixed") ConcurrencyLimit concurrencyLimit,
		@DefaultValue("0.5") double backgroundShare, @DefaultValue Fleet fleet,
		@DefaultValue("5s") Duration releaseTimeout, @DefaultValue("5m") Duration idleTimeout,
		@DefaultValue("30m") Duration maxLifetime, @Nullable Integer maxPending, @DefaultValue("3") int maxRetries,
		@DefaultValue("true") boolean sendRetryCount, @DefaultValue("1s") Duration retryDelay,
		@DefaultValue RetryBudget retryBudget, @DefaultValue("30s") Duration healthCheckInterval,
		@Nullable String healthCheckPath, @DefaultValue("20s") Duration keepAliveInterval,
		@DefaultValue("hottest") ConnectionChoice connectionChoice,
		@DefaultValue("adaptive-lifo") QueueDiscipline queueDiscipline, @DefaultValue("5s") Duration queueInterval,
		@DefaultValue("500ms") Duration queueTarget, @DefaultValue("60s") Duration leakDetectionTimeout,
		@DefaultValue("reclaim") LeakAction leakAction, boolean leakStackTraces,
		@DefaultValue("true") boolean enableMetrics, boolean enableLeaseTimers, boolean enableOpentelemetryMetrics,
		@DefaultValue("true") boolean enableTracing, @DefaultValue("true") boolean enableHealthChecks,
		@DefaultValue("2s") Duration slowOperationThreshold, @DefaultValue("5m") Duration summaryInterval,
		@Nullable Duration drainTimeout, @Nullable DataSize maxInMemorySize, boolean coalesceReads,
		@DefaultValue Batching batching, @DefaultValue Health health, @DefaultValue Alerts alerts,
		@DefaultValue ResponseHeaders responseHeaders, @DefaultValue ProblemDetails problemDetails,
		@DefaultValue Ssl ssl, @DefaultValue Embedded embedded, @Nullable String adminUrl,
		@DefaultValue("off") Http2Mode http2) {

	/**
	 * Schema of all operations that name none.
	 * @return the schema, or {@code null} for PostgREST's own default, also if it is
	 * blank
	 */
	@Override
	public @Nullable String schema() {
		return StringUtils.hasText(this.schema) ? this.schema : null;
	}

	/**
	 * Leaves the keys out.
	 */
	@Override
	public String toString() {
		return "DatabasePoolProperties[maxConnections=" + this.maxConnections + "]";
	}

	/**
	 * The size of one lane.
	 *
	 * @param minConnections Connections of this lane kept open.
	 * @param maxConnections Maximum number of connections of this lane.
	 */
	public record LaneSize(@Nullable Integer minConnections, @Nullable Integer maxConnections) {

	}

	/**
	 * The size of the read lane, and its replicas.
	 *
	 * @param minConnections Connections of this lane kept open.
	 * @param maxConnections Maximum number of connections of this lane.
	 * @param endpoints Base URLs of read replicas, without the REST path. Each has a pool
	 * as large as the read lane.
	 */
	public record ReadLane(@Nullable Integer minConnections, @Nullable Integer maxConnections,
			@DefaultValue List<String> endpoints) {

		LaneSize size() {
			return new LaneSize(this.minConnections, this.maxConnections);
		}

	}

	/**
	 * Maximum number of connections that all instances of the application share.
	 *
	 * @param maxConnections Maximum number of connections of all instances together to
	 * one server. Requires Redis. Each instance has its own maximum only if not set.
	 * @param name Name that the instances have in common which share the maximum. The
	 * name of the application and that of the pool if not set.
	 * @param lease How long the share of an instance is kept after its last sign of life.
	 */
	public record Fleet(@Nullable Integer maxConnections, @Nullable String name, @DefaultValue("10s") Duration lease) {

	}

	/**
	 * Limit on the retries of all operations of the pool, over the last ten seconds.
	 *
	 * @param ratio Retries for each operation.
	 * @param minPerSecond Retries per second beside that.
	 */
	public record RetryBudget(@DefaultValue("0.2") double ratio, @DefaultValue("10") int minPerSecond) {

	}

	/**
	 * Batched reads of single rows.
	 *
	 * @param enabled Whether all entity tables batch their reads of single rows.
	 * Otherwise, only those of EntityTable.batched() do.
	 * @param maxSize Maximum number of keys in one request. Must not exceed db-max-rows
	 * of the server.
	 * @param maxInFlight Maximum number of batches in flight for one identity and table.
	 */
	public record Batching(boolean enabled, @DefaultValue("100") int maxSize, @DefaultValue("1") int maxInFlight) {

	}

	/**
	 * When the health is degraded.
	 *
	 * @param utilizationThreshold Percentage of the connections of a lane, leased on
	 * average over the last minute, above which the health is degraded.
	 * @param errorRateThreshold Percentage of operations that failed or were retried
	 * through the fault of the server, from which on the health is degraded.
	 * @param responseTimeThreshold Mean duration of the operations of the last minute,
	 * ten at least, above which the health is degraded. Zero for never.
	 * @param leakThreshold Number of leaks within the last five minutes above which the
	 * health is degraded.
	 */
	public record Health(@DefaultValue("80") int utilizationThreshold, @DefaultValue("5") int errorRateThreshold,
			@DefaultValue("1s") Duration responseTimeThreshold, @DefaultValue("0") int leakThreshold) {

	}

	/**
	 * Alerts about states that an operator should know of.
	 *
	 * @param enabled Whether alerts are published as application events and passed to
	 * notifiers.
	 * @param delay How long a state must last before its alert is raised, and be over
	 * before it is resolved.
	 * @param coolDown Time after an alert in which the same alert is not raised again.
	 * @param webhookUrl URL to which alerts are posted in the format of Slack's incoming
	 * webhooks.
	 * @param webhookTimeout Longest time of one request to the webhook.
	 */
	public record Alerts(@DefaultValue("true") boolean enabled, @DefaultValue("5s") Duration delay,
			@DefaultValue("5m") Duration coolDown, @Nullable String webhookUrl,
			@DefaultValue("5s") Duration webhookTimeout) {

		/**
		 * Leaves the URL out, which is a secret.
		 */
		@Override
		public String toString() {
			return "Alerts[enabled=" + this.enabled + "]";
		}

	}

	/**
	 * Headers with the state of the pool on the application's own answers.
	 *
	 * @param enabled Whether to add them.
	 */
	public record ResponseHeaders(boolean enabled) {

	}

	/**
	 * Answers of a web application to failures of the pool.
	 *
	 * @param enabled Whether unhandled failures are answered with a problem detail (RFC
	 * 9457).
	 */
	public record ProblemDetails(@DefaultValue("true") boolean enabled) {

	}

	/**
	 * TLS of the connections.
	 *
	 * @param bundle SSL bundle to use. Follows spring.http.clients.ssl.bundle if not set.
	 */
	public record Ssl(@Nullable String bundle) {

	}

	/**
	 * The embedded stack.
	 *
	 * @param enabled Whether to start it when no URL is set.
	 * @param scripts SQL scripts on the class path, run in this order before it serves.
	 * @param schemas Schemas that it exposes; the first is the default.
	 */
	public record Embedded(@DefaultValue("true") boolean enabled, @DefaultValue List<String> scripts,
			@DefaultValue("public") List<String> schemas) {

	}

}
