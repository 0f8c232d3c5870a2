package dev.dbpool.autoconfigure.health;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.dao.NonTransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Asks the server for a cheap document over a connection of the read lane, as an
 * anonymous user. Passes neither retry nor circuit breaker.
 */
final class ServerCheck {

	private static final String OPERATION = "health check";

	private static final Duration LEASE_WAIT = Duration.ofSeconds(1);

	private static final String UNKNOWN_SCHEMA = "PGRST106";

	private static final Pattern CODE = Pattern.compile("\"code\"\\s*:\\s*\"(\\w{1,20})\"");

	private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

	private final DatabasePool pool;

	private final PooledClient client;

	private final String path;

	private final String shownPath;

	private final @Nullable String schema;

	private final Duration timeout;

	ServerCheck(DatabasePool pool) {
		this.pool = pool;
		this.client = pool.client();
		String ownPath = pool.properties().healthCheckPath();
		this.path = (ownPath != null) ? ownPath : "/";
		int query = this.path.indexOf('?');
		this.shownPath = StringUtils.trimTrailingCharacter(this.client.restRoot().getRawPath(), '/')
				+ ((query != -1) ? this.path.substring(0, query) : this.path);
		this.schema = pool.properties().schema();
		this.timeout = pool.properties().requestTimeout();
	}

	/**
	 * Asks once. Never fails: what goes wrong is in the result.
	 */
	Mono<CheckResult> run() {
		return Mono.defer(() -> {
			long startedAt = System.nanoTime();
			return Mono.usingWhen(lease(), this::ask, (lease) -> Mono.fromRunnable(lease::close))
				.onErrorResume(NoConnectionException.class, (ex) -> Mono.just(noConnection(ex)))
				.onErrorResume((failure) -> Mono.just(Finding.failed(describe(failure))))
				.map((finding) -> new CheckResult(Instant.now(), Duration.ofNanos(System.nanoTime() - startedAt),
						finding.verdict(), finding.reason(), finding.answered(), finding.retryAfter()));
		});
	}

	private Mono<ClientLease> lease() {
		return this.client.asAnon()
			.lease(Lane.READ, OPERATION)
			.timeout(LEASE_WAIT)
			.onErrorMap(NoConnectionException::new);
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
	 * Describes why there was no connection in the short time: none can be opened, none
	 * is open yet, all are in use, or the pool is closed.
	 */
	private Finding noConnection(NoConnectionException failure) {
		PoolSnapshot lane = this.client.pool(Lane.READ).snapshot();
		if (lane.lastOpenFailure().isPresent()) {
			return Finding.failed("no connection could be opened: " + lane.lastOpenFailure().get());
		}
		if (failure.getCause() instanceof NonTransientDataAccessException closed) {
			return Finding.failed(String.valueOf(closed.getMessage()));
		}
		String state = "(%d of %d leased, %d opening)".formatted(lane.active(), lane.max(), lane.opening());
		return new Finding(Verdict.SKIPPED,
				(lane.active() < lane.max())
						? "no connection of the read lane was open within %dms %s: if this lasts, check %s"
							.formatted(LEASE_WAIT.toMillis(), state, property("url"))
						: "all connections of the read lane were in use " + state,
				false, Optional.empty());
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

	private static final class NoConnectionException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		NoConnectionException(Throwable cause) {
			super(cause);
		}

	}

}
