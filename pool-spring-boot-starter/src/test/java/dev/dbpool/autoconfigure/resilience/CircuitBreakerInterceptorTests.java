package dev.dbpool.autoconfigure.resilience;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.client.AttemptFailedException;
import dev.dbpool.client.Lane;
import dev.dbpool.client.Operation;
import dev.dbpool.pool.PoolOptions;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What opens the circuit breaker, what closes it, and what calls do until then, on
 * virtual time.
 */
class CircuitBreakerInterceptorTests {

	private static final int MAX_PENDING = 20;

	private static final Duration OPEN_WAIT = Duration.ofSeconds(10);

	private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(30);

	private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

	private final Clock clock = new Clock() {

		@Override
		public Instant instant() {
			return Instant.ofEpochMilli(CircuitBreakerInterceptorTests.this.time.now(TimeUnit.MILLISECONDS));
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	};

	private final Operation operation = Mockito.mock(Operation.class);

	private final List<Call> calls = new ArrayList<>();

	private final List<MonoSink<Void>> probes = new ArrayList<>();

	private final Sinks.Empty<Void> closing = Sinks.empty();

	private boolean mayWait = true;

	private CircuitBreaker delegate;

	private DatabasePoolCircuitBreaker breaker;

	private CircuitBreakerInterceptor interceptor;

	@BeforeEach
	void create() {
		Mockito.when(this.operation.pool()).thenReturn("default");
		Mockito.when(this.operation.lane()).thenReturn(Lane.READ);
		Mockito.when(this.operation.deadline()).thenReturn(Optional.empty());
		create(100, OPEN_WAIT);
	}

	private void create(float failureRateThreshold, Duration openWait) {
		CircuitBreakerConfig.Builder config = CircuitBreakerConfig.custom()
			.slidingWindowSize(5)
			.minimumNumberOfCalls(5)
			.failureRateThreshold(failureRateThreshold)
			.waitDurationInOpenState(openWait)
			.permittedNumberOfCallsInHalfOpenState(3)
			.clock(this.clock)
			.recordException(AttemptFailures::countsAgainstServer)
			.ignoreException(AttemptFailures::saysNothingAboutServer);
		DatabasePoolCircuitBreakers breakers = new DatabasePoolCircuitBreakers(
				CircuitBreakerRegistry.of(config.build()), this.time);
		PoolOptions lane = PoolOptions.builder("read").maxPending(MAX_PENDING).acquireTimeout(ACQUIRE_TIMEOUT).build();
		this.breaker = breakers.of("default");
		this.delegate = this.breaker.delegate();
		this.interceptor = new CircuitBreakerInterceptor(breakers,
				(any) -> this.mayWait ? Optional.of(lane) : Optional.empty(), this.closing.asMono());
	}

	@Test
	void failuresInARowOpenTheBreaker() {
		for (int i = 0; i < 5; i++) {
			assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
			call().fails(lost());
		}
		assertThat(this.breaker.state()).isEqualTo(State.OPEN);
	}

	@Test
	void whatIsInFlightWhenOneEventHappensCountsOnce() {
		List<Call> inFlight = calls(10);
		pass(Duration.ofMillis(1));
		for (Call call : inFlight) {
			call.fails(lost());
			pass(Duration.ofMillis(100));
		}
		assertThat(this.breaker.metrics().getNumberOfFailedCalls()).isEqualTo(1);
		call().fails(lost());
		assertThat(this.breaker.metrics().getNumberOfFailedCalls()).isEqualTo(2);
	}

	@Test
	void doesNotOpenWithinASecondOfAnAnswer() {
		call().succeeds();
		for (int i = 0; i < 9; i++) {
			pass(Duration.ofMillis(100));
			call().fails(lost());
		}
		assertThat(this.breaker.metrics().getNumberOfFailedCalls()).isZero();
		for (int i = 0; i < 5; i++) {
			pass(Duration.ofMillis(100));
			assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
			call().fails(lost());
		}
		assertThat(this.breaker.state()).isEqualTo(State.OPEN);
	}

	@Test
	void anAnswerOutsideOfTheCallsCountsAsOne() {
		for (int i = 0; i < 20; i++) {
			pass(Duration.ofMillis(500));
			this.breaker.serverAnswered();
			call().fails(lost());
		}
		assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
	}

	@Test
	void thresholdBelowAllCountsFailuresBetweenAnswers() {
		create(40, OPEN_WAIT);
		for (int i = 0; i < 3; i++) {
			call().succeeds();
			pass(Duration.ofMillis(1));
		}
		call().fails(lost());
		pass(Duration.ofMillis(1));
		call().fails(lost());
		assertThat(this.breaker.state()).isEqualTo(State.OPEN);
	}

	@Test
	void silenceDoesNotCountWhileOthersAreAnswered() {
		Call slow = call();
		pass(Duration.ofSeconds(1));
		call().succeeds();
		pass(Duration.ofSeconds(9));
		slow.fails(silence());
		assertThat(this.breaker.metrics().getNumberOfFailedCalls()).isZero();
		Call silent = call();
		pass(Duration.ofSeconds(10));
		silent.fails(silence());
		assertThat(this.breaker.metrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@Test
	void limitOnTheRateCountsNeitherWay() {
		for (int i = 0; i < 10; i++) {
			pass(Duration.ofSeconds(1));
			AttemptFailedException limited = Mockito.mock(AttemptFailedException.class);
			Mockito.when(limited.isRateLimited()).thenReturn(true);
			call().fails(limited);
		}
		assertThat(this.breaker.metrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void firstProbeFollowsAfterHalfASecondAndMakesTheBreakerHalfOpen() {
		open();
		pass(Duration.ofMillis(499));
		assertThat(this.probes).isEmpty();
		pass(Duration.ofMillis(1));
		this.probes.get(0).success();
		assertThat(this.breaker.state()).isEqualTo(State.HALF_OPEN);
	}

	@Test
	void probesBackOffWithJitterUpToTheOpenWait() {
		open();
		List<Long> waits = new ArrayList<>();
		long before = this.breaker.now();
		while (this.probes.size() < 8) {
			pass(Duration.ofMillis(10));
			if (this.probes.size() > waits.size()) {
				waits.add(Duration.ofNanos(this.breaker.now() - before).toMillis());
				before = this.breaker.now();
				this.probes.get(this.probes.size() - 1).error(new ProbeFailedException("down", null));
			}
		}
		assertThat(waits.get(0)).isEqualTo(500);
		assertThat(waits.get(1)).isBetween(500L, 1010L);
		assertThat(waits.get(2)).isBetween(1000L, 2010L);
		assertThat(waits.get(3)).isBetween(2000L, 4010L);
		assertThat(waits.get(4)).isBetween(4000L, 8010L);
		assertThat(waits.subList(5, 8)).allSatisfy((wait) -> assertThat(wait).isBetween(5000L, 10010L));
	}

	@Test
	void serverSetsTheEarliestProbe() {
		openBy(asking(Duration.ofSeconds(2)));
		pass(Duration.ofMillis(1999));
		assertThat(this.probes).isEmpty();
		pass(Duration.ofMillis(1));
		this.probes.get(0).error(new ProbeFailedException("busy", Duration.ofSeconds(4)));
		pass(Duration.ofMillis(3999));
		assertThat(this.probes).hasSize(1);
		pass(Duration.ofMillis(1));
		assertThat(this.probes).hasSize(2);
	}

	@Test
	void serverIsNotWaitedForLongerThanTheOpenWait() {
		openBy(asking(Duration.ofHours(1)));
		pass(Duration.ofSeconds(10));
		assertThat(this.probes).hasSize(1);
	}

	@Test
	void halfOpenBreakerClosesWithoutTraffic() {
		open();
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		for (int i = 1; i <= 3; i++) {
			assertThat(this.breaker.state()).isEqualTo(State.HALF_OPEN);
			pass(Duration.ofMillis(100));
			this.probes.get(i).success();
		}
		assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
	}

	@Test
	void callsWaitAndFollowWhenTheTrialsHaveSucceeded() {
		open();
		List<Call> waiting = calls(10);
		assertThat(waiting).noneMatch(Call::isSent);
		pass(Duration.ofMillis(500));
		assertThat(waiting).noneMatch(Call::isSent);
		this.probes.get(0).success();
		pass(Duration.ZERO);
		assertThat(waiting.subList(0, 3)).allMatch(Call::isSent);
		assertThat(waiting.subList(3, 10)).noneMatch(Call::isSent);
		waiting.subList(0, 3).forEach(Call::succeeds);
		pass(Duration.ZERO);
		assertThat(waiting).allMatch(Call::isSent);
		assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
	}

	@Test
	void callsThatWaitDoNotAllFollowAtTheSameTime() {
		open();
		List<Call> waiting = calls(MAX_PENDING);
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		pass(Duration.ZERO);
		waiting.subList(0, 3).forEach(Call::succeeds);
		pass(Duration.ZERO);
		int sent = (int) waiting.stream().filter(Call::isSent).count();
		assertThat(sent).isLessThan(MAX_PENDING);
		waiting.get(3).succeeds();
		pass(Duration.ZERO);
		assertThat(waiting.stream().filter(Call::isSent)).hasSize(sent + 2);
		waiting.get(4).cancel();
		pass(Duration.ZERO);
		assertThat(waiting.stream().filter(Call::isSent)).hasSize(sent + 3);
	}

	@Test
	void trialsThatFailLetTheOthersWaitOn() {
		open();
		List<Call> waiting = calls(5);
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		pass(Duration.ZERO);
		waiting.subList(0, 3).forEach((call) -> call.fails(lost()));
		pass(Duration.ZERO);
		assertThat(this.breaker.state()).isEqualTo(State.OPEN);
		assertThat(waiting.subList(3, 5)).noneMatch(Call::isSent).noneMatch(Call::isRejected);
	}

	@Test
	void trialThatIsCancelledLeavesItsPlaceToAnother() {
		open();
		List<Call> waiting = calls(4);
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		pass(Duration.ZERO);
		assertThat(waiting.get(3).isSent()).isFalse();
		waiting.get(0).cancel();
		pass(Duration.ZERO);
		assertThat(waiting.get(3).isSent()).isTrue();
	}

	@Test
	void callThatBeganBeforeTheOutageIsNoTrial() {
		Call late = call();
		pass(Duration.ofMillis(1));
		open();
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		late.fails(lost());
		assertThat(this.breaker.metrics().getNumberOfBufferedCalls()).isZero();
		assertThat(this.breaker.state()).isEqualTo(State.HALF_OPEN);
	}

	@Test
	void callWaitsNoLongerThanForAConnection() {
		create(100, Duration.ofMinutes(1));
		open();
		this.breaker.probeWith(Mono::never);
		Call waiting = call();
		pass(ACQUIRE_TIMEOUT.minusMillis(1));
		assertThat(waiting.isRejected()).isFalse();
		pass(Duration.ofMillis(1));
		assertThat(waiting.isRejected()).isTrue();
	}

	@Test
	void callIsRejectedImmediatelyIfTheNextTrialIsPastItsDeadline() {
		open();
		Mockito.when(this.operation.deadline()).thenReturn(Optional.of(Duration.ofMillis(499)));
		assertThat(call().isRejected()).isTrue();
		Mockito.when(this.operation.deadline()).thenReturn(Optional.of(Duration.ofMillis(501)));
		assertThat(call().isRejected()).isFalse();
	}

	@Test
	void callIsRejectedWhenAProbeHasFailedAndTheNextOneIsPastItsDeadline() {
		open();
		Mockito.when(this.operation.deadline()).thenReturn(Optional.of(Duration.ofSeconds(3)));
		Call waiting = call();
		pass(Duration.ofMillis(500));
		assertThat(waiting.isRejected()).isFalse();
		this.probes.get(0).error(new ProbeFailedException("busy", Duration.ofSeconds(5)));
		pass(Duration.ZERO);
		assertThat(waiting.isRejected()).isTrue();
	}

	@Test
	void boundedNumberOfCallsWaits() {
		open();
		assertThat(calls(MAX_PENDING)).noneMatch(Call::isRejected);
		Call next = call();
		assertThat(next.isRejected()).isTrue();
		assertThat(next.failure).hasMessageEndingWith(MAX_PENDING + " calls of the read lane wait for it already")
			.hasCauseInstanceOf(CallNotPermittedException.class);
		this.calls.get(this.calls.size() - 2).cancel();
		assertThat(call().isRejected()).isFalse();
	}

	@Test
	void operationThatIsNotRepeatedDoesNotWait() {
		open();
		this.mayWait = false;
		assertThat(call().isRejected()).isTrue();
	}

	@Test
	void breakerThatWasOpenedManuallyRejectsAllCalls() {
		open();
		Call waiting = call();
		this.delegate.transitionToForcedOpenState();
		pass(Duration.ZERO);
		assertThat(waiting.isRejected()).isTrue();
		assertThat(call().isRejected()).isTrue();
	}

	@Test
	void readsOfAReplicaPassTheOpenBreakerAndCountNeitherWay() {
		Mockito.when(this.operation.tryReplica()).thenReturn(true);
		for (int i = 0; i < 5; i++) {
			call().fails(lost());
			pass(Duration.ZERO);
		}
		assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
		call().succeeds();
		stream().tryEmitNext("element");
		Mockito.when(this.operation.tryReplica()).thenReturn(false);
		open();
		Mockito.when(this.operation.tryReplica()).thenReturn(true);
		assertThat(call().isSent()).isTrue();
		stream().tryEmitNext("element");
		assertThat(this.breaker.state()).isEqualTo(State.OPEN);
		this.delegate.transitionToForcedOpenState();
		assertThat(call().isRejected()).isTrue();
	}

	@Test
	void withoutProbesCallsWaitForTheHalfOpenBreaker() {
		open();
		this.breaker.probeWith(null);
		Call waiting = call();
		Mockito.when(this.operation.deadline()).thenReturn(Optional.of(Duration.ofSeconds(9)));
		assertThat(call().isRejected()).isTrue();
		pass(Duration.ofSeconds(10));
		assertThat(this.probes).isEmpty();
		this.delegate.transitionToHalfOpenState();
		pass(Duration.ZERO);
		assertThat(waiting.isSent()).isTrue();
	}

	@Test
	void streamThatIsATrialSucceedsWithItsFirstElement() {
		open();
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		for (int i = 0; i < 3; i++) {
			assertThat(this.breaker.state()).isEqualTo(State.HALF_OPEN);
			stream().tryEmitNext("first");
		}
		assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
	}

	@Test
	void callsThatWaitFollowAStreamWhenItHasBegun() {
		open();
		List<Sinks.Many<String>> streams = new ArrayList<>();
		for (int i = 0; i < MAX_PENDING - 1; i++) {
			streams.add(stream());
		}
		Call last = call();
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		for (Sinks.Many<String> stream : streams) {
			pass(Duration.ZERO);
			stream.tryEmitNext("first");
		}
		pass(Duration.ZERO);
		assertThat(last.isSent()).isTrue();
	}

	@Test
	void callThatWaitsBehindOthersInTheClosedBreakerIsRejectedWithThatReason() {
		open();
		List<Call> waiting = calls(MAX_PENDING);
		pass(Duration.ofMillis(500));
		this.probes.get(0).success();
		pass(Duration.ZERO);
		waiting.subList(0, 3).forEach(Call::succeeds);
		pass(ACQUIRE_TIMEOUT);
		Call last = waiting.get(MAX_PENDING - 1);
		assertThat(this.breaker.state()).isEqualTo(State.CLOSED);
		assertThat(last.isRejected()).isTrue();
		assertThat(last.failure).hasMessageContaining("has closed").hasMessageNotContaining("half-open");
	}

	@Test
	void callThatIsCancelledWhenItsTurnHasComePassesItOn() {
		open();
		List<Call> waiting = calls(4);
		pass(Duration.ofMillis(500));
		this.time.schedule(() -> {
			this.probes.get(0).success();
			waiting.get(0).cancel();
		});
		pass(Duration.ZERO);
		assertThat(waiting.subList(1, 4)).allMatch(Call::isSent);
	}

	@Test
	void callsFollowWhenTheBreakerIsDisabledOrReset() {
		open();
		Call waiting = call();
		this.delegate.transitionToDisabledState();
		pass(Duration.ZERO);
		assertThat(waiting.isSent()).isTrue();
		this.delegate.transitionToOpenState();
		Call another = call();
		assertThat(another.isSent()).isFalse();
		this.delegate.reset();
		pass(Duration.ZERO);
		assertThat(another.isSent()).isTrue();
	}

	@Test
	void withoutProbesAndTransitionsOfItsOwnTheBreakerIsAskedWhenTheOpenWaitIsOver() {
		open();
		this.breaker.probeWith(null);
		List<Call> waiting = calls(4);
		pass(Duration.ofSeconds(9));
		assertThat(waiting).noneMatch(Call::isSent);
		pass(Duration.ofSeconds(3));
		assertThat(waiting.subList(0, 3)).allMatch(Call::isSent);
		assertThat(waiting.get(3).isSent()).isFalse();
	}

	@Test
	void callsThatWaitAreRejectedWhenThePoolCloses() {
		open();
		Call waiting = call();
		this.closing.tryEmitEmpty();
		assertThat(waiting.isRejected()).isTrue();
		assertThat(waiting.failure).hasMessageEndingWith("The pool is closing");
		assertThat(call().isRejected()).isTrue();
	}

	@Test
	void probeThatThrowsIsOneThatFails() {
		open();
		AtomicInteger probes = new AtomicInteger();
		this.breaker.probeWith(() -> {
			probes.incrementAndGet();
			throw new IllegalStateException("no probe");
		});
		pass(Duration.ofSeconds(10));
		assertThat(probes).hasValueGreaterThan(2);
		this.delegate.transitionToHalfOpenState();
		pass(Duration.ofSeconds(10));
		assertThat(calls(4).subList(0, 3)).allMatch(Call::isSent);
	}

	private void open() {
		openBy(lost());
	}

	private void openBy(AttemptFailedException failure) {
		this.breaker.probeWith(() -> Mono.create(this.probes::add));
		for (int i = 0; i < 5; i++) {
			call().fails(failure);
			pass(Duration.ZERO);
		}
		assertThat(this.breaker.state()).isEqualTo(State.OPEN);
	}

	private static AttemptFailedException lost() {
		AttemptFailedException lost = Mockito.mock(AttemptFailedException.class);
		Mockito.when(lost.countsAgainstServer()).thenReturn(true);
		return lost;
	}

	private static AttemptFailedException silence() {
		AttemptFailedException silence = lost();
		Mockito.when(silence.isTimeout()).thenReturn(true);
		return silence;
	}

	private static AttemptFailedException asking(Duration wait) {
		AttemptFailedException asking = lost();
		Mockito.when(asking.retryAfter()).thenReturn(Optional.of(wait));
		return asking;
	}

	private void pass(Duration duration) {
		this.time.advanceTimeBy(duration);
	}

	private List<Call> calls(int number) {
		List<Call> several = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			several.add(call());
		}
		return several;
	}

	private Sinks.Many<String> stream() {
		Sinks.Many<String> elements = Sinks.many().unicast().onBackpressureBuffer();
		Flux.from(this.interceptor.intercept(this.operation, elements.asFlux())).subscribe();
		return elements;
	}

	private Call call() {
		Call call = new Call();
		this.calls.add(call);
		return call;
	}

	/**
	 * A call of the application, whose attempt ends as the test says.
	 */
	private final class Call {

		private final Disposable subscription;

		private MonoSink<String> attempt;

		private Throwable failure;

		Call() {
			Mono<String> attempt = Mono.create((sink) -> this.attempt = sink);
			this.subscription = Mono
				.from(CircuitBreakerInterceptorTests.this.interceptor
					.intercept(CircuitBreakerInterceptorTests.this.operation, attempt))
				.subscribe((value) -> {
				}, (thrown) -> this.failure = thrown);
		}

		boolean isSent() {
			return this.attempt != null;
		}

		boolean isRejected() {
			return this.failure instanceof CircuitBreakerOpenException;
		}

		void succeeds() {
			this.attempt.success("answer");
		}

		void fails(Throwable thrown) {
			this.attempt.error(thrown);
		}

		void cancel() {
			this.subscription.dispose();
		}

	}

}
