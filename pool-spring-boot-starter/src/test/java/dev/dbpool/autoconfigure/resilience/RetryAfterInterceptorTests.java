package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import dev.dbpool.client.AttemptFailedException;
import dev.dbpool.client.Identity;
import dev.dbpool.client.Lane;
import dev.dbpool.client.Operation;
import dev.dbpool.pool.PoolOptions;
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
 * What a server that limits the rate of an operation gets, on virtual time.
 */
class RetryAfterInterceptorTests {

	private static final Duration ASKED = Duration.ofSeconds(2);

	private final Sinks.Empty<Void> closing = Sinks.empty();

	private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

	private final Operation operation = operation("GET /cars", Optional.empty());

	private boolean mayWait = true;

	private RetryAfterInterceptor interceptor;

	@BeforeEach
	void create() {
		PoolOptions lane = PoolOptions.builder("read").maxPending(20).acquireTimeout(Duration.ofSeconds(30)).build();
		this.interceptor = new RetryAfterInterceptor((any) -> this.mayWait ? Optional.of(lane) : Optional.empty(),
				this.time, this.closing.asMono());
	}

	private static Operation operation(String name, Optional<Duration> deadline) {
		Operation operation = Mockito.mock(Operation.class);
		Mockito.when(operation.pool()).thenReturn("default");
		Mockito.when(operation.name()).thenReturn(name);
		Mockito.when(operation.lane()).thenReturn(Lane.READ);
		Mockito.when(operation.identity()).thenReturn(Identity.Kind.ANON);
		Mockito.when(operation.deadline()).thenReturn(deadline);
		return operation;
	}

	@Test
	void nothingIsSentBeforeTheTimeThatTheServerNamed() {
		call().fails(limited(ASKED));
		List<Call> calls = calls(10);
		pass(ASKED.minusMillis(1));
		assertThat(calls).noneMatch(Call::isSent);
		assertThat(call().isSent()).isFalse();
	}

	@Test
	void oneCallIsTheTrialAfterThatTime() {
		call().fails(limited(ASKED));
		List<Call> calls = calls(10);
		pass(ASKED);
		assertThat(calls).filteredOn(Call::isSent).containsExactly(calls.get(0));
		pass(Duration.ofSeconds(1));
		assertThat(calls).filteredOn(Call::isSent).hasSize(1);
		assertThat(call().isSent()).isFalse();
	}

	@Test
	void aTrialThatIsRefusedBeginsTheWaitAnew() {
		call().fails(limited(ASKED));
		List<Call> calls = calls(10);
		pass(ASKED);
		calls.get(0).fails(limited(ASKED));
		pass(ASKED.minusMillis(1));
		assertThat(calls).filteredOn(Call::isSent).hasSize(1);
		pass(Duration.ofMillis(1));
		assertThat(calls).filteredOn(Call::isSent).hasSize(2);
	}

	@Test
	void callsFollowATrialThatSucceeds() {
		call().fails(limited(ASKED));
		List<Call> calls = calls(10);
		pass(ASKED);
		calls.get(0).succeeds();
		pass(Duration.ZERO);
		assertThat(calls).filteredOn(Call::isSent).hasSize(3);
		calls.get(1).succeeds();
		calls.get(2).succeeds();
		pass(Duration.ZERO);
		assertThat(calls).filteredOn(Call::isSent).hasSize(7);
		assertThat(call().isSent()).isTrue();
	}

	@Test
	void callsFollowATrialThatIsCancelled() {
		call().fails(limited(ASKED));
		List<Call> calls = calls(10);
		pass(ASKED);
		calls.get(0).cancel();
		pass(Duration.ZERO);
		assertThat(calls.subList(1, 10)).filteredOn(Call::isSent).hasSize(2);
	}

	@Test
	void allCallsAreSentThoughThoseThatFollowAreCancelled() {
		call().fails(limited(ASKED));
		List<Call> calls = calls(10);
		pass(ASKED);
		calls.get(0).succeeds();
		calls.forEach((call) -> {
			call.cancel();
			pass(Duration.ofMillis(100));
		});
		assertThat(this.time.getScheduledTaskCount()).isPositive();
		assertThat(call().isSent()).isTrue();
	}

	@Test
	void aCallThatFailsInAnotherMannerHoldsNothing() {
		call().fails(Mockito.mock(AttemptFailedException.class));
		call().fails(limited(Duration.ZERO));
		assertThat(call().isSent()).isTrue();
	}

	@Test
	void otherOperationsAreNotHeld() {
		call().fails(limited(ASKED));
		assertThat(new Call(operation("GET /users", Optional.empty()), false).isSent()).isTrue();
	}

