package dev.dbpool.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.dbpool.autoconfigure.alert.PoolAlert;
import dev.dbpool.autoconfigure.alert.PoolAlerts;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What an operator sees of read replicas and can do to them, as to the lanes.
 */
@ExtendWith(OutputCaptureExtension.class)
class ReplicaOperationsIntegrationTests {

	private final PostgrestServer server = TestServers.running();

	private final FaultProxy proxy = FaultProxy.to(this.server.url());

	private final String address = this.proxy.url().getAuthority();

	@AfterEach
	void stop() {
		this.proxy.close();
	}

	@Test
	void suspendedReadLaneHoldsReadsBackFromReplicasAndASuspendedReplicaSendsThemElsewhere() {
		try (TestApplication application = start()) {
			ReadEndpoint replica = replica(application);
			assertThat(act(application, "suspend", "{\"lane\":\"read\"}"))
				.contains("read lane: suspended, replica " + this.address + ": suspended");
			CompletableFuture<List<Row>> waiting = read(application);
			await().until(() -> application.client().pool(Lane.READ).pending() == 1);
			assertThat(waiting).isNotDone();
			assertThat(replica.isAvailable()).isFalse();
			assertThat(act(application, "resume", "{\"lane\":\"read\"}"))
				.contains("replica " + this.address + ": resumed");
			assertThat(waiting).succeedsWithin(Duration.ofSeconds(10));
			long before = replica.pool().snapshot().acquired();
			assertThat(read(application)).succeedsWithin(Duration.ofSeconds(10));
			assertThat(replica.pool().snapshot().acquired()).isEqualTo(before + 1);

			assertThat(act(application, "suspend", "{\"lane\":\"read-1\"}")).doesNotContain("read lane")
				.contains("replica " + this.address + ": suspended");
			assertThat(read(application)).succeedsWithin(Duration.ofSeconds(10));
			assertThat(replica.pool().snapshot().acquired()).isEqualTo(before + 1);
			assertThat(application.post("/actuator/databasepool/suspend", "{\"lane\":\"read-2\"}").statusCode())
				.isEqualTo(400);
		}
	}

	@Test
	void resizedReadLaneResizesItsReplicas() {
		try (TestApplication application = start()) {
			act(application, "resize", "{\"lane\":\"read\",\"min\":0,\"max\":3}");
			assertThat(application.client().pool(Lane.READ).size()).isEqualTo(3);
			assertThat(replica(application).pool().size()).isEqualTo(3);
			assertThat(replica(application).pool().snapshot().min()).isEqualTo(1);
			act(application, "resize", "{\"lane\":\"read-1\",\"max\":2}");
			assertThat(application.client().pool(Lane.READ).size()).isEqualTo(3);
			assertThat(replica(application).pool().size()).isEqualTo(2);
		}
	}

	@Test
	void leaseOfAReplicaIsShownAndCanBeRevoked() {
		try (TestApplication application = start()) {
			CompletableFuture<Object> export = hold(application);
			long id = lease(application).id();
			assertThat(application.get("/actuator/databasepool/leases").body())
				.contains("\"lane\":\"read-1\",\"id\":" + id, "GET /export");
			assertThat(application.get("/actuator/databasepool/connections").body()).contains("\"lane\":\"read-1\"");
			act(application, "revoke", "{\"lane\":\"read-1\",\"lease\":" + id + "}");
			assertThat(export).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.havingRootCause()
				.isInstanceOf(LeaseRevokedException.class);
		}
	}

