package dev.dbpool.transport;

import java.net.URI;
import java.time.Duration;

import io.netty.handler.codec.http.HttpDecoderConfig;
import org.junit.jupiter.api.Test;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.resources.ConnectionProvider;

import static org.assertj.core.api.Assertions.assertThat;

class HttpClientFactoryTests {

	@Test
	void takesBackWhatACustomizerMustNotChange() {
		HttpClientFactory factory = new HttpClientFactory(Origin.of(URI.create("https://db.example.com:8443/rest")),
				Duration.ofSeconds(1), null, null,
				(client) -> client.disableRetry(false)
					.followRedirect(true)
					.keepAlive(false)
					.baseUrl("https://evil.org")
					.protocol(HttpProtocol.H2, HttpProtocol.HTTP11));
		HttpClientConfig config = factory.create(ConnectionProvider.newConnection()).configuration();
		assertThat(config.isRetryDisabled()).isTrue();
		assertThat(config.followRedirectPredicate()).isNull();
		assertThat(config.headers().get("connection")).isNull();
		assertThat(config.baseUrl()).isEqualTo("https://db.example.com:8443");
		assertThat(config.protocols()).containsExactly(HttpProtocol.HTTP11);
	}

	@Test
	void keepsWhatACustomizerSetsForTheDecoder() {
		HttpDecoderConfig decoding = HttpClientFactory
			.decoding(HttpClient.create().httpResponseDecoder((decoder) -> decoder.validateHeaders(false)));
		assertThat(decoding.getHeadersFactory().newHeaders().add("not a name", "").names()).contains("not a name");
	}

}
