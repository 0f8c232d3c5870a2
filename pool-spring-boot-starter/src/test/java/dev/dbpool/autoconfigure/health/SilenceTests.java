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

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server is silent only while calls wait for it.
 */
class SilenceTests {

	private final PooledClient client = Mockito.mock(PooledClient.class, Mockito.RETURNS_DEEP_STUBS);

	private final DatabasePoolCircuitBreaker breaker = Mockito.mock(DatabasePoolCircuitBreaker.class);

	@Test
	void firstCallAfterAnHourWithoutCallsIsNoSilence() {
		Mockito.when(this.client.restRoot()).thenReturn(URI.create("http://localhost/rest/v1/"));
		Mockito.when(this.breaker.state()).thenReturn(State.CLOSED);
		Mockito.when(this.breaker.sinceAnswer()).thenReturn(Duration.ofHours(1));
		DatabasePoolProperties properties = new Binder(new MapConfigurationPropertySource()).bindOrCreate("db.pool",
				DatabasePoolProperties.class);
		active(0);
		BackgroundCheck check = new BackgroundCheck(
				new DatabasePool(DatabasePool.DEFAULT, this.client, properties, "db.pool"),
				new ErrorWindow(Duration.ofSeconds(30)), this.breaker);
		check.look();
		active(1);
		assertThat(check.status().isDown()).as(check.status().toString()).isFalse();
	}

	private void active(int active) {
		PoolSnapshot lane = new PoolSnapshot("read", 2, 2, 2, active, 2 - active, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0,
				Duration.ZERO, Duration.ZERO, Optional.empty(), Optional.empty(), Optional.empty(), false);
		Mockito.when(this.client.pool(ArgumentMatchers.any(Lane.class)).snapshot()).thenReturn(lane);
	}

}
