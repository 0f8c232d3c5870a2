package dev.dbpool.benchmark;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import reactor.core.publisher.Mono;

/**
 * The client of Jetty.
 */
final class JettyClient implements Variant {

	private final Target target;

	private final HttpClient client = new HttpClient();

	JettyClient(Target target, int connections) {
		this.target = target;
		this.client.setMaxConnectionsPerDestination(connections);
		this.client.setConnectTimeout(TimeUnit.SECONDS.toMillis(5));
		if (target.certificate() != null) {
			SslContextFactory.Client tls = new SslContextFactory.Client();
			tls.setSslContext(target.certificate().clientContext());
			this.client.setSslContextFactory(tls);
		}
		try {
			this.client.start();
		}
		catch (Exception ex) {
			throw new IllegalStateException("Jetty's client did not start", ex);
		}
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return Mono.fromFuture(() -> new CompletableResponseListener(request(query, key)).send())
			.map(JettyClient::decode);
	}

	@Override
	public List<Item> get(Query query, int key) throws Exception {
		return decode(request(query, key).send());
	}

	private Request request(Query query, int key) {
		return this.client.newRequest(this.target.query(query, key))
			.timeout(10, TimeUnit.SECONDS)
			.headers((headers) -> headers.add("Accept", "application/json")
				.add("apikey", this.target.key())
				.add("Authorization", "Bearer " + this.target.key()));
	}

	private static List<Item> decode(ContentResponse response) {
		return ItemsDecoder.decode(response.getStatus(), response.getContent());
	}

	@Override
	public void close() {
		try {
			this.client.stop();
		}
		catch (Exception ex) {
			throw new IllegalStateException("Jetty's client did not stop", ex);
		}
	}

}
