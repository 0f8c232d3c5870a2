package dev.dbpool.sample;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One script of overload, outage and leak, in which everything that an operator looks at
 * has to agree: the data of the dashboard, health, meters, alerts, events and the log.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "management.prometheus.metrics.export.enabled=true", "db.pool.max-connections=4",
				"db.pool.lane-sharing=none", "db.pool.connection-timeout=3s", "db.pool.request-timeout=4s",
				"db.pool.leak-detection-timeout=5s", "db.pool.max-retries=1", "db.pool.retry-delay=100ms",
				"db.pool.health-check-interval=2s", "db.pool.health.utilization-threshold=100",
				"db.pool.health.response-time-threshold=0", "db.pool.alerts.delay=500ms",
				"db.pool.alerts.cool-down=1s" })
@ExtendWith(OutputCaptureExtension.class)
@DirtiesContext
@Tag("long")
class OneStoryIntegrationTests {

	private static final ConditionFactory AWAIT = Awaitility.await()
		.atMost(Duration.ofMinutes(2))
		.pollInterval(Duration.ofMillis(200));

	@LocalServerPort
	private int port;

	@Autowired
	private PooledClient client;

	@Autowired
	private PostgrestServer server;

	private WebClient web;

	@BeforeEach
	void createClient() {
		this.web = WebClient.create("http://127.0.0.1:" + this.port);
	}

	@Test
	void everyViewShowsTheSameOverloadOutageAndLeak(CapturedOutput log) {
		AWAIT.untilAsserted(() -> assertAllIsWell());
		overload(log);
		AWAIT.untilAsserted(() -> {
			assertAllIsWell();
			assertResolved(log, "EXHAUSTED", "DEGRADED");
		});
		outage(log);
		AWAIT.untilAsserted(() -> {
			assertAllIsWell();
			assertResolved(log, "UNHEALTHY", "CIRCUIT_BREAKER_OPEN", "CONNECTION_ERRORS");
			assertFailuresAgree();
		});
		leak(log);
	}

	/**
	 * More slow queries than connections.
	 */
	private void overload(CapturedOutput log) {
		Disposable calls = call("/api/slow?seconds=0.5&times=60").repeat().subscribe();
		try {
			AWAIT.untilAsserted(() -> {
				View view = View.of(this);
				assertStatus(view, "DEGRADED", "callers wait");
				assertThat(view.lane().path("pending").asInt()).isPositive();
				assertThat(view.lane().path("active").asInt()).isEqualTo(2);
				assertThat(view.healthOfLane().path("pending").asInt()).isPositive();
				assertThat(view.meter("dbpool_pending{lane=\"read\",pool=\"default\"}")).isPositive();
				assertThat(view.meter("dbpool_connections{lane=\"read\",pool=\"default\",state=\"active\"}"))
					.isEqualTo(2);
				assertThat(json("/actuator/databasepool/leases").findValues("operation")).hasSize(2)
					.allMatch((operation) -> operation.asString().equals("GET /api/slow"));
				assertRaised(view, log, "EXHAUSTED", "DEGRADED");
			});
		}
		finally {
			calls.dispose();
		}
	}

	/**
	 * PostgREST is gone while it is called.
	 */
	private void outage(CapturedOutput log) {
		this.server.postgrest().kill();
		AWAIT.untilAsserted(() -> {
			call("/api/products").subscribe();
			View view = View.of(this);
			assertStatus(view, "DOWN", "");
			assertThat(view.page().path("circuitBreaker").asString()).isEqualTo("OPEN");
			assertThat(view.health().at("/details/circuitBreaker/state").asString()).isEqualTo("OPEN");
			assertThat(view.meter("resilience4j_circuitbreaker_state{name=\"databasePool\",state=\"open\"}"))
				.isEqualTo(1);
			assertThat(view.health().at("/details/database/connected").asBoolean()).isFalse();
			assertThat(view.meter("dbpool_connections_open_failures_total{lane=\"read\",pool=\"default\"}"))
				.isPositive()
				.isEqualTo(view.lane().path("openFailures").asDouble())
				.isEqualTo(view.healthOfLane().path("openFailures").asDouble());
			assertThat(view.events("OPEN_FAILED")).isNotEmpty();
			assertThat(view.events("CIRCUIT_BREAKER")).isNotEmpty();
			assertRaised(view, log, "UNHEALTHY", "CIRCUIT_BREAKER_OPEN", "CONNECTION_ERRORS");
			assertThat(log).contains("cannot open connections", "is DOWN");
		});
		this.server.postgrest().start();
	}

	/**
	 * Nothing is lost: what the meters count as failed is what the operations show.
	 */
	private void assertFailuresAgree() {
		double failures = View.of(this)
			.meter("dbpool_operations_seconds_count{identity=\"anon\",lane=\"read\","
					+ "operation=\"GET /api/products\",outcome=\"failure\",pool=\"default\"}");
		JsonNode operations = json("/actuator/databasepool/operations?window=hour");
		assertThat(failures).isPositive();
		assertThat(operations.findParents("serverErrors")
			.stream()
			.filter((operation) -> operation.path("operation").asString("").equals("GET /api/products"))
			.map((operation) -> operation.path("errors").asDouble())).as(operations.toString())
			.containsExactly(failures);
	}

