package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import dev.dbpool.autoconfigure.InvalidPoolConfigurationException;
import dev.dbpool.autoconfigure.resilience.AdmissionRefusedException.Limiter;
import dev.dbpool.client.Identity;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationOutcome;
import dev.dbpool.client.OperationOutcome.Result;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

import org.springframework.http.client.reactive.ClientHttpResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which operations are admitted, and when their calls are given back.
 */
class AdmissionInterceptorTests {

	private final RateLimiterRegistry rateLimiters = RateLimiterRegistry.ofDefaults();

	private final BulkheadRegistry bulkheads = BulkheadRegistry.ofDefaults();

	private final Operation operation = operation("default", Identity.Kind.USER);

	private @Nullable String key;

	private final Sinks.Empty<Void> closing = Sinks.empty();

	private AdmissionInterceptor interceptor;

	@BeforeEach
	void create() {
		this.interceptor = new AdmissionInterceptor(this.rateLimiters, this.bulkheads,
				(any) -> Mono.justOrEmpty(this.key), this.closing.asMono());
	}

	private static Operation operation(String pool, Identity.Kind identity) {
		Operation operation = Mockito.mock(Operation.class);
		Mockito.when(operation.pool()).thenReturn(pool);
		Mockito.when(operation.identity()).thenReturn(identity);
		return operation;
	}

	@Test
	void passesAttemptsOnAsTheyAreWithoutInstances() {
		Mono<String> attempt = Mono.just("answer");
		assertThat(this.interceptor.intercept(this.operation, attempt)).isSameAs(attempt);
	}

	@Test
	void bulkheadRejectsWhileItsCallsRunAndSaysWhatToChange() {
		bulkhead("databasePool", 1);
		Disposable running = Mono.from(admitted(Mono.never())).subscribe();
		StepVerifier.create(admitted(Mono.just("answer"))).verifyErrorSatisfies((failure) -> {
			assertThat(failure).isInstanceOf(AdmissionRefusedException.class)
				.hasMessageContaining("Bulkhead 'databasePool' rejected the operation, since all 1 calls are running")
				.hasMessageContaining("resilience4j.bulkhead.instances.databasePool.max-concurrent-calls")
				.hasCauseInstanceOf(BulkheadFullException.class);
			assertThat(((AdmissionRefusedException) failure).limiter()).isEqualTo(Limiter.BULKHEAD);
		});
		running.dispose();
		StepVerifier.create(admitted(Mono.just("answer"))).expectNext("answer").verifyComplete();
	}

	@Test
	void givesTheCallBackBeforeItsResultIsPassedOn() {
		Bulkhead bulkhead = bulkhead("databasePool", 1);
		for (Publisher<String> attempt : List.<Publisher<String>>of(Mono.just("answer"), Mono.empty(),
				Mono.error(new IllegalStateException()), Flux.error(new IllegalStateException()))) {
			assertThat(Flux.from(admitted(attempt))
				.materialize()
				.map((signal) -> bulkhead.getMetrics().getAvailableConcurrentCalls())
				.blockFirst()).isEqualTo(1);
		}
	}

	@Test
	void holdsTheCallUntilTheLastElement() {
		Bulkhead bulkhead = bulkhead("databasePool", 1);
		TestPublisher<String> elements = TestPublisher.create();
		Flux.from(admitted(elements.flux())).subscribe();
		elements.next("first");
		assertThat(available(bulkhead)).isZero();
		elements.complete();
		assertThat(available(bulkhead)).isEqualTo(1);
	}

	@Test
	void holdsTheCallUntilTheOperationOfAnAnswerEnds() {
		Bulkhead bulkhead = bulkhead("databasePool", 1);
		StepVerifier.create(admitted(Mono.just(Mockito.mock(ClientHttpResponse.class))))
			.expectNextCount(1)
			.verifyComplete();
		assertThat(available(bulkhead)).isZero();
		this.interceptor.onEnd(new OperationOutcome(this.operation, Result.FAILURE, 1, Duration.ZERO, Duration.ZERO,
				Duration.ZERO, null, new IllegalStateException()));
		assertThat(available(bulkhead)).isEqualTo(1);
	}

	@Test
	void callAdmittedAfterTheCancelIsGivenBack() {
		Bulkhead bulkhead = bulkhead("databasePool", 1);
		BaseSubscriber<String> caller = new BaseSubscriber<>() {
		};
		bulkhead.getEventPublisher().onCallPermitted((event) -> caller.cancel());
		admitted(Mono.<String>never()).subscribe(caller);
		assertThat(caller.isDisposed()).isTrue();
		assertThat(available(bulkhead)).isEqualTo(1);
	}

	@Test
	void rateLimiterRejectsAndTakesNoCallOfTheBulkhead() {
		Bulkhead bulkhead = bulkhead("databasePool", 1);
		rateLimiter("databasePool", (config) -> config.limitRefreshPeriod(Duration.ofHours(1)));
		StepVerifier.create(admitted(Mono.just("answer"))).expectNext("answer").verifyComplete();
		StepVerifier.create(admitted(Mono.just("answer"))).verifyErrorSatisfies((failure) -> {
			assertThat(failure).isInstanceOf(AdmissionRefusedException.class)
				.hasMessageContaining(
						"Rate limiter 'databasePool' rejected the operation, since its 1 calls per 3600000ms")
				.hasMessageContaining("resilience4j.ratelimiter.instances.databasePool.limit-for-period")
				.hasCauseInstanceOf(RequestNotPermitted.class);
			assertThat(((AdmissionRefusedException) failure).retryAfter()).isEqualTo(Duration.ofHours(1));
		});
		assertThat(available(bulkhead)).isEqualTo(1);
	}

