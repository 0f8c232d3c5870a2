package dev.dbpool.autoconfigure.health;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.ReadEndpoint;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
@Tag("slow")
class ReplicaCheckTests {

	private HttpServer server;

	private PooledClient client;

	private volatile int status = 200;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		this.server.createContext("/", (exchange) -> {
			boolean probe = exchange.getRequestMethod().equals("OPTIONS");
			exchange.sendResponseHeaders(probe ? 200 : this.status, -1);
			exchange.close();
		});
		this.server.start();
		URI url = URI.create("http://localhost:" + this.server.getAddress().getPort());
		this.client = PooledClient.builder(url, ApiKeys.withoutAnonKey(null)).readEndpoints(List.of(url)).build();
		await().until(() -> replica().pool().snapshot().idle() > 0);
	}

	@AfterEach
	void stop() {
		this.client.close(Duration.ZERO).block();
		this.server.stop(0);
	}

	@Test
	void replicaThatAnswersIsUsedAgain() {
		lookTwice();
		await().until(() -> replica().isAvailable());
	}

	@Test
	void replicaThatFailsStaysLeftOut() {
		this.status = 503;
		lookTwice();
		await().until(() -> breaker().getState() == State.OPEN);
	}

	@Test
	void answerThatRefusesTheCheckLeavesTheTrialToARead() {
		this.status = 401;
		long leases = replica().pool().snapshot().released();
		lookTwice();
		await().until(() -> replica().pool().snapshot().released() > leases);
		await().until(() -> breaker().tryAcquirePermission());
		assertThat(breaker().getState()).isEqualTo(State.HALF_OPEN);
	}

	@Test
	void readThatTakesTheTrialKeepsIt() {
		breaker().transitionToOpenState();
		breaker().transitionToHalfOpenState();
		assertThat(breaker().tryAcquirePermission()).isTrue();
		long leases = replica().pool().snapshot().acquired();
		ReplicaCheck check = check();
		check.look();
		check.look();
		assertThat(replica().pool().snapshot().acquired()).isEqualTo(leases);
	}

	private void lookTwice() {
		breaker().transitionToOpenState();
		breaker().transitionToHalfOpenState();
		ReplicaCheck check = check();
		check.look();
		assertThat(breaker().getState()).isEqualTo(State.HALF_OPEN);
		check.look();
	}

	private ReplicaCheck check() {
		DatabasePoolProperties properties = new Binder(new MapConfigurationPropertySource()).bindOrCreate("db.pool",
				DatabasePoolProperties.class);
		return new ReplicaCheck(new DatabasePool(DatabasePool.DEFAULT, this.client, properties, "db.pool"), replica());
	}

	private ReadEndpoint replica() {
		return this.client.readEndpoints().get(0);
	}

	private CircuitBreaker breaker() {
		return replica().circuitBreaker();
	}

}