	/**
	 * A lease that is not closed.
	 */
	private void leak(CapturedOutput log) {
		try (ClientLease lease = this.client.blocking().lease(Lane.READ, "GET /leaked")) {
			assertThat(json("/actuator/databasepool/leases").findValuesAsString("operation")).contains("GET /leaked");
			AWAIT.untilAsserted(() -> {
				View view = View.of(this);
				assertStatus(view, "DEGRADED", "leaked");
				assertThat(view.meter("dbpool_leases_leaked_total{lane=\"read\",pool=\"default\"}")).isEqualTo(1);
				assertThat(view.lane().path("leaked").asInt()).isEqualTo(1);
				assertThat(view.healthOfLane().path("leaked").asInt()).isEqualTo(1);
				assertThat(view.health().at("/details/monitoring/leaks").asInt()).isEqualTo(1);
				assertThat(view.events("LEAK")).singleElement().asString().contains("GET /leaked");
				assertRaised(view, log, "LEAK", "DEGRADED");
				assertThat(view.page().path("reason").asString()).contains("1 lease leaked within the last 5 minutes");
				assertThat(view.events("ALERT")).filteredOn((event) -> event.startsWith("LEAK"))
					.isNotEmpty()
					.allMatch((event) -> event.contains("1 lease leaked within the last 5 minutes"));
				assertThat(log).contains("has a leaked lease: GET /leaked holds connection " + lease.connectionId());
				assertThat(view.lane().path("active").asInt()).as("the connection was replaced").isZero();
				assertThat(json("/actuator/databasepool/leases").findValuesAsString("operation"))
					.doesNotContain("GET /leaked");
			});
		}
	}

	private void assertAllIsWell() {
		View view = View.of(this);
		assertStatus(view, "UP", "");
		assertThat(view.page().path("alerts")).isEmpty();
		assertThat(view.meter("dbpool_pending{lane=\"read\",pool=\"default\"}")).isZero();
		assertThat(view.meter("dbpool_connections{lane=\"read\",pool=\"default\",state=\"active\"}")).isZero();
		assertThat(view.meter("dbpool_leases_acquired_total{lane=\"read\",pool=\"default\"}"))
			.isEqualTo(view.lane().path("acquired").asDouble())
			.isEqualTo(view.healthOfLane().path("acquired").asDouble());
	}

	/**
	 * The reasons have numbers that change between two answers.
	 */
	private static void assertStatus(View view, String status, String reason) {
		assertThat(view.page().path("status").asString()).isEqualTo(status);
		assertThat(view.health().path("status").asString()).isEqualTo(status);
		assertThat(view.header()).isEqualTo(status);
		String shown = view.page().path("reason").asString("");
		assertThat(shown.replaceAll("\\d+", "#"))
			.isEqualTo(view.health().at("/details/reason").asString("").replaceAll("\\d+", "#"))
			.contains(reason);
	}

	private static void assertRaised(View view, CapturedOutput log, String... alerts) {
		assertThat(view.page().path("alerts").findValuesAsString("type")).contains(alerts);
		for (String alert : alerts) {
			assertThat(view.events("ALERT")).anyMatch((event) -> event.matches(alert + " .*raised.*"));
			assertThat(log).contains("Alert " + alert + " of pool 'default' raised");
		}
	}

	private void assertResolved(CapturedOutput log, String... alerts) {
		View view = View.of(this);
		for (String alert : alerts) {
			assertThat(view.events("ALERT")).anyMatch((event) -> event.matches(alert + " .*resolved.*"));
			assertThat(log).contains("Alert " + alert + " of pool 'default' resolved");
		}
	}

	private Mono<Integer> call(String uri) {
		return this.web.get()
			.uri(uri)
			.exchangeToMono((answer) -> answer.releaseBody().thenReturn(answer.statusCode().value()));
	}

	private JsonNode json(String uri) {
		return JsonMapper.shared().readTree(body(uri));
	}

	private String body(String uri) {
		return this.web.get()
			.uri(uri)
			.exchangeToMono((answer) -> answer.bodyToMono(String.class))
			.blockOptional()
			.orElse("");
	}

	private String header(String uri, String name) {
		return this.web.get()
			.uri(uri)
			.exchangeToMono(
					(answer) -> answer.releaseBody().thenReturn(String.join(",", answer.headers().header(name))))
			.blockOptional()
			.orElse("");
	}

	/**
	 * What an operator sees at one moment.
	 *
	 * @param page the data of the dashboard
	 * @param health the details of the health
	 * @param header the header of the health
	 * @param meters the meters in the format of Prometheus
	 * @param log the events
	 */
	private record View(JsonNode page, JsonNode health, String header, String meters, JsonNode log) {

		static View of(OneStoryIntegrationTests test) {
			String health = "/actuator/health/databasePool";
			return new View(test.json("/actuator/databasepool").at("/pools/default"), test.json(health),
					test.header(health, "X-Pool-Health"), test.body("/actuator/prometheus"),
					test.json("/actuator/databasepool/events"));
		}

		JsonNode lane() {
			return this.page.at("/lanes/read");
		}

		JsonNode healthOfLane() {
			return this.health.at("/details/lanes/read");
		}

		double meter(String name) {
			Matcher line = Pattern.compile("^" + Pattern.quote(name) + " (.+)$", Pattern.MULTILINE)
				.matcher(this.meters);
			assertThat(line.find()).as(name).isTrue();
			return Double.parseDouble(line.group(1));
		}

		List<String> events(String type) {
			return this.log.path("events")
				.asArray()
				.values()
				.stream()
				.filter((event) -> event.path("type").asString().equals(type))
				.map((event) -> event.path("message").asString())
				.toList();
		}

	}

}