	@Test
	void aStreamIsHeldLikeAnyOther() {
		call().fails(limited(ASKED));
		Call stream = new Call(this.operation, true);
		assertThat(stream.isSent()).isFalse();
		pass(ASKED);
		assertThat(stream.isSent()).isTrue();
	}

	@Test
	void callsFollowAStreamWhenItHasBegun() {
		call().fails(limited(ASKED));
		Sinks.Many<String> elements = Sinks.many().unicast().onBackpressureBuffer();
		Flux.from(this.interceptor.intercept(this.operation, elements.asFlux())).subscribe();
		List<Call> calls = calls(10);
		pass(ASKED);
		assertThat(calls).noneMatch(Call::isSent);
		elements.tryEmitNext("first");
		pass(Duration.ZERO);
		assertThat(calls).filteredOn(Call::isSent).hasSize(2);
		elements.tryEmitNext("second");
		elements.tryEmitComplete();
		pass(Duration.ZERO);
		assertThat(calls).filteredOn(Call::isSent).hasSize(2);
		assertThat(call().isSent()).isTrue();
	}

	@Test
	void aHoldThatIsOverIsNotExtended() {
		RetryAfterHold hold = new RetryAfterHold(0, this.time, (ended) -> {
		});
		assertThat(hold.extend(1)).isTrue();
		pass(ASKED);
		assertThat(hold.tryPass("trial")).isTrue();
		hold.callEnded("trial");
		assertThat(hold.extend(Long.MAX_VALUE)).isFalse();
		assertThat(hold.until()).isEqualTo(1);
	}

	@Test
	void aCallWhoseDeadlineIsSoonerIsRejectedImmediately() {
		call().fails(limited(ASKED));
		Call call = new Call(operation("GET /cars", Optional.of(Duration.ofSeconds(1))), false);
		assertThat(call.failure).isInstanceOf(RateLimitedException.class)
			.hasMessageContaining("GET /cars was not sent, since the server limits its rate");
		assertThat(((RateLimitedException) call.failure).retryAfter()).isEqualTo(ASKED);
	}

	@Test
	void aCallThatMayNotWaitIsRejectedImmediately() {
		call().fails(limited(ASKED));
		this.mayWait = false;
		assertThat(call().failure).isInstanceOf(RateLimitedException.class);
	}

	@Test
	void noCallWaitsWhenThePoolsClose() {
		call().fails(limited(ASKED));
		Call waiting = call();
		this.closing.tryEmitEmpty();
		assertThat(waiting.failure).isInstanceOf(RateLimitedException.class)
			.hasMessageContaining("GET /cars was not sent")
			.hasMessageContaining("The pool is closing");
		assertThat(call().failure).isInstanceOf(RateLimitedException.class);
		pass(ASKED);
		assertThat(waiting.isSent()).isFalse();
	}

	@Test
	void aCallIsRejectedIfTooManyWait() {
		call().fails(limited(ASKED));
		calls(20);
		assertThat(call().failure).isInstanceOf(RateLimitedException.class);
	}

	@Test
	void aHoldIsNoLongerThanAMinute() {
		call().fails(limited(Duration.ofHours(1)));
		assertThat(call().failure).isInstanceOf(RateLimitedException.class);
		pass(Duration.ofSeconds(59));
		Call call = call();
		assertThat(call.isSent()).isFalse();
		pass(Duration.ofSeconds(1));
		assertThat(call.isSent()).isTrue();
	}

	@Test
	void aHoldThatNoCallWaitsForEnds() {
		call().fails(limited(ASKED));
		pass(ASKED.plusSeconds(2));
		assertThat(calls(10)).allMatch(Call::isSent);
	}

	private static AttemptFailedException limited(Duration wait) {
		AttemptFailedException limited = Mockito.mock(AttemptFailedException.class);
		Mockito.when(limited.isRateLimited()).thenReturn(true);
		Mockito.when(limited.retryAfter()).thenReturn(Optional.of(wait));
		return limited;
	}

	private void pass(Duration duration) {
		this.time.advanceTimeBy(duration);
	}

	private List<Call> calls(int number) {
		return IntStream.range(0, number).mapToObj((i) -> call()).toList();
	}

	private Call call() {
		return new Call(this.operation, false);
	}

	/**
	 * A call of the application, whose attempt ends as the test says.
	 */
	private final class Call {

		private final Disposable subscription;

		private MonoSink<String> attempt;

		private Throwable failure;

		Call(Operation operation, boolean stream) {
			Mono<String> attempt = Mono.create((sink) -> this.attempt = sink);
			this.subscription = Flux
				.from(RetryAfterInterceptorTests.this.interceptor.intercept(operation,
						stream ? attempt.flux() : attempt))
				.subscribe((value) -> {
				}, (thrown) -> this.failure = thrown);
		}

		boolean isSent() {
			return this.attempt != null;
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
