package dev.dbpool.autoconfigure.health;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.LogLines;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.autoconfigure.resilience.ProbeFailedException;
import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.ArgumentCaptor;
import org.mockito.Mockito;
import reactor.core.publisher.Mono;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
@Tag("slow")
class BackgroundCheckTests {

	@Test
	void checkThatTheShutdownEndsIsNotLogged() throws Exception {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("localhost"))) {
			PooledClientBuilder builder = PooledClient.builder(URI.create("http://localhost:" + silent.getLocalPort()),
					ApiKeys.withoutAnonKey(null));
			for (Lane lane : Lane.values()) {
				builder.lane(lane, (options) -> options.minConnections(0));
			}
			PooledClient client = builder.build();
			DatabasePoolProperties properties = new Binder(new MapConfigurationPropertySource()).bindOrCreate("db.pool",
					DatabasePoolProperties.class);
			DatabasePoolCircuitBreaker breaker = Mockito.mock(DatabasePoolCircuitBreaker.class);
			BackgroundCheck check = new BackgroundCheck(
					new DatabasePool(DatabasePool.DEFAULT, client, properties, "db.pool"),
					new ErrorWindow(Duration.ofSeconds(30)), breaker);
			check.start();
			ArgumentCaptor<Supplier<Mono<Void>>> probe = ArgumentCaptor.captor();
			Mockito.verify(breaker).probeWith(probe.capture());
			try (Socket connection = silent.accept()) {
				assertThat(connection.getInputStream().read()).isNotEqualTo(-1);
				Mono<Void> end = probe.getValue().get();
				check.stop();
				try (LogLines lines = LogLines.of(StatusLog.class.getName())) {
					client.close(Duration.ZERO).block();
					assertThatExceptionOfType(ProbeFailedException.class).isThrownBy(end::block);
					assertThat(lines.get()).isEmpty();
				}
			}
		}
	}

}
