package dev.dbpool.autoconfigure.health;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.NonTransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Asks the server for a cheap document as an anonymous user, over a connection of its
 * own, so that it gets through when all connections of the lanes are leased. Passes
 * neither retry nor circuit breaker.
 */
final class ServerCheck {

	private static final String OPERATION = "health check";

	private static final Duration LONGEST = Duration.ofSeconds(5);

	private static final Duration OPEN_FAILURE_CHECK = Duration.ofMillis(100);

	private static final String UNKNOWN_SCHEMA = "PGRST106";

	private static final Pattern CODE = Pattern.compile("\"code\"\\s*:\\s*\"(\\w{1,20})\"");

	private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

	private final DatabasePool pool;

	private final PooledClient client;

	private final Mono<ClientLease> leases;

	private final String path;

	private final String shownPath;

	private final @Nullable String schema;

	private final Duration timeout;

	ServerCheck(DatabasePool pool) {
		this(pool, (client) -> client.asAnon().lease(Lane.READ, OPERATION));
	}

	/**
	 * Creates a check.
	 * @param leases leases the connection of the client
	 */
	ServerCheck(DatabasePool pool, Function<PooledClient, Mono<ClientLease>> leases) {
		this.pool = pool;
		this.client = PooledClientBuilder.onControlConnection(pool.client());
		this.leases = leases.apply(this.client);
		String ownPath = pool.properties().healthCheckPath();
		this.path = (ownPath != null) ? ownPath : "/";
		int query = this.path.indexOf('?');
		this.shownPath = StringUtils.trimTrailingCharacter(this.client.restRoot().getRawPath(), '/')
				+ ((query != -1) ? this.path.substring(0, query) : this.path);
		this.schema = pool.properties().schema();
		this.timeout = timeout(pool.properties().requestTimeout());
	}

	/**
	 * Returns how long a check waits for the connection, and for the answer.
	 * @param requestTimeout the longest silence that operations accept
	 */
	static Duration timeout(Duration requestTimeout) {
		return (requestTimeout.compareTo(LONGEST) < 0) ? requestTimeout : LONGEST;
	}

	/**
	 * Asks once. Never fails: what goes wrong is in the result.
	 */
	Mono<CheckResult> run() {
		return Mono.defer(() -> {
			long startedAt = System.nanoTime();
			return Mono.using(OwnLease::new, (own) -> lease(own).flatMap(this::ask), OwnLease::end)
				.onErrorResume(NoConnectionException.class, (ex) -> Mono.just(noConnection(ex)))
				.onErrorResume((failure) -> Mono.just(Finding.failed(describe(failure))))
				.map((finding) -> new CheckResult(Instant.now(), Duration.ofNanos(System.nanoTime() - startedAt),
						finding.verdict(), finding.reason(), finding.answered(), finding.retryAfter()));
		});
	}

	/**
	 * Leases the connection. Fails as soon as one could not be opened, though the pool
	 * would try again.
	 */
	private Mono<ClientLease> lease(OwnLease own) {
		long failures = openFailures();
		Mono<ClientLease> lease = this.leases.doOnNext(own::begin).timeout(this.timeout);
		Mono<ClientLease> failed = Flux.interval(OPEN_FAILURE_CHECK)
			.filter((tick) -> openFailures() != failures)
			.next()
			.flatMap((tick) -> Mono.error(new IllegalStateException("no connection could be opened")));
		return Mono.firstWithSignal(lease, failed).onErrorMap(NoConnectionException::new);
	}

	private long openFailures() {
		return this.client.pool(Lane.READ).snapshot().openFailures();
	}

	private Mono<Finding> ask(ClientLease lease) {
		return lease.webClient()
			.get()
			.uri(this.path)
			.headers(this::profile)
			.exchangeToMono(this::read)
			.timeout(this.timeout);
	}

	private void profile(HttpHeaders headers) {
		if (this.schema != null) {
			headers.set("Accept-Profile", this.schema);
		}
	}

