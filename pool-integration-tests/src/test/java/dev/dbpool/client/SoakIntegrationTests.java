package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;

import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.transport.TestCertificate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.core.io.buffer.DataBuffer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A network that fails in every respect, under Netty's strictest leak detection, in both
 * exchange modes, over HTTP and over TLS. No buffer, lease, socket or record of an
 * operation may be lost.
 */
@Tag("long")
@Isolated
class SoakIntegrationTests extends SoakSupport {

	private static final int RUNS = 4;

	private static final Duration RUN = DURATION.dividedBy(RUNS);

	@Test
	void aBufferThatACallerKeepsIsReported() {
		PooledClient client = client();
		client.webClient().get().uri("/cars").retrieve().bodyToFlux(DataBuffer.class).blockLast();
		assertThat(this.leaks.reports()).isNotEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void nothingIsLost(ExchangeMode mode) throws InterruptedException {
		try (FaultProxy proxy = proxy(server().url().getPort())) {
			soak(mode + " over HTTP", proxy, client(proxy.url(), mode, List.of(), (http) -> http));
		}
	}

	@ParameterizedTest
	@EnumSource
	void nothingIsLostOverTls(ExchangeMode mode) throws Exception {
		TestCertificate certificate = TestCertificate.get();
		try (TlsTerminator terminator = new TlsTerminator(certificate, server().url());
				FaultProxy proxy = proxy(terminator.port())) {
			soak(mode + " over TLS", proxy, client(URI.create("https://localhost:" + proxy.port()), mode, List.of(),
					(http) -> http.secure((tls) -> tls.sslContext(certificate.trusting()))));
		}
	}

	private void soak(String name, FaultProxy proxy, PooledClient client) throws InterruptedException {
		SoakFaults faults = new SoakFaults(proxy, new Random(SEED));
		System.out.printf("soak: %s, %s, seed %d%n", name, RUN, SEED);
		callWhileItFails(client, faults, RUN, 0);
		proxy.restore();
		awaitThatAllIsWell(client);
		closeWithoutLosses(name + ", faults " + faults + ", connections " + proxy.accepted(), client, proxy);
	}

}
