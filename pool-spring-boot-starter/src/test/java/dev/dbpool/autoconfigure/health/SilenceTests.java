package dev.dbpool.autoconfigure.health;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentMatchers;
import org.mockito.Mockito;
import reactor.core.publisher.Mono;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server is silent only while calls wait for it.
 */
class SilenceTests {

	private final PooledClient client = Mockito.mock(PooledClient.class, Mockito.RETURNS_DEEP_STUBS);

	private final DatabasePoolCircuitBreaker breaker = Mockito.mock(DatabasePoolCircuitBreaker.class);

	private long nanoTime;

	@Test
	void firstCallAfterAnHourWithoutCallsIsNoSilence() {
		BackgroundCheck check = check();
		pass(Duration.ofHours(1));
		check.look();
		active(1);
		assertThat(isSilent(check)).isFalse();
		pass(Duration.ofMinutes(1));
		assertThat(isSilent(check)).isTrue();
	}

	@Test
	void firstCallAfterASlowStartIsNoSilence() {
		Mockito.when(this.client.asAnon().lease(ArgumentMatchers.any(), ArgumentMatchers.any()))
			.thenReturn(Mono.never());
		BackgroundCheck check = check();
		pass(Duration.ofHours(1));
		active(1);
		check.start();
		try {
			assertThat(isSilent(check)).isFalse();
		}
		finally {
			check.stop();
		}
	}

	private BackgroundCheck check() {
		Mockito.when(this.client.restRoot()).thenReturn(URI.create("http://localhost/rest/v1/"));
		Mockito.when(this.breaker.state()).thenReturn(State.CLOSED);
		Mockito.when(this.breaker.sinceAnswer()).thenAnswer((call) -> Duration.ofNanos(this.nanoTime));
		DatabasePoolProperties properties = new Binder(new MapConfigurationPropertySource()).bindOrCreate("db.pool",
				DatabasePoolProperties.class);
		active(0);
		return new BackgroundCheck(new DatabasePool(DatabasePool.DEFAULT, this.client, properties, "db.pool"),
				new ErrorWindow(Duration.ofSeconds(30)), this.breaker, () -> this.nanoTime);
	}

	private void pass(Duration time) {
		this.nanoTime += time.toNanos();
	}

	private static boolean isSilent(BackgroundCheck check) {
		return check.status().reason().filter((reason) -> reason.startsWith("no call was answered")).isPresent();
	}

	private void active(int active) {
		PoolSnapshot lane = new PoolSnapshot("read", 2, 2, 2, active, 2 - active, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0,
				Duration.ZERO, Duration.ZERO, Optional.empty(), Optional.empty(), Optional.empty(), false);
		Mockito.when(this.client.pool(ArgumentMatchers.any(Lane.class)).snapshot()).thenReturn(lane);
	}

}
