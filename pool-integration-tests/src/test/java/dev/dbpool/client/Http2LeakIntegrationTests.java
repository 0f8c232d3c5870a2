package dev.dbpool.client;

import java.time.Duration;

import dev.dbpool.client.Http2Gateway.Limits;
import dev.dbpool.transport.BufferLeaks;
import dev.dbpool.transport.Http2Mode;
import dev.dbpool.transport.TestCertificate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Buffers over HTTP/2, which Netty's leak detection follows.
 */
@Isolated
@Tag("long")
@Timeout(120)
class Http2LeakIntegrationTests extends ClientTestSupport {

	@Test
	void noBufferIsLostWhenReadersLeaveAndConnectionsEnd() throws Exception {
		TestCertificate certificate = TestCertificate.get();
		try (BufferLeaks leaks = new BufferLeaks();
				Http2Gateway gateway = new NettyGateway(certificate, server().url(), new Limits(128, 20))) {
			PooledClient client = client(gateway.url(),
					(builder) -> connections(builder, 4).http2(Http2Mode.AUTO)
						.interceptor(new RetryingInterceptor())
						.httpClient((http) -> http.secure((spec) -> spec.sslContext(certificate.trusting()))));
			for (int i = 0; i < 60; i++) {
				client.from("cars").select("*").limit(1_000).stream(Car.class).take(i % 5).blockLast();
				client.from("cars")
					.select("*")
					.limit(10)
					.list(Car.class)
					.timeout(Duration.ofMillis(i % 4 + 1))
					.onErrorComplete()
					.block();
				if (i % 20 == 10) {
					gateway.kill();
				}
			}
			assertThat(leaks.reports()).isEmpty();
		}
	}

}
