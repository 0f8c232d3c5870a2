package dev.dbpool.autoconfigure.resilience;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationFailure;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.postgrest.value.Row;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Rate limiter and bulkhead in front of a real server.
 */
class AdmissionIntegrationTests {

	private static final String NO_CHECKS = "db.pool.enable-health-checks=false";

	private static final String TWO_CALLS = "resilience4j.bulkhead.instances.databasePool.max-concurrent-calls=2";

	private static final String NO_WAIT = "resilience4j.bulkhead.instances.databasePool.max-wait-duration=0";

	private final PostgrestServer server = TestServers.running();

	private TestApplication application;

	private void start(String... properties) {
		this.application = TestApplication.start(this.server, properties);
	}

	@AfterEach
	void close() {
		this.application.close();
	}

	@Test
	void oneUserCannotTakeAllConnections() {
		start(NO_CHECKS, TWO_CALLS, NO_WAIT, "db.pool.max-connections=6", "db.pool.lane-sharing=none",
				"spring.main.sources=" + ByUser.class.getName());
		List<CompletableFuture<String>> calls = new ArrayList<>();
		for (int i = 0; i < 6; i++) {
			calls.add(slow(20).contextWrite(user("ada")).toFuture());
		}
		assertThat(calls).filteredOn(CompletableFuture::isCompletedExceptionally).hasSize(4);
		assertThat(items().contextWrite(user("bob")).block()).hasSize(1);
		assertThat(items().block()).hasSize(1);
		assertThatExceptionOfType(AdmissionRefusedException.class)
			.isThrownBy(() -> items().contextWrite(user("ada")).block())
			.withMessageContaining("all 2 calls of its key are running")
			.satisfies((refused) -> assertThat(OperationFailure.in(refused)).hasValueSatisfying((failure) -> {
				assertThat(failure.attempts()).isZero();
				assertThat(failure.mayHaveRun()).isFalse();
			}));
		calls.forEach((call) -> call.cancel(false));
		assertThat(items().contextWrite(user("ada")).block()).hasSize(1);
	}

	@Test
	void refusalIsNeitherAFailureOfTheServerNorRetriedButCounted() {
		start(NO_CHECKS, "resilience4j.ratelimiter.instances.databasePoolAnon.limit-for-period=1",
				"resilience4j.ratelimiter.instances.databasePoolAnon.limit-refresh-period=1h",
				"resilience4j.ratelimiter.instances.databasePoolAnon.timeout-duration=0");
		assertThat(items().block()).hasSize(1);
		RetryBudget budget = this.application.context().getBean(RetryBudgets.class).of("default");
		for (int i = 0; i < 6; i++) {
			assertThatExceptionOfType(AdmissionRefusedException.class).isThrownBy(() -> items().block());
		}
		assertThat(budget.refused()).isZero();
		assertThat(this.application.context()
			.getBean(CircuitBreakerRegistry.class)
			.circuitBreaker("databasePool")
			.getMetrics()
			.getNumberOfBufferedCalls()).isEqualTo(1);
		MeterRegistry meters = this.application.context().getBean(MeterRegistry.class);
		assertThat(meters.get("dbpool.failures").tag("kind", "rate_limiter").counter().count()).isEqualTo(6);
		assertThat(meters.get("resilience4j.ratelimiter.available.permissions")
			.tag("name", "databasePoolAnon")
			.gauge()
			.value()).isZero();
		PooledClient service = this.application.client().asService();
		assertThat(service.from("items").select("id").eq("id", 1).list(Row.class).block()).hasSize(1);
	}

	@Test
	void answerThatIsBeingReadIsARunningCall() {
		start(NO_CHECKS, TWO_CALLS, NO_WAIT);
		Bulkhead bulkhead = this.application.context().getBean(BulkheadRegistry.class).bulkhead("databasePool");
		List<BaseSubscriber<DataBuffer>> readers = List.of(new Reader(), new Reader());
		readers.forEach((reader) -> this.application.client()
			.webClient()
			.get()
			.uri("/rpc/big?length=8000000")
			.retrieve()
			.bodyToFlux(DataBuffer.class)
			.subscribe(reader));
		await().until(() -> this.application.client().pool(Lane.READ).leases().size() == 2);
		assertThatExceptionOfType(AdmissionRefusedException.class).isThrownBy(() -> items().block());
		readers.forEach(Disposable::dispose);
		await().until(() -> bulkhead.getMetrics().getAvailableConcurrentCalls() == 2);
		assertThat(items().block()).hasSize(1);
	}

	private Mono<String> slow(int seconds) {
		return this.application.client().rpc("wait").readOnly().arg("seconds", seconds).value(String.class);
	}

	private Mono<List<Row>> items() {
		return this.application.client().from("items").select("id").eq("id", 1).list(Row.class);
	}

	private static Context user(String name) {
		return Context.of("user", name);
	}

	/**
	 * Reads the first part of an answer.
	 */
	private static final class Reader extends BaseSubscriber<DataBuffer> {

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			subscription.request(1);
		}

		@Override
		protected void hookOnNext(DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByUser {

		@Bean
		AdmissionKeyResolver users() {
			return (operation) -> Mono
				.deferContextual((context) -> Mono.justOrEmpty(context.<String>getOrEmpty("user")));
		}

	}

}
