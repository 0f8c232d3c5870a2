package dev.dbpool.autoconfigure.alert;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.alert.PoolAlert.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;
import reactor.util.retry.Retry;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Posts alerts to the webhook of their pool in the format of Slack's incoming webhooks,
 * which Mattermost, Rocket.Chat and others take as well: one after the other, without a
 * thread that waits for the answers. Tries three times, with a delay in between that
 * doubles, unless the answer is a refusal. The URL is a secret and appears in no message.
 */
final class WebhookNotifier implements AlertNotifier, DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(WebhookNotifier.class);

	private static final int RETRIES = 2;

	private static final int MOST_WAITING = 128;

	private final DatabasePools pools;

	private final String application;

	private final Duration delay;

	/** Created for the first alert, since it has threads. */
	private final Supplier<WebClient> client = SingletonSupplier.of(() -> WebClient.builder()
		.clientConnector(
				new JdkClientHttpConnector(HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()))
		.build());

	private final Sinks.Many<PoolAlert> waiting = Sinks.many()
		.unicast()
		.onBackpressureBuffer(Queues.<PoolAlert>get(MOST_WAITING).get());

	/**
	 * Creates a notifier.
	 * @param pools the pools with their webhooks
	 * @param application name of the application, empty if it has none
	 * @param delay mean time before the first retry
	 */
	WebhookNotifier(DatabasePools pools, String application, Duration delay) {
		this.pools = pools;
		this.application = application;
		this.delay = delay;
		this.waiting.asFlux().concatMap(this::post).subscribe();
	}

	/**
	 * Returns before the alert is posted.
	 */
	@Override
	public void notify(PoolAlert alert) {
		if (StringUtils.hasText(settings(alert).webhookUrl())
				&& this.waiting.tryEmitNext(alert) == Sinks.EmitResult.FAIL_OVERFLOW) {
			logger.warn("Alert {} of pool '{}' is not posted: {} alerts wait for the webhook already", alert.type(),
					alert.pool(), MOST_WAITING);
		}
	}

	private DatabasePoolProperties.Alerts settings(PoolAlert alert) {
		return this.pools.properties(alert.pool()).alerts();
	}

	/**
	 * Posts an alert. Never fails: what goes wrong is logged.
	 */
	private Mono<Void> post(PoolAlert alert) {
		return Mono.defer(() -> request(alert, settings(alert)))
			.retryWhen(Retry.backoff(RETRIES, this.delay)
				.filter((failure) -> !(failure instanceof RefusedException))
				.onRetryExhaustedThrow((retry, signal) -> signal.failure()))
			.onErrorResume((failure) -> {
				logger.warn("Alert {} of pool '{}' could not be posted: {}", alert.type(), alert.pool(),
						describe(failure));
				return Mono.empty();
			});
	}

	private Mono<Void> request(PoolAlert alert, DatabasePoolProperties.Alerts settings) {
		return this.client.get()
			.post()
			.uri(URI.create(String.valueOf(settings.webhookUrl())))
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue(Map.of("text", text(alert)))
			.exchangeToMono((response) -> response.releaseBody().thenReturn(response.statusCode()))
			.timeout(settings.webhookTimeout())
			.flatMap(WebhookNotifier::judge);
	}

	private static Mono<Void> judge(HttpStatusCode status) {
		if (status.is2xxSuccessful()) {
			return Mono.empty();
		}
		boolean temporary = status.is5xxServerError() || status.isSameCodeAs(HttpStatus.TOO_MANY_REQUESTS);
		return Mono.error(temporary ? new AnswerException(status) : new RefusedException(status));
	}

	private static String describe(Throwable failure) {
		if (failure instanceof AnswerException) {
			return String.valueOf(failure.getMessage());
		}
		return (failure instanceof TimeoutException) ? "the webhook did not answer in time"
				: "the webhook is out of reach (" + failure.getClass().getSimpleName() + ")";
	}

	String text(PoolAlert alert) {
		boolean raised = alert.state() == State.RAISED;
		return "%s *%s* %s, pool `%s`%s\n%s".formatted(raised ? ":rotating_light:" : ":white_check_mark:",
				alert.type().name().replace('_', ' '),
				raised ? "raised" : "resolved after " + alert.lasted().toSeconds() + "s", alert.pool(),
				this.application.isEmpty() ? "" : " of `" + this.application + "`", escapedForSlack(alert.message()));
	}

	private static String escapedForSlack(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
	}

	@Override
	public void destroy() {
		this.waiting.tryEmitComplete();
	}

	private static class AnswerException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		AnswerException(HttpStatusCode status) {
			super("the webhook answered " + status.value(), null, false, false);
		}

	}

	private static final class RefusedException extends AnswerException {

		private static final long serialVersionUID = 1L;

		RefusedException(HttpStatusCode status) {
			super(status);
		}

	}

}
