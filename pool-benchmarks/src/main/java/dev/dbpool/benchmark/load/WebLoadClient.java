package dev.dbpool.benchmark.load;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import dev.dbpool.benchmark.Target;
import dev.dbpool.benchmark.WebClients;
import io.netty.channel.Channel;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A {@link WebClient} as it is without further thought, which counts its connections.
 */
final class WebLoadClient implements LoadClient {

	private final Request request;

	private final AtomicLong opened = new AtomicLong();

	private final AtomicInteger open = new AtomicInteger();

	private final Runnable closing;

	private final Supplier<WebClient> clients;

	private WebLoadClient(Target target, Request request, ConnectionProvider provider, boolean isShared) {
		this.request = request;
		this.closing = () -> provider.disposeLater().block();
		HttpClient http = count(WebClients.secure(HttpClient.create(provider), target));
		Supplier<WebClient> factory = () -> WebClients.builder(target)
			.clientConnector(new ReactorClientHttpConnector(http))
			.build();
		WebClient shared = factory.get();
		this.clients = isShared ? () -> shared : factory;
	}

	/**
	 * One client for all calls, with as many connections as Reactor Netty permits by
	 * default.
	 */
	static WebLoadClient bare(Target target, Request request) {
		return new WebLoadClient(target, request, ConnectionProvider.create("load-bare", 500), true);
	}

	/**
	 * A new client with a new connection for each call.
	 */
	static WebLoadClient perRequest(Target target, Request request) {
		return new WebLoadClient(target, request, ConnectionProvider.newConnection(), false);
	}

	private HttpClient count(HttpClient client) {
		return client.doOnChannelInit((observer, channel, address) -> count(channel));
	}

	private void count(Channel channel) {
		this.opened.incrementAndGet();
		this.open.incrementAndGet();
		channel.closeFuture().addListener((closed) -> this.open.decrementAndGet());
	}

	@Override
	public Mono<?> call() {
		return Mono.defer(() -> this.request.over(this.clients.get()));
	}

	@Override
	public Connections connections() {
		return new Connections(this.opened.get(), this.open.get(), -1, -1);
	}

	@Override
	public void close() {
		this.closing.run();
	}

}
