package dev.dbpool.client;

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.client.ExchangeFunctions;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.UriBuilderFactory;

/**
 * A {@code WebClient} of a view, with what those of all views share: codecs, and URI
 * templates that are parsed once. A client that is made of it by {@link #mutate()} has
 * its own, since it may be set up otherwise.
 */
final class PooledWebClient implements WebClient {

	private final WebClient client;

	private final Builder builder;

	private PooledWebClient(WebClient client, Builder builder) {
		this.client = client;
		this.builder = builder;
	}

	@Override
	public RequestHeadersUriSpec<?> get() {
		return this.client.get();
	}

	@Override
	public RequestHeadersUriSpec<?> head() {
		return this.client.head();
	}

	@Override
	public RequestBodyUriSpec post() {
		return this.client.post();
	}

	@Override
	public RequestBodyUriSpec put() {
		return this.client.put();
	}

	@Override
	public RequestBodyUriSpec patch() {
		return this.client.patch();
	}

	@Override
	public RequestHeadersUriSpec<?> delete() {
		return this.client.delete();
	}

	@Override
	public RequestHeadersUriSpec<?> options() {
		return this.client.options();
	}

	@Override
	public RequestBodyUriSpec method(HttpMethod method) {
		return this.client.method(method);
	}

	@Override
	public Builder mutate() {
		return this.builder.clone();
	}

	/**
	 * What the clients of all views share. It is made for the first of them. Safe for use
	 * from any thread.
	 */
	static final class Shared {

		private final Builder builder;

		private @Nullable ExchangeStrategies codecs;

		private Optional<UriBuilderFactory> uris = Optional.empty();

		/**
		 * Creates it.
		 * @param builder builds clients whose base URL is that of the server
		 */
		Shared(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Makes the client of a view.
		 */
		WebClient over(PooledConnector connector) {
			ExchangeStrategies codecs = codecs();
			Builder own = connector.configure(this.builder.clone());
			Builder sharing = own.clone().exchangeFunction(ExchangeFunctions.create(connector, codecs));
			this.uris.ifPresent(sharing::uriBuilderFactory);
			return new PooledWebClient(sharing.build(), own);
		}

		/**
		 * Returns the codecs, after which the factory of URIs is known, too.
		 */
		private synchronized ExchangeStrategies codecs() {
			ExchangeStrategies known = this.codecs;
			if (known == null) {
				known = SharedCodecs.of(this.builder);
				this.uris = UriTemplates
					.of(this.builder.clone().clientConnector((method, uri, writer) -> Mono.empty()).build());
				this.codecs = known;
			}
			return known;
		}

	}

}
