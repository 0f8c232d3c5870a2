package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
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

	private static final Pattern CODE = Pattern.compile("\"code\"\\s*:\\s*\"(\\w{1,20})\"");

	private final PooledClient client;

	private final String path;

	private final String shownPath;

	private final boolean ownPath;

	private final @Nullable String schema;

	private final Duration timeout;

	ServerCheck(PooledClient client, @Nullable String path, @Nullable String schema, Duration timeout) {
		this.client = client;
		this.ownPath = path != null;
		this.path = (path != null) ? path : "/";
		int query = this.path.indexOf('?');
		this.shownPath = StringUtils.trimTrailingCharacter(client.restRoot().getRawPath(), '/')
				+ ((query != -1) ? this.path.substring(0, query) : this.path);
		this.schema = schema;
		this.timeout = timeout;
	}

	/**
	 * Asks once. Never fails: what goes wrong is in the result.
	 */
	Mono<CheckResult> run() {
		return Mono.defer(() -> {
			long startedAt = System.nanoTime();
			return Mono.usingWhen(lease(), this::ask, (lease) -> Mono.fromRunnable(lease::close))
				.onErrorResume(NoConnectionException.class, (ex) -> Mono.just(noConnection(ex)))
				.onErrorResume((failure) -> Mono.just(new Finding(Verdict.FAILED, describe(failure))))
				.map((finding) -> new CheckResult(Instant.now(), Duration.ofNanos(System.nanoTime() - startedAt),
						finding.verdict(), finding.reason()));
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
			return response.releaseBody().thenReturn(new Finding(Verdict.OK, "GET " + this.shownPath + " answered"));
		}
		int status = response.statusCode().value();
		return response.bodyToMono(String.class)
			.onErrorReturn("")
			.defaultIfEmpty("")
			.map((body) -> new Finding(Verdict.FAILED, describe(status, body)));
	}

	private String describe(int status, String body) {
		Matcher code = CODE.matcher(body);
		String answered = "GET " + this.shownPath + " answered " + status
				+ (code.find() ? " (" + code.group(1) + ")" : "");
		return switch (status) {
			case 401, 403 ->
				answered + ": check db.pool.anon-key, or let db.pool.health-check-path name what it may read";
			case 404 -> answered + ": check db.pool.rest-path" + (this.ownPath ? " and db.pool.health-check-path" : "");
			default -> answered;
		};
	}

	/**
	 * Tells why no connection was to be had in the short time: because none can be
	 * opened, because all are in use, or because the pool is closed.
	 */
	private Finding noConnection(NoConnectionException failure) {
		Optional<String> openFailure = this.client.pool(Lane.READ).snapshot().lastOpenFailure();
		if (openFailure.isPresent()) {
			return new Finding(Verdict.FAILED, "no connection could be opened: " + openFailure.get());
		}
		return (failure.getCause() instanceof NonTransientDataAccessException closed)
				? new Finding(Verdict.FAILED, String.valueOf(closed.getMessage()))
				: new Finding(Verdict.SKIPPED, "all connections of the read lane were in use");
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

	private record Finding(Verdict verdict, String reason) {

	}

	private static final class NoConnectionException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		NoConnectionException(Throwable cause) {
			super(cause);
		}

	}

}
