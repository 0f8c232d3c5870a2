package dev.dbpool.autoconfigure.endpoint;

import java.net.http.HttpResponse;

import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

import dev.dbpool.autoconfigure.LogLines;
import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.actuate.audit.AuditEvent;
import org.springframework.boot.actuate.audit.listener.AuditApplicationEvent;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.context.ApplicationListener;
import org.springframework.dao.DataRetrievalFailureException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The endpoint of a whole application, whose operator may also write.
 */
class DatabasePoolEndpointIntegrationTests {

	private static final String ROOT = "/actuator/databasepool";

	private static final List<AuditEvent> audited = new CopyOnWriteArrayList<>();

	private static PostgrestServer server;

	private static TestApplication application;

	private final List<String> answers = new ArrayList<>();

	@BeforeAll
	static void start() {
		server = TestServers.running();
		application = TestApplication.web(server, "management.endpoint.databasepool.access=unrestricted",
				"db.pool.max-connections=4", "db.pool.enable-health-checks=false",
				"db.pool.admin-url=" + server.adminUrl(), "db.pool.slow-operation-threshold=200ms",
				"db.pool.summary-interval=200ms");
		application.context()
			.addApplicationListener(
					(ApplicationListener<AuditApplicationEvent>) (event) -> audited.add(event.getAuditEvent()));
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	@AfterEach
	void noAnswerHoldsAKey() {
		assertThat(this.answers)
			.noneMatch((answer) -> answer.contains(server.anonKey()) || answer.contains(server.serviceKey()));
	}

	@Test
	void showsTheStateOfTheLanes() {
		JsonNode pool = get("").path("pools").path("default");
		assertThat(pool.path("endpoint").stringValue()).isEqualTo(server.url().toString());
		assertThat(pool.path("circuitBreaker").stringValue()).isEqualTo("CLOSED");
		assertThat(pool.path("lanes").path("read").path("max").intValue()).isEqualTo(2);
		assertThat(pool.path("lanes").path("write").path("suspended").booleanValue()).isFalse();
	}

	@Test
	void showsTheStateOfPostgrestAndFollowsIt() {
		JsonNode ready = awaitPostgrest("READY");
		assertThat(ready.path("adminUrl").stringValue()).isEqualTo(server.adminUrl().toString());
		assertThat(ready.path("checked").stringValue()).isNotBlank();
		assertThat(ready.path("metrics").has("pgrst_db_pool_max")
				|| ready.path("reason").stringValue().contains("from version 12.1 on"))
			.isTrue();
		server.postgrest().kill();
		try {
			// a check that is under way is cut off, and the next finds no server
			awaitPostgrest((state) -> state.path("status").stringValue("").equals("UNREACHABLE")
					&& state.path("reason").stringValue("").contains("no connection"));
		}
		finally {
			server.postgrest().start();
		}
		awaitPostgrest("READY");
	}

	private JsonNode awaitPostgrest(String status) {
		return awaitPostgrest((state) -> state.path("status").stringValue("").equals(status));
	}

	private JsonNode awaitPostgrest(Predicate<JsonNode> expected) {
		return await().atMost(Duration.ofSeconds(30))
			.until(() -> get("").path("pools").path("default").path("postgrest"), expected);
	}

	@Test
	void showsWhoHoldsWhichConnection() {
		try (ClientLease lease = lease("GET /export")) {
			JsonNode holder = only(get("/leases").path("leases"));
			assertThat(holder.path("operation").stringValue()).isEqualTo("GET /export");
			assertThat(holder.path("lane").stringValue()).isEqualTo("read");
			assertThat(holder.path("connection").longValue()).isEqualTo(lease.connectionId());
			assertThat(holder.path("thread").stringValue()).isEqualTo(Thread.currentThread().getName());
			assertThat(get("/connections").path("connections")).anySatisfy((connection) -> {
				assertThat(connection.path("id").longValue()).isEqualTo(lease.connectionId());
				assertThat(connection.path("state").stringValue()).isEqualTo("LEASED");
				assertThat(connection.path("lease").path("operation").stringValue()).isEqualTo("GET /export");
				assertThat(connection.path("socket").stringValue()).matches("[\\d.]+:\\d+ -> [\\d.]+:\\d+");
			});
		}
		assertThat(get("/leases").path("leases")).isEmpty();
	}

	@Test
	void showsOperationsByNameAndTheSlowOnes() {
		for (int i = 0; i < 3; i++) {
			application.client().named("GET /named").blocking().from("items").select("id").list(Row.class);
		}
		application.client()
			.read("GET /slow",
					(db) -> db.from("items").select("id").list(Row.class).delayElement(Duration.ofMillis(250)))
			.block();
		JsonNode operations = get("/operations?window=hour");
		assertThat(operations.path("windowMillis").longValue()).isEqualTo(3_600_000);
		assertThat(operations.path("operations")).anySatisfy((operation) -> {
			assertThat(operation.path("operation").stringValue()).isEqualTo("GET /named");
			assertThat(operation.path("count").longValue()).isEqualTo(3);
			assertThat(operation.path("p95Millis").doubleValue()).isPositive();
		});
		assertThat(operations.path("slow").path(0).path("operation").stringValue()).isEqualTo("GET /slow");
		assertThat(operations.path("slow").path(0).path("tookMillis").doubleValue()).isGreaterThan(200);
	}

	@Test
	void showsWritesThatFailedAndMayHaveTakenEffect() {
		Mono<Void> lost = application.client()
			.write("PATCH /lost",
					(db) -> db.from("items")
						.update(Map.of("id", -1))
						.eq("id", -1)
						.execute()
						.then(Mono.error(new DataRetrievalFailureException("after the write"))));
		assertThatExceptionOfType(DataRetrievalFailureException.class).isThrownBy(lost::block);
		await().untilAsserted(() -> {
			assertThat(get("").path("pools").path("default").path("operations").path("unknownOutcomes").longValue())
				.isOne();
			assertThat(get("/operations").path("operations"))
				.filteredOn((operation) -> operation.path("operation").stringValue().equals("PATCH /lost"))
				.singleElement()
				.satisfies((operation) -> assertThat(operation.path("unknownOutcomes").longValue()).isOne());
			assertThat(get("/events").path("events"))
				.filteredOn((event) -> event.path("type").stringValue().equals("OUTCOME_UNKNOWN"))
				.singleElement()
				.satisfies((event) -> assertThat(event.path("message").stringValue())
					.isEqualTo("PATCH /lost failed and may have taken effect"));
		});
	}

	@Test
	void theLogSummarisesThePool() {
		try (LogLines log = LogLines.of("dev.dbpool.autoconfigure.activity")) {
			await().untilAsserted(() -> {
				application.client().blocking().from("items").select("id").list(Row.class);
				assertThat(log.get())
					.anySatisfy((line) -> assertThat(line).startsWith("INFO Summary of the database pool: ")
						.contains(" failed, p50 ", "read lane: 0 of ", "write lane: 0 of "));
			});
		}
	}

	@Test
	void resetReplacesAllConnections() {
		ClientLease lease = lease("GET /export");
		try (LogLines log = LogLines.of("dev.dbpool.audit")) {
			long leased = lease.connectionId();
			assertThat(act("reset", "{}").path("result").stringValue()).contains("read lane", "write lane", "replaced");
			assertThat(lease.isActive()).isTrue();
			lease.close();
			await().untilAsserted(() -> assertThat(get("/connections").path("connections"))
				.noneMatch((connection) -> connection.path("lane").stringValue().equals("read")
						&& connection.path("id").longValue() == leased));
			assertThat(log.get()).singleElement()
				.asString()
				.startsWith("INFO action of an operator: reset of pool 'default' by anonymous: read lane: ");
		}
		await().untilAsserted(() -> assertThat(get("/events").path("events"))
			.anyMatch((event) -> event.path("type").stringValue().equals("ACTION")
					&& event.path("message").stringValue().startsWith("reset by anonymous"))
			.anyMatch((event) -> event.path("type").stringValue().equals("CONNECTION_CLOSED")));
	}

	@Test
	void revokeTakesTheConnectionFromItsHolder() {
		try (ClientLease lease = lease("GET /export")) {
			long id = only(get("/leases").path("leases")).path("id").longValue();
			act("revoke", "{\"lane\":\"read\",\"lease\":" + id + "}");
			assertThatExceptionOfType(LeaseRevokedException.class).isThrownBy(lease::webClient);
		}
		assertThat(application.post(ROOT + "/revoke", "{\"lane\":\"read\",\"lease\":4711}").statusCode())
			.isEqualTo(400);
	}

	@Test
	void evictReplacesOneConnection() {
		long id;
		try (ClientLease lease = lease("GET /export")) {
			id = lease.connectionId();
			act("evict", "{\"lane\":\"READ\",\"connection\":" + id + "}");
			assertThat(lease.isActive()).isTrue();
		}
		await().untilAsserted(() -> assertThat(get("/connections").path("connections"))
			.noneMatch((connection) -> connection.path("lane").stringValue().equals("read")
					&& connection.path("id").longValue() == id));
	}

	@Test
	void resizeAndSuspendLastUntilTheyAreUndone() {
		act("resize", "{\"lane\":\"read\",\"max\":3}");
		act("suspend", "{\"lane\":\"read\"}");
		JsonNode lane = get("?pool=default").path("pools").path("default").path("lanes").path("read");
		assertThat(lane.path("max").intValue()).isEqualTo(3);
		assertThat(lane.path("suspended").booleanValue()).isTrue();
		act("resume", "{}");
		act("resize", "{\"lane\":\"read\",\"min\":2,\"max\":2}");
		assertThat(application.post(ROOT + "/resize", "{\"lane\":\"read\",\"min\":3,\"max\":2}").statusCode())
			.isEqualTo(400);
	}

	@Test
	void pauseIsAnotherNameOfSuspend() {
		assertThat(act("pause", "{\"lane\":\"write\"}").path("result").stringValue())
			.isEqualTo("write lane: suspended");
		assertThat(act("resume", "{\"lane\":\"write\"}").path("result").stringValue()).isEqualTo("write lane: resumed");
	}

	@Test
	void theDashboardIsOffByDefault() {
		assertThat(application.get("/actuator/pooldashboard").statusCode()).isEqualTo(404);
	}

	@Test
	void whatDoesNotExistIsRefused() {
		assertThat(application.get(ROOT + "/nothing").statusCode()).isEqualTo(404);
		assertThat(application.get(ROOT + "?pool=other").statusCode()).isEqualTo(400);
		assertThat(application.get(ROOT + "/operations?window=2h").statusCode()).isEqualTo(400);
		assertThat(application.get(ROOT + "/operations?window=long").statusCode()).isEqualTo(400);
		assertThat(application.post(ROOT + "/drop", "{}").statusCode()).isEqualTo(400);
		assertThat(application.post(ROOT + "/evict", "{\"lane\":\"read\"}").statusCode()).isEqualTo(400);
	}

	@Test
	void actionsAreAuditedWithThePrincipal() {
		DatabasePoolEndpoint endpoint = application.context().getBean(DatabasePoolEndpoint.class);
		SecurityContext alice = new SecurityContext() {

			@Override
			public Principal getPrincipal() {
				return () -> "alice";
			}

			@Override
			public boolean isUserInRole(String role) {
				return true;
			}

		};
		endpoint.act("resume", null, Lane.WRITE.id(), null, null, null, null, alice);
		assertThat(audited.get(audited.size() - 1)).satisfies((event) -> {
			assertThat(event.getPrincipal()).isEqualTo("alice");
			assertThat(event.getType()).isEqualTo("DATABASE_POOL_ACTION");
			assertThat(event.getData()).containsEntry("action", "resume").containsEntry("pool", "default");
		});
		int before = audited.size();
		assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> endpoint.act("drop", null, null, null, null, null, null, alice));
		assertThat(audited).hasSize(before);
	}

	private static ClientLease lease(String operation) {
		return application.client().blocking().lease(Lane.READ, operation);
	}

	private JsonNode get(String path) {
		return read(application.get(ROOT + path));
	}

	private JsonNode act(String action, String body) {
		return read(application.post(ROOT + "/" + action, body));
	}

	private JsonNode read(HttpResponse<String> response) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		this.answers.add(response.body());
		return JsonMapper.builder().build().readTree(response.body());
	}

	private static JsonNode only(JsonNode array) {
		assertThat(array).hasSize(1);
		return array.get(0);
	}

}
