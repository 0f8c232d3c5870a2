package dev.dbpool.benchmark;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;

import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The asynchronous client of Apache HttpComponents.
 */
final class ApacheClient implements Variant {

	private final Target target;

	private final CloseableHttpAsyncClient client;

	ApacheClient(Target target, int connections) {
		this.target = target;
		PoolingAsyncClientConnectionManagerBuilder manager = PoolingAsyncClientConnectionManagerBuilder.create()
			.setMaxConnTotal(connections)
			.setMaxConnPerRoute(connections)
			.setDefaultConnectionConfig(ConnectionConfig.custom().setConnectTimeout(Timeout.ofSeconds(5)).build())
			.setDefaultTlsConfig(TlsConfig.custom().setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1).build());
		if (target.certificate() != null) {
			manager.setTlsStrategy(
					ClientTlsStrategyBuilder.create().setSslContext(target.certificate().clientContext()).buildAsync());
		}
		this.client = HttpAsyncClients.custom()
			.setConnectionManager(manager.build())
			.setDefaultRequestConfig(
					RequestConfig.custom().setResponseTimeout(Timeout.of(Duration.ofSeconds(10))).build())
			.build();
		this.client.start();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return Mono.create((sink) -> this.client.execute(request(query, key), new Answer(sink)));
	}

	@Override
	public List<Item> get(Query query, int key) throws Exception {
		Future<SimpleHttpResponse> response = this.client.execute(request(query, key), null);
		return decode(response.get());
	}

	private SimpleHttpRequest request(Query query, int key) {
		return SimpleRequestBuilder.get(this.target.query(query, key))
			.addHeader("Accept", "application/json")
			.addHeader("apikey", this.target.key())
			.addHeader("Authorization", "Bearer " + this.target.key())
			.build();
	}

	private static List<Item> decode(SimpleHttpResponse response) {
		return ItemsDecoder.decode(response.getCode(), response.getBodyBytes());
	}

	@Override
	public void close() {
		this.client.close(CloseMode.GRACEFUL);
	}

	/**
	 * Signals the answer.
	 */
	private record Answer(MonoSink<List<Item>> sink) implements FutureCallback<SimpleHttpResponse> {

		@Override
		public void completed(SimpleHttpResponse response) {
			try {
				this.sink.success(decode(response));
			}
			catch (RuntimeException ex) {
				this.sink.error(ex);
			}
		}

		@Override
		public void failed(Exception failure) {
			this.sink.error(failure);
		}

		@Override
		public void cancelled() {
			this.sink.error(new IllegalStateException("The request was cancelled"));
		}

	}

}