	private Mono<Finding> read(ClientResponse response) {
		if (response.statusCode().is2xxSuccessful()) {
			return response.releaseBody()
				.thenReturn(new Finding(Verdict.OK, "GET " + this.shownPath + " answered", true, Optional.empty()));
		}
		return response.bodyToMono(String.class)
			.onErrorReturn("")
			.defaultIfEmpty("")
			.map((body) -> new Finding(Verdict.FAILED, describe(response, body),
					!response.statusCode().is5xxServerError(), retryAfter(response)));
	}

	private static Optional<Duration> retryAfter(ClientResponse response) {
		String seconds = response.headers().asHttpHeaders().getFirst(HttpHeaders.RETRY_AFTER);
		return Optional.ofNullable(seconds)
			.filter((value) -> SECONDS.matcher(value).matches())
			.map((value) -> Duration.ofSeconds(Long.parseLong(value)));
	}

	private String describe(ClientResponse response, String body) {
		int status = response.statusCode().value();
		Matcher found = CODE.matcher(body);
		String code = found.find() ? found.group(1) : "";
		return "GET " + this.shownPath + " answered " + status + (code.isEmpty() ? "" : " (" + code + ")")
				+ advice(status, code, body, response.headers().asHttpHeaders().getLocation());
	}

	private String advice(int status, String code, String body, @Nullable URI location) {
		if (code.equals(UNKNOWN_SCHEMA)) {
			return (this.schema != null)
					? ": the schema '" + this.schema + "' is not exposed by PostgREST: check " + property("schema")
					: ": set " + property("schema") + " to a schema that PostgREST exposes";
		}
		if (location != null && location.getHost() != null) {
			return ", a redirect to " + location.getScheme() + "://" + location.getAuthority() + ": check "
					+ property("url");
		}
		return switch (status) {
			case 401, 403 -> ": check %s, or let %s name what it may read".formatted(property("anon-key"),
					property("health-check-path"));
			case 404 -> ": check %s and the path of %s".formatted(property("rest-path"), property("url"))
					+ ((this.pool.properties().healthCheckPath() != null) ? ", and " + property("health-check-path")
							: "");
			case 400 -> body.contains("HTTPS") ? ": the server speaks TLS: use https:// in " + property("url") : "";
			default -> "";
		};
	}

	private String property(String name) {
		return this.pool.property(name);
	}

	/**
	 * Describes why there was no connection in time: none can be opened, none is open
	 * yet, or the pool is closed.
	 */
	private Finding noConnection(NoConnectionException failure) {
		Optional<String> reason = this.client.pool(Lane.READ).snapshot().lastOpenFailure();
		if (reason.isPresent()) {
			return Finding.failed("no connection could be opened: " + reason.get());
		}
		if (failure.getCause() instanceof NonTransientDataAccessException closed) {
			return Finding.failed(String.valueOf(closed.getMessage()));
		}
		return Finding.failed("no connection was open within %dms: if this lasts, check %s"
			.formatted(this.timeout.toMillis(), property("url")));
	}

	private String describe(Throwable failure) {
		if (failure instanceof TimeoutException) {
			return "GET " + this.shownPath + " got no answer within " + this.timeout.toMillis() + "ms";
		}
		Throwable root = failure;
		while (root.getCause() != null && root.getCause() != root) {
			root = root.getCause();
		}
		return "GET " + this.shownPath + " failed: "
				+ ((root.getMessage() != null) ? root.getMessage() : root.getClass().getSimpleName());
	}

	private record Finding(Verdict verdict, String reason, boolean answered, Optional<Duration> retryAfter) {

		static Finding failed(String reason) {
			return new Finding(Verdict.FAILED, reason, false, Optional.empty());
		}

	}

	/**
	 * The lease of one check. One that arrives when the check has given up is closed:
	 * operators that wait for the first of several signals drop it.
	 */
	private static final class OwnLease {

		private final AtomicReference<@Nullable ClientLease> lease = new AtomicReference<>();

		private volatile boolean ended;

		void begin(ClientLease obtained) {
			this.lease.set(obtained);
			if (this.ended) {
				close();
			}
		}

		void end() {
			this.ended = true;
			close();
		}

		private void close() {
			ClientLease obtained = this.lease.getAndSet(null);
			if (obtained != null) {
				obtained.close();
			}
		}

	}

	private static final class NoConnectionException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		NoConnectionException(Throwable cause) {
			super(cause);
		}

	}

}
