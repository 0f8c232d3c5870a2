package dev.dbpool.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.autoconfigure.alert.PoolAlert;
import dev.dbpool.autoconfigure.alert.PoolAlerts;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.postgrest.value.Row;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application whose reads go to replicas.
 */
class ReadEndpointsIntegrationTests {

	private final PostgrestServer server = TestServers.running();

	@Test
	void readsGoToTheReplicasOfThePropertiesWhichHealthAndResetShow() {
		try (FaultProxy first = FaultProxy.to(this.server.url());
				FaultProxy second = FaultProxy.to(this.server.url());
				TestApplication application = TestApplication.web(this.server,
						"management.endpoint.databasepool.access=unrestricted", "db.pool.alerts.delay=0",
						"db.pool.enable-opentelemetry-metrics=true",
						"db.pool.read.endpoints=" + first.url() + "," + second.url())) {
			await().untilAsserted(() -> {
				read(application);
				assertThat(application.client().readEndpoints())
					.allSatisfy((replica) -> assertThat(replica.pool().snapshot().acquired()).isPositive());
			});
			assertThat(health(application)).contains(
					"{\"endpoint\":\"" + first.url() + "\",\"available\":true,\"circuitBreaker\":\"CLOSED\"",
					"{\"endpoint\":\"" + second.url() + "\",\"available\":true");
			assertThat(application.get("/actuator/databasepool").body())
				.contains("\"replicas\":{\"read-1\":{\"endpoint\":\"" + first.url()
						+ "\",\"available\":true,\"circuitBreaker\":\"CLOSED\",\"pool\":{");
			assertThat(health(application))
				.containsPattern("CLOSED\",\"total\":\\d+,\"active\":\\d+,\"idle\":\\d+,\"pending\":0");
			assertThat(reset(application)).contains(", replica 127.0.0.1:" + first.port() + ": ",
					", replica 127.0.0.1:" + second.port() + ": ");

			assertThat(meter(application, "dbpool.replicas.available", first)).contains("\"value\":1.0");
			assertThat(meter(application, "dbpool.replicas.leases", second)).doesNotContain("\"value\":0.0");
			assertThat(application
				.get("/actuator/metrics/db.client.connection.max?tag=db.client.connection.pool.name:default-read-2")
				.body())
				.contains("\"value\":" + (double) application.client().readEndpoints().get(1).pool().snapshot().max());
			await()
				.untilAsserted(() -> assertThat(application.get("/actuator/metrics/dbpool.open?tag=lane:read").body())
					.as("connections of the primary")
					.contains("{\"statistic\":\"COUNT\",\"value\":"
							+ (double) application.client().pool(Lane.READ).snapshot().created() + "}"));

			first.down();
			second.down();
			await().until(() -> application.client().readEndpoints().stream().noneMatch(ReadEndpoint::isAvailable));
			assertThat(read(application)).isEqualTo(1);
			assertThat(application.client().pool(Lane.READ).snapshot().acquired()).isPositive();
			assertThat(health(application)).contains("{\"endpoint\":\"" + first.url() + "\",\"available\":false");
			assertThat(meter(application, "dbpool.replicas.available", first)).contains("\"value\":0.0");
			PoolAlerts alerts = application.context().getBean(PoolAlerts.class);
			await().untilAsserted(() -> assertThat(alerts.active()).extracting(PoolAlert::message)
				.anyMatch((message) -> message.startsWith("replica 127.0.0.1:")
						&& message.contains("db.pool.read.endpoints")));
		}
	}

	@Test
	void replicaHasABreakerOfResilience4jWithItsKeysMetersAndEvents() throws Exception {
		AtomicInteger status = new AtomicInteger(503);
		HttpServer first = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		first.createContext("/", (exchange) -> {
			boolean probe = exchange.getRequestMethod().equals("OPTIONS");
			byte[] rows = "[{\"id\":1}]".getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(probe ? 200 : status.get(), rows.length);
			exchange.getResponseBody().write(rows);
			exchange.close();
		});
		first.start();
		String address = "127.0.0.1:" + first.getAddress().getPort();
		try (FaultProxy second = FaultProxy.to(this.server.url());
				TestApplication application = TestApplication.web(this.server,
						"management.endpoint.circuitbreakers.access=unrestricted",
						"resilience4j.circuitbreaker.configs.default.record-exceptions=java.io.IOException",
						"resilience4j.circuitbreaker.instances.databasePoolRead2.sliding-window-size=7",
						"resilience4j.circuitbreaker.instances.databasePoolRead2.minimum-number-of-calls=7",
						"db.pool.read.endpoints[0]=http://" + address, "db.pool.read.endpoints[1]=" + second.url())) {
			CircuitBreakerRegistry registry = application.context().getBean(CircuitBreakerRegistry.class);
			CircuitBreaker breaker = registry.find("databasePoolRead1").orElseThrow();
			CircuitBreaker other = registry.find("databasePoolRead2").orElseThrow();
			assertThat(application.client().readEndpoints()).extracting(ReadEndpoint::circuitBreaker)
				.containsExactly(breaker, other);
			assertThat(breaker.getCircuitBreakerConfig().getSlidingWindowSize()).isEqualTo(3);
			assertThat(other.getCircuitBreakerConfig().getSlidingWindowSize()).isEqualTo(7);
			assertThat(other.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState()).isEqualTo(1);
			assertThat(breaker.getCircuitBreakerConfig().getWaitIntervalFunctionInOpenState().apply(6))
				.isEqualTo(10_000);

			application.post("/actuator/circuitbreakers/databasePoolRead2", "{\"updateState\":\"FORCE_OPEN\"}");
			assertThat(other.getState()).isEqualTo(State.FORCED_OPEN);
			await().untilAsserted(() -> {
				assertThat(read(application)).isEqualTo(1);
				assertThat(breaker.getState()).isNotEqualTo(State.CLOSED);
			});
			assertThat(second.mostOpen()).as("connections of the replica that is opened manually").isPositive();
			assertThat(application.client().readEndpoints().get(1).pool().snapshot().acquired()).isZero();
			assertThat(application.client().pool(Lane.READ).snapshot().acquired()).isPositive();
			assertThat(health(application)).contains(
					"{\"endpoint\":\"" + second.url() + "\",\"available\":false,\"circuitBreaker\":\"FORCED_OPEN\"");
			assertThat(application.get("/actuator/databasepool/events").body()).contains(
					"Circuit breaker 'databasePoolRead1' of replica " + address
							+ " opened: 3 of the last 3 reads failed, the last one with: ",
					"Circuit breaker 'databasePoolRead2' of replica " + second.url().getAuthority()
							+ " was opened manually");
			assertThat(application
				.get("/actuator/metrics/resilience4j.circuitbreaker.state"
						+ "?tag=name:databasePoolRead2&tag=state:forced_open")
				.body()).contains("\"value\":1.0");

			status.set(200);
			await().untilAsserted(() -> {
				read(application);
				assertThat(breaker.getState()).isEqualTo(State.CLOSED);
			});
		}
		finally {
			first.stop(0);
		}
	}

	private static int read(TestApplication application) {
		return application.client().blocking().from("items").select("id").eq("id", 1).list(Row.class).size();
	}

	private static String health(TestApplication application) {
		return application.get("/actuator/health/databasePool").body();
	}

	private static String meter(TestApplication application, String name, FaultProxy replica) {
		return application.get("/actuator/metrics/" + name + "?tag=endpoint:" + replica.url().getAuthority()).body();
	}

	private static String reset(TestApplication application) {
		return application.post("/actuator/databasepool/reset", "{}").body();
	}

}
