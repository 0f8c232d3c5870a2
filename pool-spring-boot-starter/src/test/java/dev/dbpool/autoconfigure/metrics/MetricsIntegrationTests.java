package dev.dbpool.autoconfigure.metrics;

import java.util.Map;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.postgrest.value.Row;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What Prometheus gets, and that no key is in what the actuator answers.
 */
class MetricsIntegrationTests {

	/**
	 * Lets no read have a connection of the write lane while those of its own lane are
	 * checked.
	 */
	private static final String EXACT_LANES = "db.pool.lane-sharing=none";

	private final PostgrestServer server = TestServers.running();

	@Test
	void prometheusSeesEveryMeter() {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.max-connections=6", EXACT_LANES)) {
			PooledClient client = application.client();
			assertThat(client.pool(Lane.READ).options().listener().listensToLeases()).as("leases are timed by default")
				.isFalse();
			client.named("GET /api/items").blocking().from("items").select("id").limit(3).list(Row.class);
			client.asService().blocking().from("notes").insert(new Note("hello")).execute();
			client.table("items", Row.class).batched().get(1).block();
			client.coalesced().from("items").select().list(Row.class).block();
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(
					() -> client.named("GET /api/nothing").blocking().from("nothing").select("id").list(Row.class));
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(
					() -> client.asService().blocking().from("items").insert(Map.of("id", "no number")).execute());
			await().until(() -> application.get("/actuator/prometheus")
				.body()
				.contains("dbpool_health{pool=\"default\",status=\"UP\"} 1.0"));
			String scrape = application.get("/actuator/prometheus").body();
			assertThat(scrape).contains("dbpool_connections{lane=\"read\",pool=\"default\",state=\"active\"} 0.0",
					"dbpool_connections_max{lane=\"read\",pool=\"default\"} 3.0",
					"dbpool_connections_min{lane=\"write\",pool=\"default\"} 2.0",
					"dbpool_pending{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_connections_opened_total{lane=\"write\",pool=\"default\"}",
					"dbpool_connections_open_failures_total{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_connections_closed_total{lane=\"read\",pool=\"default\",reason=\"disconnected\"} 0.0",
					"dbpool_leases_acquired_total{lane=\"write\",pool=\"default\"} 2.0",
					"dbpool_leases_leaked_total{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_acquire_timeouts_total{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_acquire_rejections_total{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_acquire_shed_total{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_acquire_seconds_count{lane=\"write\",pool=\"default\"} 2",
					"dbpool_usage_seconds_count{lane=\"write\",pool=\"default\"} 2",
					"dbpool_open_seconds_count{lane=\"write\",pool=\"default\"}",
					"dbpool_operations_seconds_count{identity=\"anon\",lane=\"read\",operation=\"GET /api/items\",outcome=\"success\",pool=\"default\"} 1",
					"dbpool_operations_seconds_count{identity=\"service\",lane=\"write\",operation=\"POST /notes\",outcome=\"success\",pool=\"default\"} 1",
					"dbpool_retries_refused_total{pool=\"default\"} 0.0", "dbpool_retries_budget{pool=\"default\"}",
					"dbpool_pending_maxwait_seconds{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_attempts_total{lane=\"write\",pool=\"default\"} 2.0",
					"dbpool_failures_total{kind=\"unknown_object\",lane=\"read\",pool=\"default\",sqlstate=\"42\"} 1.0",
					"dbpool_failures_total{kind=\"permanent\",lane=\"write\",pool=\"default\",sqlstate=\"22\"} 1.0",
					"dbpool_breaker_open{pool=\"default\"} 0.0", "dbpool_breaker_refused_total{pool=\"default\"} 0.0",
					"dbpool_breaker_waiting{lane=\"read\",pool=\"default\"} 0.0",
					"dbpool_checks_total{pool=\"default\",result=\"failed\"} 0.0",
					"dbpool_checks_last_seconds{pool=\"default\"} ",
					"dbpool_health{pool=\"default\",status=\"DOWN\"} 0.0",
					"dbpool_peak_active{lane=\"read\",pool=\"default\"} ",
					"dbpool_peak_pending{lane=\"read\",pool=\"default\"} ",
					"dbpool_peak_maxwait_seconds{lane=\"read\",pool=\"default\"} ",
					"dbpool_batch_keys_count{operation=\"GET /items\",pool=\"default\"} 1",
					"dbpool_batch_keys_sum{operation=\"GET /items\",pool=\"default\"} 1.0",
					"dbpool_coalesced_callers_sum{operation=\"GET /items\",pool=\"default\"} 1.0",
					"resilience4j_circuitbreaker_state{name=\"databasePool\",state=\"closed\"} 1.0",
					"resilience4j_retry_calls_total{kind=\"successful_without_retry\",name=\"databasePool\"}");
			assertThat(scrape.lines().filter((line) -> line.startsWith("# HELP dbpool_")))
				.allSatisfy((line) -> assertThat(line.split(" ").length).isGreaterThan(4));
			CircuitBreaker breaker = application.context()
				.getBean(CircuitBreakerRegistry.class)
				.circuitBreaker("databasePool");
			breaker.transitionToDisabledState();
			assertThat(application.get("/actuator/prometheus").body())
				.contains("dbpool_breaker_open{pool=\"default\"} 0.0");
			breaker.transitionToForcedOpenState();
			assertThat(application.get("/actuator/prometheus").body())
				.contains("dbpool_breaker_open{pool=\"default\"} 1.0");
		}
	}

	@Test
	void timersOfLeasesHavePercentilesWhereTheyRecordEachLease() {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.enable-lease-timers=true",
				"management.metrics.distribution.percentiles.dbpool=0.5")) {
			application.client().blocking().from("items").select("id").limit(3).list(Row.class);
			assertThat(application.get("/actuator/prometheus").body()).contains(
					"dbpool_acquire_seconds{lane=\"read\",pool=\"default\",quantile=\"0.5\"}",
					"dbpool_usage_seconds_max{lane=\"read\",pool=\"default\"}");
		}
	}

	@Test
	void metersHaveTheNamesOfOpenTelemetryWhereThatIsAskedFor() {
		try (TestApplication application = TestApplication.web(this.server, "db.pool.max-connections=6", EXACT_LANES,
				"db.pool.enable-opentelemetry-metrics=true")) {
			PooledClient client = application.client();
			client.named("GET /api/items").blocking().from("items").select("id").limit(3).list(Row.class);
			client.asService().blocking().from("notes").insert(new Note("hello")).execute();
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> client.blocking().from("nothing").select("id").list(Row.class));
			String server = "server_address=\"" + this.server.url().getHost() + "\",server_port=\""
					+ this.server.url().getPort() + "\"} ";
			await().untilAsserted(() -> assertThat(application.get("/actuator/prometheus").body()).contains(
					duration("items", "SELECT", "GET /api/items", "none") + server + "1",
					duration("notes", "INSERT", "POST /notes", "none") + server + "1",
					duration("nothing", "SELECT", "GET /nothing", "42P01") + server + "1",
					"db_client_connection_count{db_client_connection_pool_name=\"default-read\",db_client_connection_state=\"used\"} ",
					"db_client_connection_idle_max{db_client_connection_pool_name=\"default-read\"} 3.0",
					"db_client_connection_idle_min{db_client_connection_pool_name=\"default-write\"} ",
					"db_client_connection_max{db_client_connection_pool_name=\"default-read\"} 3.0",
					"db_client_connection_pending_requests{db_client_connection_pool_name=\"default-read\"} 0.0",
					"db_client_connection_timeouts_total{db_client_connection_pool_name=\"default-read\"} 0.0",
					"db_client_connection_create_time_seconds_bucket{db_client_connection_pool_name=\"default-read\",le=\"0.005\"} ",
					"db_client_connection_wait_time_seconds_count{db_client_connection_pool_name=\"default-write\"} 1",
					"db_client_connection_use_time_seconds_count{db_client_connection_pool_name=\"default-write\"} 1"));
		}
	}

	private static String duration(String table, String verb, String summary, String code) {
		return ("db_client_operation_duration_seconds_count{db_client_connection_pool_name=\"default\",db_collection_name=\"%s\","
				+ "db_operation_name=\"%s\",db_query_summary=\"%s\",db_response_status_code=\"%s\","
				+ "db_stored_procedure_name=\"none\",db_system_name=\"postgresql\",error_type=\"%s\",")
			.formatted(table, verb, summary, code, code);
	}

	@Test
	void actuatorShowsNoKeyEvenIfValuesAreShown() {
		try (TestApplication application = TestApplication.web(this.server,
				"management.endpoint.configprops.show-values=always", "management.endpoint.env.show-values=always",
				"my.own.secret=" + this.server.serviceKey(),
				"my.command=java -jar app.jar --db.pool.anon-key=" + this.server.anonKey())) {
			for (String endpoint : new String[] { "configprops", "env", "health", "beans", "prometheus", "databasepool",
					"databasepool/connections", "databasepool/operations", "databasepool/events" }) {
				assertThat(application.get("/actuator/" + endpoint).body()).hasSizeGreaterThan(10)
					.doesNotContain(this.server.anonKey())
					.doesNotContain(this.server.serviceKey());
			}
			assertThat(application.get("/actuator/configprops").body()).contains("\"maxConnections\":20");
			assertThat(application.post("/actuator/databasepool/reset", "{}").statusCode())
				.as("the endpoint only reads by default")
				.isEqualTo(405);
		}
	}

	record Note(String text) {

	}

}
