package dev.dbpool.benchmark;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import javax.net.ssl.SSLException;

import dev.dbpool.benchmark.server.Certificate;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A {@link WebClient} as a careful application sets it up, with the time-outs and the
 * identity headers that a {@code PooledClient} has, and its query in the shortest form.
 */
public final class WebClients {

	private static final ParameterizedTypeReference<List<Item>> ITEMS = new ParameterizedTypeReference<>() {
	};

	private WebClients() {
	}

	/**
	 * Starts a client of a server.
	 * @param target the server
	 * @return a builder with its URL and key
	 */
	public static WebClient.Builder builder(Target target) {
		return prepare(WebClient.builder(), target);
	}

	static WebClient.Builder prepare(WebClient.Builder builder, Target target) {
		return builder.baseUrl(target.url().toString()).defaultHeaders((headers) -> {
			if (!target.key().isEmpty()) {
				headers.set("apikey", target.key());
				headers.setBearerAuth(target.key());
			}
		});
	}

	static ReactorClientHttpConnector over(ConnectionProvider provider, Target target) {
		HttpClient client = HttpClient.create(provider)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5000)
			.responseTimeout(Duration.ofSeconds(10));
		return new ReactorClientHttpConnector(secure(client, target));
	}

	/**
	 * Makes a client trust the certificate of a server.
	 * @param client the client
	 * @param target the server
	 * @return the client
	 */
	public static HttpClient secure(HttpClient client, Target target) {
		return (target.certificate() != null) ? client.secure(tls(target.certificate())) : client;
	}

	private static Consumer<SslProvider.SslContextSpec> tls(Certificate certificate) {
		try {
			SslContext context = SslContextBuilder.forClient().trustManager(certificate.trust()).build();
			return (spec) -> spec.sslContext(context);
		}
		catch (SSLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Sends a query.
	 * @param client the client
	 * @param query what to ask for
	 * @param key the key of the first row
	 * @return the rows
	 */
	public static Mono<List<Item>> fetch(WebClient client, Query query, int key) {
		return client.get().uri(query.uri(), key).retrieve().bodyToMono(ITEMS);
	}

}
