package dev.dbpool.autoconfigure.alert;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.alert.PoolAlert.State;
import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Posts alerts to the webhook of their pool in the format of Slack's incoming webhooks,
 * which Mattermost, Rocket.Chat and others take as well. Tries three times, with a second
 * and then two in between, unless the answer is a refusal. The URL is a secret and
 * appears in no message.
 */
final class WebhookNotifier implements AlertNotifier {

	private static final int ATTEMPTS = 3;

	private static final int TOO_MANY_REQUESTS = 429;

	private final DatabasePools pools;

	private final String application;

	private final Duration delay;

	private volatile @Nullable HttpClient client;

	WebhookNotifier(DatabasePools pools, String application, Duration delay) {
		this.pools = pools;
		this.application = application;
		this.delay = delay;
	}

	@Override
	public void notify(PoolAlert alert) throws IOException, InterruptedException {
		DatabasePoolProperties.Alerts settings = this.pools.properties(alert.pool()).alerts();
		if (StringUtils.hasText(settings.webhookUrl())) {
			post(HttpRequest.newBuilder(URI.create(settings.webhookUrl()))
				.timeout(settings.webhookTimeout())
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"" + escaped(text(alert)) + "\"}"))
				.build());
		}
	}

	private void post(HttpRequest request) throws IOException, InterruptedException {
		String failure = "";
		for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
			if (attempt > 1) {
				Thread.sleep(this.delay.multipliedBy(attempt - 1).toMillis());
			}
			try {
				int status = client().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
				if (status < 300) {
					return;
				}
				failure = "the webhook answered " + status;
				if (status < 500 && status != TOO_MANY_REQUESTS) {
					throw new WebhookException(failure);
				}
			}
			catch (WebhookException ex) {
				throw ex;
			}
			catch (IOException ex) {
				failure = "the webhook is out of reach (" + ex.getClass().getSimpleName() + ")";
			}
		}
		throw new WebhookException(failure + " in each of " + ATTEMPTS + " attempts");
	}

	private HttpClient client() {
		HttpClient known = this.client;
		if (known == null) {
			known = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
			this.client = known;
		}
		return known;
	}

	private String text(PoolAlert alert) {
		boolean raised = alert.state() == State.RAISED;
		return "%s *%s* %s, pool `%s`%s\n%s".formatted(raised ? ":rotating_light:" : ":white_check_mark:",
				alert.type().name().replace('_', ' '),
				raised ? "raised" : "resolved after " + alert.lasted().toSeconds() + "s", alert.pool(),
				this.application.isEmpty() ? "" : " of `" + this.application + "`", escapedForSlack(alert.message()));
	}

	private static String escapedForSlack(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
	}

	private static String escaped(String text) {
		StringBuilder json = new StringBuilder();
		for (char character : text.toCharArray()) {
			switch (character) {
				case '"', '\\' -> json.append('\\').append(character);
				case '\n' -> json.append("\\n");
				default -> json.append((character < ' ') ? ' ' : character);
			}
		}
		return json.toString();
	}

	private static final class WebhookException extends IOException {

		private static final long serialVersionUID = 1L;

		WebhookException(String message) {
			super(message);
		}

	}

}
