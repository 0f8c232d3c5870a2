package dev.dbpool.autoconfigure.resilience;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.autoconfigure.StatementGate;
import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationFailure;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.postgrest.value.Row;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Retry and circuit breaker over a real server that dies and comes back.
 */
class ResilienceIntegrationTests {

	private static final String QUICK_FAILURE = "db.pool.connection-timeout=200ms";

	private static final String NO_RETRY = "db.pool.max-retries=0";

	private static final String SMALL = "db.pool.max-connections=4";

	private static final String NO_CHECKS = "db.pool.enable-health-checks=false";

	private final PostgrestServer server = TestServers.running();

	private TestApplication application;

	private void start(String... properties) {
		this.application = TestApplication.start(this.server, properties);
		for (Lane lane : Lane.values()) {
			await().until(() -> this.application.client().pool(lane).snapshot().idle() > 0);
		}
	}

	@AfterEach
	void close() {
		this.application.close();
	}

	@Test
	void readThatLostItsConnectionIsRepeatedWhenTheServerIsBack() throws Exception {
		start("db.pool.retry-delay=200ms", "db.pool.max-retries=6");
		CompletableFuture<Void> repeated = new CompletableFuture<>();
		retry().getEventPublisher().onRetry((event) -> repeated.complete(null));
		CompletableFuture<String> read;
		try (StatementGate gate = StatementGate.of(this.server)) {
			read = StatementGate.pass(this.application.client()).toFuture();
			await().until(() -> active("wait_for_gate") == 1);
			this.server.postgrest().kill();
			repeated.get(20, TimeUnit.SECONDS);
			gate.open();
		}
		this.server.postgrest().start();
		assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(StatementGate.PASSED);
		assertThat(retry().getMetrics().getNumberOfSuccessfulCallsWithRetryAttempt()).isEqualTo(1);
	}

	@Test
	void writeIsNotRepeatedAfterAnUnknownOutcome() throws Exception {
		start("db.pool.retry-delay=1ms");
		CompletableFuture<Void> write = this.application.client()
			.rpc("slow_note")
			.arg("text", "unknown")
			.arg("seconds", 10)
			.execute()
			.toFuture();
		await().until(() -> active("slow_note") == 1);
		this.server.postgrest().kill();
		assertThat(write).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(DataAccessResourceFailureException.class)
			.withMessageContaining("It is unknown whether the write was made");
		assertThat(retry().getMetrics().getNumberOfFailedCallsWithoutRetryAttempt()).isEqualTo(1);
		assertThat(retry().getMetrics().getNumberOfFailedCallsWithRetryAttempt()).isZero();
	}

	@Test
	void writeOfUnknownOutcomeIsNotRepeatedWhateverIsConfigured() throws Exception {
		start(QUICK_FAILURE, "db.pool.retry-delay=1ms",
				"resilience4j.retry.instances.databasePool.retry-exceptions=java.lang.Exception");
		CompletableFuture<Void> write = this.application.client()
			.rpc("slow_note")
			.arg("text", "unknown")
			.arg("seconds", 10)
			.execute()
			.toFuture();
		await().until(() -> active("slow_note") == 1);
		this.server.postgrest().kill();
		assertThat(write).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.havingCause()
			.withMessageContaining("It is unknown whether the write was made");
	}

	@Test
	void classifierOfTheApplicationDecidesWhichFailuresAreWorthARetry() throws Exception {
		start("db.pool.retry-delay=1ms", "db.pool.max-retries=2", "spring.main.sources=" + RetryAll.class.getName());
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(() -> this.application.client()
				.asService()
				.blocking()
				.from("items")
				.insert(Map.of("id", 1, "name", "twice"))
				.execute())
			.satisfies((failure) -> assertThat(OperationFailure.in(failure).orElseThrow().attempts()).isEqualTo(3));

		CompletableFuture<Void> write = this.application.client()
			.rpc("slow_note")
			.arg("text", "unknown")
			.arg("seconds", 10)
			.execute()
			.toFuture();
		await().until(() -> active("slow_note") == 1);
		this.server.postgrest().kill();
		assertThat(write).failsWithin(Duration.ofSeconds(20)).withThrowableThat().havingCause().satisfies((failure) -> {
			assertThat(OperationFailure.in(failure).orElseThrow().attempts()).isEqualTo(1);
			assertThat(OperationFailure.in(failure).orElseThrow().mayHaveRun()).isTrue();
		});
	}

	@Test
	void serverThatAsksForAnHourIsNotWaitedFor() throws Exception {
		HttpServer busy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		busy.createContext("/", (exchange) -> {
			boolean read = exchange.getRequestURI().getPath().equals("/items");
			exchange.getResponseHeaders().set("Retry-After", "3600");
			exchange.sendResponseHeaders(read ? 503 : 200, -1);
			exchange.close();
		});
		busy.start();
		try {
			start(NO_CHECKS, "db.pool.url=http://127.0.0.1:" + busy.getAddress().getPort());
			CompletableFuture<List<Row>> read = CompletableFuture.supplyAsync(this::read);
			assertThat(read).failsWithin(Duration.ofSeconds(20))
				.withThrowableThat()
				.havingCause()
				.isInstanceOf(DataAccessException.class)
				.withMessageContaining("503");
		}
		finally {
			busy.stop(0);
		}
	}

