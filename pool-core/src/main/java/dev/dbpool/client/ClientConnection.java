package dev.dbpool.client;

import java.net.URI;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.postgrest.http.AnswerBytes;
import dev.dbpool.postgrest.http.JsonCodecs;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.http.WebClientExchange;
import dev.dbpool.transport.HttpConnection;
import dev.dbpool.transport.HttpConnector;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.client.ExchangeFunctions;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A pooled connection, and a client of the REST root that speaks over just this one.
 *
 * @param http the connection
 * @param webClient the client, without identity
 * @param exchange sends the requests of a {@code WebClient}
 * @param direct what statements are sent with, or {@code null} if they are sent over the
 * client
 */
record ClientConnection(HttpConnection http, WebClient webClient, WebClientExchange exchange,
		DirectExchange.@Nullable Settings direct) {

	/**
	 * Sends the requests of operations.
	 * @param identity the headers of the identity that they act as
	 */
	PostgrestExchange exchange(RequestHeaders identity) {
		return (this.direct != null) ? new DirectExchange(this.http, this.direct, identity)
				: this.exchange.with(identity);
	}

	/**
	 * Gives each HTTP connection a {@link WebClient} of its own, all with the same
	 * codecs: a fresh JSON mapper would have to learn each type again.
	 */
	static final class Opener implements Connector<ClientConnection> {

		private final HttpConnector delegate;

		private final WebClient.Builder restRoot;

		private final ExchangeStrategies codecs;

		private final JsonCodecs jsonCodecs;

		private final AnswerBytes.Limit limit;

		private final DirectExchange.@Nullable Settings direct;

		private final AtomicInteger resets = new AtomicInteger();

		/**
		 * Creates a connector.
		 * @param delegate opens the connections
		 * @param restRoot builds clients of the REST root
		 * @param root the URL of the REST root
		 * @param limit the longest answer that is kept in memory
		 * @param mode what sends statements
		 * @param observations where exchanges of statements are observed
		 */
		Opener(HttpConnector delegate, WebClient.Builder restRoot, URI root, AnswerBytes.Limit limit, ExchangeMode mode,
				ObservationRegistry observations) {
			this.delegate = delegate;
			this.restRoot = restRoot;
			this.codecs = SharedCodecs.of(restRoot);
			this.jsonCodecs = JsonCodecs.of(this.codecs);
			this.limit = limit;
			this.direct = (mode == ExchangeMode.DIRECT) ? direct(root, observations) : null;
		}

		private DirectExchange.Settings direct(URI root, ObservationRegistry observations) {
			HttpHeaders headers = new HttpHeaders();
			this.restRoot.clone().defaultHeaders(headers::addAll);
			Preferences preferences = Preferences.of(headers);
			headers.remove(Preferences.HEADER);
			return new DirectExchange.Settings(StringUtils.trimTrailingCharacter(root.getRawPath(), '/'),
					RequestHeaders.of(headers), preferences, this.jsonCodecs, this.limit,
					new ExchangeObservation.Source(observations, root.getHost()), new DirectExchange.IdentityFields());
		}

		@Override
		public CompletionStage<ClientConnection> open(ConnectionEvents events) {
			return this.delegate.open(events).thenApply(this::withWebClient);
		}

		private ClientConnection withWebClient(HttpConnection connection) {
			WebClient webClient = this.restRoot.clone()
				.clientConnector(connection.clientConnector())
				.exchangeFunction(ExchangeFunctions.create(connection.clientConnector(), this.codecs))
				.build();
			return new ClientConnection(connection, webClient, new WebClientExchange(webClient, this.jsonCodecs)
				.maxAnswerSize(this.limit.size(), this.limit.name()), this.direct);
		}

		@Override
		public CompletionStage<Void> validate(ClientConnection connection) {
			return this.delegate.validate(connection.http());
		}

		@Override
		public boolean isReusable(ClientConnection connection) {
			return connection.http().isIdle();
		}

		@Override
		public CompletionStage<Void> reset(ClientConnection connection) {
			this.resets.incrementAndGet();
			return this.delegate.reset(connection.http())
				.whenComplete((done, failure) -> this.resets.decrementAndGet());
		}

		/**
		 * Returns whether a connection waits for an answer that was given up.
		 */
		boolean isResetting() {
			return this.resets.get() > 0;
		}

		@Override
		public String describe(ClientConnection connection) {
			return this.delegate.describe(connection.http());
		}

		@Override
		public CompletionStage<Void> close(ClientConnection connection) {
			return this.delegate.close(connection.http());
		}

	}

}
