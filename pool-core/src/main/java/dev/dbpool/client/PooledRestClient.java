package dev.dbpool.client;

import org.springframework.http.HttpMethod;
import org.springframework.web.client.RestClient;
import org.springframework.web.util.UriBuilderFactory;

/**
 * A {@code RestClient} of a view, with URI templates that are parsed once for all views.
 * A client that is made of it by {@link #mutate()} has its own.
 */
final class PooledRestClient implements RestClient {

	private final RestClient client;

	private final Builder builder;

	/**
	 * Creates a client.
	 * @param builder builds the client
	 * @param uris makes the URIs, as those that the builder would use
	 */
	PooledRestClient(Builder builder, UriBuilderFactory uris) {
		this.client = builder.clone().uriBuilderFactory(uris).build();
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

}
