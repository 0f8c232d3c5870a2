package dev.dbpool.autoconfigure;

import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.NonTransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The shutdown of an application under load, and its log.
 */
@ExtendWith(OutputCaptureExtension.class)
class ShutdownIntegrationTests {

	private final PostgrestServer server = TestServers.running();

	@Test
	void whatRunsFinishesAndTheRestIsRefused(CapturedOutput output) throws Exception {
		TestApplication application = TestApplication.start(this.server, "db.pool.max-connections=4",
				"db.pool.min-connections=4", "db.pool.slow-operation-threshold=1ms");
		PooledClient client = application.client();
		List<CompletableFuture<String>> calls;
		try (StatementGate gate = StatementGate.of(this.server)) {
			calls = IntStream.range(0, 6).mapToObj((i) -> StatementGate.pass(client).toFuture()).toList();
			await().until(() -> client.pool(Lane.READ).snapshot().active() == 2
					&& client.pool(Lane.READ).snapshot().pending() == 4);
			CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
			await().until(() -> output.getOut().contains("Database pool is closing: 2 reads and 0 writes under way"));
			gate.open();
			closing.get(20, TimeUnit.SECONDS);
		}
		assertThat(calls.subList(0, 2))
			.allSatisfy((call) -> assertThat(call.get(20, TimeUnit.SECONDS)).isEqualTo(StatementGate.PASSED));
		assertThat(calls.subList(2, 6)).allSatisfy((call) -> assertThat(call).failsWithin(Duration.ofSeconds(1))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(NonTransientDataAccessResourceException.class)
			.withMessageContaining("is closed"));
		assertThatExceptionOfType(NonTransientDataAccessResourceException.class)
			.isThrownBy(() -> client.blocking().from("items").select("id").list(Row.class))
			.withCauseInstanceOf(PoolClosedException.class);
		assertThat(client.pool(Lane.READ).snapshot().total()).isZero();
		assertThat(output).contains("Database pool for http://127.0.0.1:" + this.server.postgrest().port()
				+ ": read 2 and write 2 connections, anon key set, service role key set");
		assertThat(output).contains("It waits for GET /rpc/wait_for_gate (read, leased ", "Database pool is closed",
				"Slow operation: GET /rpc/wait_for_gate (read, anon) took");
		assertThat(output).doesNotContain(this.server.anonKey(), this.server.serviceKey());
	}

	@Test
	void callsThatDoNotEndInTimeAreCutOff() {
		TestApplication application = TestApplication.start(this.server, "db.pool.drain-timeout=100ms",
				"db.pool.max-retries=5", "db.pool.retry-delay=1ms");
		CompletableFuture<String> call = application.client()
			.rpc("wait")
			.readOnly()
			.arg("seconds", 60)
			.value(String.class)
			.toFuture();
		await().until(() -> application.client().pool(Lane.READ).snapshot().active() == 1);
		application.close();
		assertThat(call).failsWithin(Duration.ofSeconds(5));
	}

	@Test
	void operationsThatWaitForARetryEndWithThePool() {
		TestApplication application = TestApplication.start(this.server, "db.pool.retry-delay=50s",
				"db.pool.operation-timeout=10m",
				"resilience4j.retry.instances.databasePool.enable-randomized-wait=false");
		AtomicInteger attempts = new AtomicInteger();
		CompletableFuture<Object> call = application.client().read("GET /broken", (db) -> {
			attempts.incrementAndGet();
			return Mono.error(new ConnectException("refused"));
		}).toFuture();
		await().until(() -> attempts.get() == 1);
		application.close();
		assertThat(call).failsWithin(Duration.ofSeconds(30))
			.withThrowableThat()
			.havingCause()
			.withMessageContaining("is closed");
	}

	@Test
	@Tag("long")
	void leaseThatIsNotUsedIsNotWaitedFor(CapturedOutput output) {
		TestApplication application = TestApplication.start(this.server);
		ClientLease lease = application.client().blocking().lease(Lane.READ, "GET /export");
		application.close();
		assertThat(output).contains("It waits for GET /export (read, leased ", "Database pool is closed");
		assertThat(lease.isActive()).isFalse();
		assertThatExceptionOfType(LeaseRevokedException.class).isThrownBy(lease::postgrest)
			.withMessageContaining("the pool is closed");
	}

	@Test
	@Tag("long")
	void outageIsWrittenDownOnce(CapturedOutput output) {
		try (TestApplication application = TestApplication.start(this.server, "db.pool.min-connections=2")) {
			await().until(() -> application.client().pool(Lane.READ).snapshot().idle() == 1);
			this.server.postgrest().kill();
			await().until(() -> application.client().pool(Lane.READ).snapshot().openFailures() > 3);
			this.server.postgrest().start();
			await().untilAsserted(() -> assertThat(output).contains("Pool 'read' can open connections again"));
			assertThat(output.getAll().split("Pool 'read' cannot open connections", -1)).hasSize(2);
		}
	}

	@Test
	void leakIsWrittenDownWithItsOwner(CapturedOutput output) {
		try (TestApplication application = TestApplication.start(this.server, "db.pool.leak-detection-timeout=300ms",
				"db.pool.request-timeout=250ms")) {
			application.client().blocking().lease(Lane.READ, "GET /export");
			await().untilAsserted(() -> assertThat(output).contains("Pool 'read' has a leaked lease: GET /export",
					"asked for by thread main", "It is reclaimed"));
		}
	}

	@Test
	@Tag("long")
	void answersOfAnySizeAndRowsOfAMegabyteAreRead() {
		try (TestApplication application = TestApplication.start(this.server)) {
			assertThat(application.client().blocking().rpc("big").arg("length", 1_000_000).value(String.class))
				.hasValueSatisfying((value) -> assertThat(value).hasSize(1_000_000));
		}
		try (TestApplication application = TestApplication.start(this.server, "db.pool.max-answer-size=500KB")) {
			assertThatExceptionOfType(DataRetrievalFailureException.class)
				.isThrownBy(
						() -> application.client().blocking().rpc("big").arg("length", 1_000_000).value(String.class))
				.withMessageContaining("db.pool.max-answer-size");
		}
	}

}
