package dev.dbpool.client;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.web.client.RestClient;
import org.springframework.web.util.UriBuilderFactory;

/**
 * A {@code RestClient} of a view, with what those of all views share: message converters,
 * and URI templates that are parsed once. A client that is made of it by
 * {@link #mutate()} has its own.
 */
final class PooledRestClient implements RestClient {

	private final RestClient client;

	private final Builder builder;

	private PooledRestClient(RestClient client, Builder builder) {
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
	 * What the clients of all views share. The message converters are those that a client
	 * has by default; to make them costs much more than the rest of a client. They are
	 * made for the first client. Safe for use from any thread.
	 */
	static final class Shared {

		private final UriBuilderFactory uris;

		private @Nullable List<HttpMessageConverter<?>> converters;

		/**
		 * Creates it.
		 * @param uris makes the URIs, as those that a client would have by default
		 */
		Shared(UriBuilderFactory uris) {
			this.uris = uris;
		}

		/**
		 * Makes the client of a view.
		 * @param builder builds it, without converters of its own
		 */
		RestClient of(Builder builder) {
			List<HttpMessageConverter<?>> converters = converters();
			return new PooledRestClient(builder.clone()
				.uriBuilderFactory(this.uris)
				.configureMessageConverters((own) -> own.disableDefaults()
					.configureMessageConvertersList((list) -> list.addAll(converters)))
				.build(), builder);
		}

		private synchronized List<HttpMessageConverter<?>> converters() {
			List<HttpMessageConverter<?>> known = this.converters;
			if (known == null) {
				List<HttpMessageConverter<?>> made = new ArrayList<>();
				HttpMessageConverters.forClient().registerDefaults().build().forEach(made::add);
				known = List.copyOf(made);
				this.converters = known;
			}
			return known;
		}

	}

}