	@Test
	void leakedLeaseOfAReplicaIsReportedAndReclaimed(CapturedOutput output) {
		try (TestApplication application = start("db.pool.leak-detection-timeout=1s", "db.pool.request-timeout=500ms",
				"db.pool.alerts.delay=0")) {
			assertThat(hold(application)).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.havingRootCause()
				.isInstanceOf(LeaseRevokedException.class);
			await().untilAsserted(() -> assertThat(output)
				.contains("Pool 'replica " + this.address + "' has a leaked lease: GET /export", "It is reclaimed"));
			assertThat(application.get("/actuator/databasepool/events").body())
				.contains("replica " + this.address + ": GET /export holds connection ");
			assertThat(application.get("/actuator/metrics/dbpool.replicas.leaked").body()).contains("\"value\":1.0");
			PoolAlerts alerts = application.context().getBean(PoolAlerts.class);
			await().untilAsserted(
					() -> assertThat(alerts.active()).extracting(PoolAlert::type).contains(PoolAlert.Type.LEAK));
			assertThat(application.get("/actuator/health/databasePool").body()).contains("\"leaks\":1");
		}
	}

	@Test
	void alertIsRaisedWhileAReplicaIsLeftOut() {
		try (TestApplication application = start("db.pool.alerts.delay=0", "db.pool.alerts.cool-down=0")) {
			PoolAlerts alerts = application.context().getBean(PoolAlerts.class);
			assertLeftOut(alerts, application, "its circuit breaker is forced-open",
					() -> replica(application).circuitBreaker().transitionToForcedOpenState(),
					() -> replica(application).circuitBreaker().transitionToClosedState());
			assertLeftOut(alerts, application, "it is suspended", () -> replica(application).pool().suspend(),
					() -> replica(application).pool().resume());
			assertLeftOut(alerts, application, "it has no connection", this.proxy::down, this.proxy::up);
		}
	}

	private void assertLeftOut(PoolAlerts alerts, TestApplication application, String reason, Runnable cause,
			Runnable end) {
		cause.run();
		await().untilAsserted(
				() -> assertThat(alerts.active()).filteredOn((alert) -> alert.type() == PoolAlert.Type.REPLICA_LEFT_OUT)
					.extracting(PoolAlert::message)
					.containsExactly("reads are not sent to replica " + this.address + ": " + reason));
		end.run();
		await().untilAsserted(() -> assertThat(alerts.active()).extracting(PoolAlert::type)
			.doesNotContain(PoolAlert.Type.REPLICA_LEFT_OUT));
		assertThat(replica(application).isAvailable()).isTrue();
	}

	@Test
	void shutdownWaitsForTheLeasesOfReplicasAndNamesThem(CapturedOutput output) throws Exception {
		TestApplication application = start();
		try (StatementGate gate = StatementGate.of(this.server)) {
			CompletableFuture<String> call = StatementGate.pass(application.client()).toFuture();
			lease(application);
			CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
			await().untilAsserted(
					() -> assertThat(output).contains("Database pool is closing: 1 read and 0 writes under way",
							"It waits for GET /rpc/wait_for_gate (replica " + this.address + ", leased "));
			gate.open();
			closing.get(20, TimeUnit.SECONDS);
			assertThat(call).isCompletedWithValue(StatementGate.PASSED);
		}
	}

	private TestApplication start(String... properties) {
		List<String> all = new ArrayList<>(List.of(properties));
		all.add("management.endpoint.databasepool.access=unrestricted");
		all.add("db.pool.max-connections=4");
		all.add("db.pool.read.endpoints=" + this.proxy.url());
		TestApplication application = TestApplication.web(this.server, all.toArray(String[]::new));
		await().until(() -> replica(application).isAvailable() && replica(application).pool().snapshot().idle() > 0);
		return application;
	}

	private static ReadEndpoint replica(TestApplication application) {
		return application.client().readEndpoints().get(0);
	}

	private static CompletableFuture<List<Row>> read(TestApplication application) {
		return application.client().from("items").select("id").list(Row.class).toFuture();
	}

	/**
	 * Begins a read that holds its connection until that is taken away.
	 */
	private static CompletableFuture<Object> hold(TestApplication application) {
		return application.client().read("GET /export", (db) -> Mono.never()).toFuture();
	}

	private static LeaseSnapshot lease(TestApplication application) {
		await().until(() -> !replica(application).pool().leases().isEmpty());
		return replica(application).pool().leases().get(0);
	}

	private static String act(TestApplication application, String action, String body) {
		return application.post("/actuator/databasepool/" + action, body).body();
	}

}