	@Test
	void operationWaitsForTheRateLimiterAsLongAsItsTimeoutAllows() {
		rateLimiter("databasePool",
				(config) -> config.limitRefreshPeriod(Duration.ofMillis(20)).timeoutDuration(Duration.ofMinutes(1)));
		for (int i = 0; i < 3; i++) {
			assertThat(Mono.from(admitted(Mono.just("answer"))).block()).isEqualTo("answer");
		}
	}

	@Test
	void noOperationWaitsForTheRateLimiterWhenThePoolsClose() {
		rateLimiter("databasePool",
				(config) -> config.limitRefreshPeriod(Duration.ofHours(1)).timeoutDuration(Duration.ofHours(2)));
		Mono.from(admitted(Mono.just("answer"))).block();
		List<String> answers = new ArrayList<>();
		Mono.from(admitted(Mono.just("passed on to a pool that closes"))).subscribe(answers::add);
		assertThat(answers).isEmpty();
		this.closing.tryEmitEmpty();
		assertThat(answers).hasSize(1);
	}

	@Test
	void instanceOfTheIdentityTakesThePlaceOfThatOfThePool() {
		Bulkhead ofPool = bulkhead("databasePool", 1);
		Bulkhead ofUsers = bulkhead("databasePoolUser", 1);
		Mono.from(admitted(Mono.never())).subscribe();
		assertThat(available(ofUsers)).isZero();
		assertThat(available(ofPool)).isEqualTo(1);
		Operation anonymous = operation("default", Identity.Kind.ANON);
		Mono.from(this.interceptor.intercept(anonymous, Mono.never())).subscribe();
		assertThat(available(ofPool)).isZero();
	}

	@Test
	void namedPoolHasInstancesOfItsOwn() {
		Bulkhead ofPool = bulkhead("databasePool", 1);
		Bulkhead ofOrders = bulkhead("databasePool-orders", 1);
		Bulkhead ofService = bulkhead("databasePoolService-orders", 1);
		for (Identity.Kind identity : new Identity.Kind[] { Identity.Kind.ANON, Identity.Kind.SERVICE }) {
			Mono.from(this.interceptor.intercept(operation("orders", identity), Mono.never())).subscribe();
		}
		assertThat(available(ofOrders)).isZero();
		assertThat(available(ofService)).isZero();
		assertThat(available(ofPool)).isEqualTo(1);
	}

	@Test
	void eachKeyHasLimitsOfItsOwnAndNoKeySharesThose() {
		bulkhead("databasePool", 1);
		for (String user : new String[] { "ada", "bob", null }) {
			this.key = user;
			Mono.from(admitted(Mono.never())).subscribe();
			StepVerifier.create(admitted(Mono.just("answer")))
				.verifyErrorSatisfies((failure) -> assertThat(((AdmissionRefusedException) failure).isKeyed())
					.isEqualTo(user != null));
		}
		assertThat(this.bulkheads.getAllBulkheads()).as("no meters for each key").hasSize(1);
	}

	@Test
	void numberOfKeysIsBounded() {
		rateLimiter("databasePool", (config) -> config.limitRefreshPeriod(Duration.ofHours(1)));
		AdmissionLimits limits = new AdmissionLimits(this.rateLimiters.find("databasePool"), Optional.empty());
		AdmissionLimits first = limits.of("first");
		assertThat(limits.of("first")).isSameAs(first);
		for (int i = 0; i < AdmissionLimits.MAX_KEYS; i++) {
			limits.of("key " + i);
		}
		assertThat(limits.of("first")).isNotSameAs(first);
	}

	@Test
	void bulkheadThatWouldBlockAThreadFailsStartup() {
		this.bulkheads.bulkhead("databasePoolAnon",
				BulkheadConfig.custom().maxWaitDuration(Duration.ofMillis(50)).build());
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> new AdmissionInterceptor(this.rateLimiters, this.bulkheads, null, Mono.never()))
			.withMessageContaining("resilience4j.bulkhead.instances.databasePoolAnon.max-wait-duration is 50ms")
			.withMessageContaining("Set it to 0");
	}

	@Test
	void bulkheadOfTheApplicationIsItsOwn() {
		this.bulkheads.bulkhead("mail", BulkheadConfig.custom().maxWaitDuration(Duration.ofMillis(50)).build());
		assertThat(new AdmissionInterceptor(this.rateLimiters, this.bulkheads, null, Mono.never())).isNotNull();
	}

	private <T> Publisher<T> admitted(Publisher<T> attempt) {
		return this.interceptor.intercept(this.operation, attempt);
	}

	private Bulkhead bulkhead(String name, int calls) {
		return this.bulkheads.bulkhead(name,
				BulkheadConfig.custom().maxConcurrentCalls(calls).maxWaitDuration(Duration.ZERO).build());
	}

	private void rateLimiter(String name, Consumer<RateLimiterConfig.Builder> change) {
		RateLimiterConfig.Builder config = RateLimiterConfig.custom().limitForPeriod(1).timeoutDuration(Duration.ZERO);
		change.accept(config);
		this.rateLimiters.rateLimiter(name, config.build());
	}

	private static int available(Bulkhead bulkhead) {
		return bulkhead.getMetrics().getAvailableConcurrentCalls();
	}

}
