package dev.dbpool.autoconfigure.health;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.LoopbackPorts;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * The health endpoint of a whole application, while its server comes and goes.
 */
@ExtendWith(OutputCaptureExtension.class)
class HealthIntegrationTests {

	private static final String[] QUICK = { "db.pool.health-check-interval=300ms", "db.pool.max-retries=0",
			"db.pool.max-connections=4", "db.pool.connection-timeout=200ms",
			"db.pool.health-check-path=/items?select=id&limit=0",
			"resilience4j.circuitbreaker.instances.databasePool.wait-duration-in-open-state=1s" };

	private final PostgrestServer server = TestServers.running();

	@Test
	void showsAndLogsTheOutageAndTheRecovery(CapturedOutput output) {
		try (TestApplication application = TestApplication.web(this.server,
				with(QUICK, "management.endpoint.health.probes.enabled=true", "db.pool.response-headers.enabled=true",
						"management.endpoint.health.group.readiness.include=readinessState,databasePool"))) {
			awaitHealth(application, 200, "UP");
			HttpResponse<String> health = health(application);
			assertThat(health.body()).contains("\"read\":{\"total\":", "\"write\":{", "\"pending\":0",
					"\"min\":2,\"max\":2,\"concurrencyLimit\":\"fixed\"", "\"circuitBreaker\":{\"state\":\"CLOSED\"",
					"\"lastCheck\"", "GET /items answered");
			assertThat(health.body()).contains("\"database\":{\"connected\":true,\"responseTime\":\"",
					"\"utilization\":", "\"performance\":{\"window\":", "\"throughput\":",
					"\"monitoring\":{\"leaks\":0,\"lastCheck\":\"");
			assertHeaders(application);
			assertThat(health.body()).doesNotContain(this.server.anonKey(), this.server.serviceKey());

			this.server.postgrest().kill();
			awaitHealth(application, 503, "DOWN");
			assertThat(application.get("/actuator/health").statusCode()).isEqualTo(503);
			assertThat(application.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
			assertThat(application.get("/actuator/health/readiness").statusCode()).isEqualTo(503);
			breakByTraffic(application);
			await()
				.untilAsserted(() -> assertThat(health(application).body()).contains("no connection could be opened"));

			this.server.postgrest().start();
			awaitHealth(application, 200, "UP");
			assertThat(health(application).body()).contains("\"state\":\"CLOSED\"");
			await().untilAsserted(() -> assertThat(application.get("/actuator/databasepool/events").body()).contains(
					"\"type\":\"CIRCUIT_BREAKER\"",
					"Circuit breaker 'databasePool' opened: 5 of the last 5 calls failed",
					"Circuit breaker 'databasePool' closed"));
			await().until(() -> application.client().pool(Lane.READ).snapshot().idle() > 0);
			assertThat(rows(application)).hasSize(1);
			assertThat(output).containsPattern("Pool 'read' cannot open connections, and goes on trying: "
					+ "(connection refused by|no usable connection to) 127\\.0\\.0\\.1:"
					+ this.server.postgrest().port() + "\\b.*: check db\\.pool\\.url");
			assertThat(output).contains("Health of the database pool is UP, it was UNKNOWN",
					"Health of the database pool is DOWN, it was ",
					"Circuit breaker 'databasePool' opened: 5 of the last 5 calls failed, the last one with: ",
					"Circuit breaker 'databasePool' is half-open: it lets 3 calls through",
					"Circuit breaker 'databasePool' closed: the server answers again");
		}
	}

	private static void assertHeaders(TestApplication application) {
		HttpResponse<String> head = application.send(application.request("/actuator/health/databasePool")
			.method("HEAD", HttpRequest.BodyPublishers.ofByteArray(new byte[0]))
			.build());
		for (HttpResponse<String> response : List.of(health(application), head)) {
			assertThat(response.headers().firstValue("X-Pool-Health")).contains("UP");
			assertThat(response.headers().firstValue("X-Active-Connections")).isPresent();
			assertThat(response.headers().firstValue("X-Total-Connections"))
				.hasValueSatisfying((total) -> assertThat(Integer.parseInt(total)).isBetween(1, 4));
			assertThat(response.headers().firstValue("X-Health-Check-Time"))
				.hasValueSatisfying((at) -> assertThat(Instant.parse(at)).isBefore(Instant.now()));
		}
		HttpResponse<String> other = application.get("/actuator/health/liveness");
		assertThat(other.headers().firstValue("X-Pool-Health")).isEmpty();
		for (String header : List.of("Total-Connections", "Active-Connections", "Idle-Connections",
				"Waiting-Requests")) {
			assertThat(other.headers().firstValue("X-Pool-" + header)).get().asString().matches("\\d+");
		}
	}

	private static String[] with(String[] properties, String... more) {
		return Stream.concat(Stream.of(properties), Stream.of(more)).toArray(String[]::new);
	}

	private static void breakByTraffic(TestApplication application) {
		await().until(() -> {
			assertThatException().isThrownBy(() -> rows(application));
			return health(application).body().contains("\"state\":\"OPEN\"");
		});
	}

	@Test
	void callersThatWaitForAFullLaneDegradeThePoolWhoseServerStillPassesItsChecks() {
		String[] patient = QUICK.clone();
		patient[3] = "db.pool.connection-timeout=20s";
		try (TestApplication application = TestApplication.web(this.server, patient)) {
			awaitHealth(application, 200, "UP");
			try (ClientLease first = application.client().blocking().lease(Lane.READ, "first");
					ClientLease second = application.client().blocking().lease(Lane.READ, "second")) {
				Disposable waiting = application.client().from("items").select("id").list(Row.class).subscribe();
				awaitHealth(application, 200, "DEGRADED");
				assertThat(health(application).body()).contains("callers waited for the read lane in ");
				Instant full = Instant.now();
				await().until(() -> Instant.parse(lastCheck(application, "at")).isAfter(full));
				assertThat(lastCheck(application, "result")).isEqualTo("OK");
				assertThat(first.isActive()).isTrue();
				assertThat(second.isActive()).isTrue();
				assertThat(health(application).body()).contains("\"utilization\":1.0");
				assertThat(health(application).headers().firstValue("X-Pool-Total-Connections")).isEmpty();
				JsonNode aggregate = JsonMapper.builder().build().readTree(application.get("/actuator/health").body());
				assertThat(aggregate.path("status").stringValue()).isEqualTo("DEGRADED");
				waiting.dispose();
			}
			awaitHealth(application, 200, "UP");
		}
	}

	@Test
	void theSchemaOfTheOperationsIsThatOfTheCheck() {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.schema=shop",
				"db.pool.health-check-path=/things?select=id&limit=0")) {
			awaitHealth(application, 200, "UP");
			assertThat(health(application).body()).contains("GET /things answered");
		}
	}

	@Test
	void wrongRestPathIsNamed() {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.rest-path=/rest/v1")) {
			awaitHealth(application, 503, "DOWN");
			assertThat(health(application).body()).contains("GET /rest/v1/ answered 404", "check db.pool.rest-path");
		}
	}

	@Test
	void restPathInTheUrlIsNamed() {
		String url = "db.pool.url=" + this.server.url() + "/rest/v1";
		try (TestApplication application = TestApplication.web(this.server, url, "db.pool.rest-path=/")) {
			awaitHealth(application, 503, "DOWN");
			assertThat(health(application).body())
				.contains("GET /rest/v1/ answered 404: check db.pool.rest-path and the path of db.pool.url");
		}
	}

	@Test
	void unknownSchemaIsNamed() {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.schema=nope")) {
			awaitHealth(application, 503, "DOWN");
			assertThat(health(application).body()).contains("GET / answered 406 (PGRST106): the schema 'nope' is not"
					+ " exposed by PostgREST: check db.pool.schema");
		}
	}

	@Test
	void wrongKeyIsNamed() {
		String foreign = this.server.anonKey().substring(0, this.server.anonKey().length() - 6) + "AAAAAA";
		try (TestApplication application = TestApplication.web(this.server, "db.pool.anon-key=" + foreign)) {
			awaitHealth(application, 503, "DOWN");
			assertThat(health(application).body()).contains("answered 401 (PGRST301)", "check db.pool.anon-key")
				.doesNotContain(foreign);
		}
	}

	@Test
	void serverThatAppearsAfterTheStartIsFound() {
		int port = LoopbackPorts.take();
		String[] arguments = { "db.pool.url=http://127.0.0.1:" + port, "db.pool.anon-key=none", "db.pool.rest-path=/",
				QUICK[0] };
		try (TestApplication application = TestApplication.web(this.server, arguments)) {
			awaitHealth(application, 503, "DOWN");
			try (EmbeddedPostgrest late = EmbeddedPostgrest.builder().script("items.sql").port(port).start()) {
				awaitHealth(application, 200, "UP");
				assertThat(late.postgrest().isRunning()).isTrue();
				assertThat(rows(application)).hasSize(1);
			}
		}
		finally {
			LoopbackPorts.release(port);
		}
	}

	private static String lastCheck(TestApplication application, String detail) {
		return JsonMapper.builder()
			.build()
			.readTree(health(application).body())
			.path("details")
			.path("lastCheck")
			.path(detail)
			.stringValue();
	}

	@Test
	void outageIsSeenAndLoggedThoughTheNextCheckIsFarAway(CapturedOutput output) {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.health-check-interval=1h")) {
			awaitHealth(application, 200, "UP");
			this.server.postgrest().kill();
			awaitHealth(application, 503, "DOWN");
			await().until(() -> output.getOut().contains("Health of the database pool is DOWN, it was UP: "));
			Mono<List<Row>> waiting = application.client().from("items").select("id").list(Row.class).cache();
			waiting.subscribe();
			this.server.postgrest().start();
			assertThat(waiting.block()).isNotEmpty();
			awaitHealth(application, 200, "UP");
		}
	}

	@Test
	void silentServerIsDownWhileCallsWaitForIt() {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.health-check-interval=1h",
				"db.pool.request-timeout=2s")) {
			awaitHealth(application, 200, "UP");
			this.server.postgrest().pause();
			Disposable waiting = application.client().from("items").select("id").list(Row.class).subscribe();
			awaitHealth(application, 503, "DOWN");
			this.server.postgrest().resume();
			awaitHealth(application, 200, "UP");
			waiting.dispose();
		}
	}

	@Test
	void logAgreesWithTheHealthWhenAThresholdIsExceeded(CapturedOutput output) {
		try (TestApplication application = TestApplication.web(this.server,
				with(QUICK, "db.pool.health.utilization-threshold=1"));
				ClientLease held = application.client().blocking().lease(Lane.READ, "held")) {
			awaitHealth(application, 200, "DEGRADED");
			await().until(() -> output.getOut().contains("Health of the database pool is DEGRADED, it was UP: "));
			assertThat(output).containsPattern("it was UP: \\d+% of the connections of the read lane were leased");
			assertThat(held.isActive()).isTrue();
		}
	}

	private static List<Row> rows(TestApplication application) {
		return application.client().blocking().from("items").select("id").eq("id", 1).list(Row.class);
	}

	private static HttpResponse<String> health(TestApplication application) {
		return application.get("/actuator/health/databasePool");
	}

	private static void awaitHealth(TestApplication application, int httpStatus, String status) {
		await().untilAsserted(() -> {
			HttpResponse<String> health = health(application);
			assertThat(health.body()).contains("\"status\":\"" + status + "\"");
			assertThat(health.statusCode()).isEqualTo(httpStatus);
		});
	}

}
