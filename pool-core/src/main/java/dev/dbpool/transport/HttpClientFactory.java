package dev.dbpool.transport;

import java.time.Duration;
import java.util.function.UnaryOperator;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpResponseDecoderSpec;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider;

import org.springframework.util.Assert;

/**
 * Makes the HTTP client of each connection.
 */
final class HttpClientFactory {

	/**
	 * PostgREST repeats the whole query in a header of its answer, and queries may be
	 * long.
	 */
	private static final int MAX_HEADER_SIZE = 64 * 1024;

	private final Origin origin;

	private final int connectTimeoutMillis;

	private final @Nullable LoopResources loopResources;

	private final @Nullable SslProvider sslProvider;

	private final UnaryOperator<HttpClient> customizer;

	HttpClientFactory(Origin origin, Duration connectTimeout, @Nullable LoopResources loopResources,
			@Nullable SslContext sslContext, UnaryOperator<HttpClient> customizer) {
		this.origin = origin;
		this.connectTimeoutMillis = (int) Math.min(connectTimeout.toMillis(), Integer.MAX_VALUE);
		this.loopResources = loopResources;
		this.sslProvider = origin.isSecure() ? sslProvider(sslContext, connectTimeout) : null;
		this.customizer = customizer;
	}

	private static SslProvider sslProvider(@Nullable SslContext sslContext, Duration handshakeTimeout) {
		SslProvider.SslContextSpec spec = SslProvider.builder();
		SslProvider.Builder builder = (sslContext != null) ? spec.sslContext(sslContext)
				: spec.sslContext((SslProvider.GenericSslContextSpec<?>) Http11SslContextSpec.forClient());
		return builder.handshakeTimeout(handshakeTimeout).build();
	}

	HttpClient create(ConnectionProvider provider) {
		HttpClient client = HttpClient.create(provider)
			.httpResponseDecoder((decoder) -> decoder.maxHeaderSize(MAX_HEADER_SIZE))
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, this.connectTimeoutMillis);
		if (this.loopResources != null) {
			client = client.runOn(this.loopResources);
		}
		if (this.sslProvider != null) {
			client = client.secure(this.sslProvider);
		}
		client = this.customizer.apply(client);
		Assert.state(client.configuration().connectionProvider() == provider,
				"The HTTP client customizer must return a client made from the one that it was given");
		return client.protocol(HttpProtocol.HTTP11)
			.keepAlive(true)
			.followRedirect(false)
			.disableRetry(true)
			.baseUrl(this.origin.toString());
	}

	/**
	 * Returns the limits that a client sets on the head of an answer.
	 */
	static HttpDecoderConfig decoding(HttpClient client) {
		HttpResponseDecoderSpec spec = client.configuration().decoder();
		return new HttpDecoderConfig().setMaxInitialLineLength(spec.maxInitialLineLength())
			.setMaxHeaderSize(spec.maxHeaderSize())
			.setValidateHeaders(spec.validateHeaders())
			.setInitialBufferSize(spec.initialBufferSize())
			.setAllowDuplicateContentLengths(spec.allowDuplicateContentLengths())
			.setAllowPartialChunks(spec.allowPartialChunks());
	}

}