	@Test
	void noRetryWhenSwitchedOff() {
		start(QUICK_FAILURE, NO_RETRY, SMALL, NO_CHECKS);
		killServer();
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(this::read);
		assertThat(retry().getRetryConfig().getMaxAttempts()).isEqualTo(1);
		assertThat(breaker().getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@Test
	void backOffPastTheDeadlineGivesUpWithTheReason() {
		start("db.pool.retry-delay=10m", "resilience4j.retry.instances.databasePool.enable-randomized-wait=false",
				NO_CHECKS);
		CompletableFuture<String> read = this.application.client()
			.within(Duration.ofMinutes(1))
			.rpc("wait")
			.readOnly()
			.arg("seconds", 10)
			.value(String.class)
			.toFuture();
		await().until(() -> active("wait") == 1);
		this.server.postgrest().kill();
		assertThat(read).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(TransientDataAccessResourceException.class)
			.withMessageContaining("The connection to PostgREST was lost");
	}

	@Test
	void breakerOpensRejectsImmediatelyAndClosesWithoutTraffic() {
		start(QUICK_FAILURE, NO_RETRY, SMALL, "db.pool.health-check-interval=10m",
				"resilience4j.circuitbreaker.instances.databasePool.wait-duration-in-open-state=2s");
		await().until(() -> Status.UP.equals(health()));
		this.server.postgrest().kill();
		await().until(() -> {
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(this::read);
			return breaker().getState() == State.OPEN;
		});
		await().until(this::isRejectedWhileOpen);
		this.server.postgrest().start();
		await().until(() -> breaker().getState() == State.CLOSED);
		await().until(() -> this.application.client().pool(Lane.READ).snapshot().idle() > 0);
		assertThat(read()).hasSize(1);
	}

	/**
	 * Reads, and returns whether the breaker was open all that time, rather than
	 * half-open for a moment. Fails if it was and the read was not rejected.
	 */
	private boolean isRejectedWhileOpen() {
		long timedOut = this.application.client().pool(Lane.READ).snapshot().timedOut();
		boolean open = breaker().getState() == State.OPEN;
		Throwable failure = catchThrowable(this::read);
		if (!open || breaker().getState() != State.OPEN) {
			return false;
		}
		assertThat(failure).isInstanceOf(TransientDataAccessResourceException.class)
			.hasMessageContaining("circuit breaker 'databasePool' is open")
			.hasMessageContaining("It tries again at ")
			.hasCauseInstanceOf(CallNotPermittedException.class);
		assertThat(this.application.client().pool(Lane.READ).snapshot().timedOut()).isEqualTo(timedOut);
		return true;
	}

	@Test
	void fullQueueOnOurSideDoesNotCount() {
		start(QUICK_FAILURE, NO_RETRY, "db.pool.max-connections=2", NO_CHECKS);
		try (ClientLease lease = this.application.client().blocking().lease(Lane.READ, "holder")) {
			for (int i = 0; i < 6; i++) {
				assertThatExceptionOfType(TransientDataAccessResourceException.class).isThrownBy(this::read);
			}
			assertThat(lease.isActive()).isTrue();
		}
		assertThat(breaker().getState()).isEqualTo(State.CLOSED);
		assertThat(breaker().getMetrics().getNumberOfBufferedCalls()).isZero();
		assertThat(read()).hasSize(1);
	}

	@Test
	void refusedRequestCountsAsAResponseOfTheServer() {
		start(NO_CHECKS, NO_RETRY);
		for (int i = 0; i < 6; i++) {
			assertThatExceptionOfType(InvalidDataAccessResourceUsageException.class).isThrownBy(
					() -> this.application.client().blocking().from("no_such_table").select("*").list(Row.class));
		}
		assertThat(breaker().getMetrics().getNumberOfSuccessfulCalls()).isEqualTo(5);
	}

	@Test
	void cancelledTrialCallsGiveTheirPermissionBack() {
		start(NO_CHECKS);
		breaker().transitionToOpenState();
		breaker().transitionToHalfOpenState();
		for (int i = 0; i < 5; i++) {
			Disposable call = this.application.client().rpc("wait").arg("seconds", 2).execute().subscribe();
			call.dispose();
		}
		assertThat(read()).hasSize(1);
		assertThat(breaker().getMetrics().getNumberOfSuccessfulCalls()).isEqualTo(1);
	}

	private List<Row> read() {
		return this.application.client().blocking().from("items").select("id").eq("id", 1).list(Row.class);
	}

	/**
	 * Returns when the loss of every connection has been noticed and none could be
	 * opened, so that what follows finds none to lose and fails for that reason.
	 */
	private void killServer() {
		this.server.postgrest().kill();
		await().until(() -> this.application.client().pool(Lane.READ).snapshot().idle() == 0
				&& this.application.client().pool(Lane.READ).snapshot().openFailures() > 0);
	}

	private long active(String function) throws Exception {
		try (Connection connection = this.server.openJdbcConnection();
				PreparedStatement statement = connection
					.prepareStatement("select count(*) from pg_stat_activity where query like ? "
							+ "and state = 'active' and pid <> pg_backend_pid()")) {
			statement.setString(1, "%\"" + function + "\"%");
			try (ResultSet rows = statement.executeQuery()) {
				rows.next();
				return rows.getLong(1);
			}
		}
	}

	private @Nullable Status health() {
		Health health = this.application.context()
			.getBean("databasePoolHealthContributor", ReactiveHealthIndicator.class)
			.health()
			.block();
		return (health != null) ? health.getStatus() : null;
	}

	private CircuitBreaker breaker() {
		return this.application.context().getBean(CircuitBreakerRegistry.class).circuitBreaker("databasePool");
	}

	private Retry retry() {
		return this.application.context().getBean(RetryRegistry.class).retry("databasePool");
	}

	@Configuration(proxyBeanMethods = false)
	static class RetryAll {

		@Bean
		RetryClassifier retryAll() {
			return (operation, failure) -> RetryClassifier.Decision.RETRY;
		}

	}

}
