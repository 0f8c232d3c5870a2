package dev.dbpool.autoconfigure.endpoint;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import dev.dbpool.autoconfigure.endpoint.PostgrestState.Status;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientException;

/**
 * The admin server of a PostgREST, asked by a client of its own that knows no key. An
 * answer that is late or long is given up.
 */
final class PostgrestAdmin {

	private static final int MOST_BYTES = 256 * 1024;

	private final URI url;

	private final String property;

	private final Duration timeout;

	private final WebClient client;

	/**
	 * Creates a client.
	 * @param url the URL of the admin server, without a slash at its end
	 * @param property the property that sets it
	 * @param timeout the longest time of a request
	 */
	PostgrestAdmin(URI url, String property, Duration timeout) {
		this.url = url;
		this.property = property;
		this.timeout = timeout;
		this.client = WebClient.builder()
			.baseUrl(url.toString())
			.clientConnector(new JdkClientHttpConnector(
					HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout).build()))
			.codecs((codecs) -> codecs.defaultCodecs().maxInMemorySize(MOST_BYTES))
			.build();
	}

	/**
	 * Asks once. Never fails: what goes wrong is in the state.
	 */
	Mono<PostgrestState> ask() {
		Mono<HttpStatusCode> ready = get("/ready", (answer) -> answer.releaseBody().thenReturn(answer.statusCode()));
		Mono<Metrics> metrics = get("/metrics", PostgrestAdmin::metrics)
			.onErrorResume((failure) -> Mono.just(Metrics.missing(describe(failure))));
		return Mono.zip(ready, metrics, this::state)
			.onErrorResume((failure) -> Mono.just(PostgrestState.unreachable(this.url, describe(failure))));
	}

	private <T> Mono<T> get(String path, Function<ClientResponse, Mono<T>> reader) {
		return this.client.get().uri(path).exchangeToMono(reader).timeout(this.timeout);
	}

	private static Mono<Metrics> metrics(ClientResponse answer) {
		int status = answer.statusCode().value();
		if (!answer.statusCode().is2xxSuccessful()) {
			return answer.releaseBody()
				.thenReturn(Metrics.missing("status %d; PostgREST has metrics from version 12.1 on".formatted(status)));
		}
		return answer.bodyToMono(String.class)
			.map(PostgrestState::metrics)
			.filter((metrics) -> !metrics.isEmpty())
			.map((metrics) -> new Metrics(metrics, null))
			.defaultIfEmpty(Metrics.missing("the answer has none of PostgREST"));
	}

	private PostgrestState state(HttpStatusCode ready, Metrics metrics) {
		if (ready.is2xxSuccessful()) {
			return new PostgrestState(this.url, Status.READY, metrics.reason(), Instant.now(), metrics.values());
		}
		if (ready.is5xxServerError()) {
			return new PostgrestState(this.url, Status.NOT_READY,
					"PostgREST has no connection to its database, or loads the schema (/ready answered %d)"
						.formatted(ready.value()),
					Instant.now(), metrics.values());
		}
		return PostgrestState.unreachable(this.url,
				"/ready answered %d, which is not the answer of an admin server: check %s".formatted(ready.value(),
						this.property));
	}

	private String describe(Throwable failure) {
		Throwable cause = (failure instanceof WebClientException && failure.getCause() != null) ? failure.getCause()
				: failure;
		if (cause instanceof TimeoutException || cause instanceof HttpTimeoutException) {
			return "the admin server does not answer within %d ms".formatted(this.timeout.toMillis());
		}
		if (cause instanceof DataBufferLimitException) {
			return "the answer is longer than %d bytes".formatted(MOST_BYTES);
		}
		return (cause instanceof ConnectException) ? "no connection to the admin server: check it and " + this.property
				: "the admin server gave no valid answer (%s)".formatted(cause.getClass().getSimpleName());
	}

	/**
	 * What an answer has of metrics.
	 *
	 * @param values the values by name
	 * @param reason why there are none
	 */
	private record Metrics(Map<String, Double> values, @Nullable String reason) {

		static Metrics missing(String reason) {
			return new Metrics(Map.of(), "No metrics: " + reason);
		}

	}

}
