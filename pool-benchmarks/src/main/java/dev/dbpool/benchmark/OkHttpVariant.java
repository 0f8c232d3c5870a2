package dev.dbpool.benchmark;

import java.io.IOException;
import java.net.MalformedURLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * OkHttp. Its dispatcher limits the concurrent requests of callers that do not block; a
 * caller that blocks uses a connection of its own.
 */
final class OkHttpVariant implements Variant {

	private final Target target;

	private final OkHttpClient client;

	OkHttpVariant(Target target, int connections) {
		this.target = target;
		Dispatcher dispatcher = new Dispatcher();
		dispatcher.setMaxRequests(connections);
		dispatcher.setMaxRequestsPerHost(connections);
		OkHttpClient.Builder builder = new OkHttpClient.Builder().dispatcher(dispatcher)
			.connectionPool(new ConnectionPool(connections, 5, TimeUnit.MINUTES))
			.connectTimeout(Duration.ofSeconds(5))
			.readTimeout(Duration.ofSeconds(10));
		if (target.certificate() != null) {
			builder.sslSocketFactory(target.certificate().clientContext().getSocketFactory(),
					target.certificate().trustManager());
		}
		this.client = builder.build();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return Mono.create((sink) -> call(query, key).enqueue(new Answer(sink)));
	}

	@Override
	public List<Item> get(Query query, int key) throws IOException {
		try (Response response = call(query, key).execute()) {
			return decode(response);
		}
	}

	private Call call(Query query, int key) {
		try {
			return this.client.newCall(new Request.Builder().url(this.target.query(query, key).toURL())
				.header("Accept", "application/json")
				.header("apikey", this.target.key())
				.header("Authorization", "Bearer " + this.target.key())
				.build());
		}
		catch (MalformedURLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<Item> decode(Response response) {
		return ItemsDecoder.decode(response.code(), response.body().byteStream());
	}

	@Override
	public void close() {
		this.client.dispatcher().executorService().shutdown();
		this.client.connectionPool().evictAll();
	}

	/**
	 * Signals the answer.
	 */
	private record Answer(MonoSink<List<Item>> sink) implements Callback {

		@Override
		public void onResponse(Call call, Response response) {
			List<Item> items;
			try (response) {
				items = decode(response);
			}
			catch (RuntimeException ex) {
				this.sink.error(ex);
				return;
			}
			this.sink.success(items);
		}

		@Override
		public void onFailure(Call call, IOException failure) {
			this.sink.error(failure);
		}

	}

}
