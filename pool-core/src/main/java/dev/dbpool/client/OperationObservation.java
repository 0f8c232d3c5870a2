package dev.dbpool.client;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.client.OperationOutcome.Result;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Observes operations: one observation for each subscription, in whose context the waits
 * and exchanges of its attempts find it as their parent. Its name as a span is that of
 * the operation.
 */
final class OperationObservation {

	private final ObservationRegistry registry;

	private final Observation observation;

	private final AtomicBoolean ended = new AtomicBoolean();

	private OperationObservation(ObservationRegistry registry, Observation observation) {
		this.registry = registry;
		this.observation = observation;
	}

	/**
	 * Observes an operation.
	 * @param attempts its attempts, with the interceptors around them
	 */
	static <T> Publisher<T> ofOperation(ObservationRegistry registry, Operation operation, Publisher<T> attempts) {
		return deferred(attempts, (subscriber) -> start(registry, operation, subscriber).observe(attempts));
	}

	/**
	 * Observes a manual lease, from the request for it on.
	 * @param lease acquires the lease
	 * @param started receives the observation, which it has to end
	 */
	static <T> Flux<T> ofLease(ObservationRegistry registry, Operation operation, Flux<T> lease,
			Consumer<OperationObservation> started) {
		return Flux.deferContextual((subscriber) -> {
			OperationObservation observed = start(registry, operation, subscriber);
			started.accept(observed);
			return lease.contextWrite(observed::in);
		});
	}

	/**
	 * Notes each attempt of an observed operation.
	 */
	static <T> Publisher<T> ofAttempt(Publisher<T> attempt) {
		return deferred(attempt, (subscriber) -> {
			noteAttempt(subscriber);
			return attempt;
		});
	}

	private static <T> Publisher<T> deferred(Publisher<T> attempt, Function<ContextView, Publisher<T>> observed) {
		return (attempt instanceof Mono)
				? Mono.deferContextual((subscriber) -> Mono.fromDirect(observed.apply(subscriber)))
				: Flux.deferContextual(observed);
	}

	private static OperationObservation start(ObservationRegistry registry, Operation operation,
			ContextView subscriber) {
		Observation observation = Observation
			.createNotStarted("dbpool.operation", () -> new Observed(operation, registry), registry)
			.contextualName(operation.name())
			.lowCardinalityKeyValue("pool", operation.pool())
			.lowCardinalityKeyValue("lane", operation.lane().id())
			.lowCardinalityKeyValue("identity", operation.identity().id());
		Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent != null) {
			observation.parentObservation(parent);
		}
		return new OperationObservation(registry, observation.start());
	}

	private static void noteAttempt(ContextView subscriber) {
		Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent != null && parent.getContextView() instanceof Observed operation) {
			parent.event(Observation.Event.of("attempt", "attempt " + operation.attempts.incrementAndGet()));
		}
	}

	private <T> Publisher<T> observe(Publisher<T> attempts) {
		if (attempts instanceof Mono<T> mono) {
			return mono.doOnSuccess((value) -> end(Result.SUCCESS, null))
				.doOnError((failure) -> end(Result.FAILURE, failure))
				.doOnCancel(() -> end(Result.CANCELLED, null))
				.contextWrite(this::in);
		}
		return Flux.from(attempts)
			.doOnComplete(() -> end(Result.SUCCESS, null))
			.doOnError((failure) -> end(Result.FAILURE, failure))
			.doOnCancel(() -> end(Result.CANCELLED, null))
			.contextWrite(this::in);
	}

	/**
	 * Returns the context of what is a part of this observation.
	 */
	private Context in(Context subscriber) {
		return subscriber.put(ObservationThreadLocalAccessor.KEY, this.observation);
	}

	/**
	 * Returns the context of a statement on an observed lease. It is a part of the lease,
	 * unless the caller is in another observation than when it asked for the lease.
	 */
	Context onLease(Context subscriber) {
		Observation caller = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY,
				this.registry.getCurrentObservation());
		boolean elsewhere = caller != null && caller != this.observation.getContextView().getParentObservation();
		return elsewhere ? subscriber : in(subscriber);
	}

	/**
	 * Ends it, once.
	 */
	void end(Result result, @Nullable Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			this.observation.lowCardinalityKeyValue("outcome", result.name().toLowerCase(Locale.ROOT));
			if (failure != null) {
				Throwable cause = failure.getCause();
				this.observation.error((failure instanceof AttemptFailedException && cause != null) ? cause : failure);
			}
			this.observation.stop();
		}
	}

	/**
	 * The context of an observed operation.
	 */
	static final class Observed extends Observation.Context {

		private final Operation operation;

		private final ObservationRegistry registry;

		private final AtomicInteger attempts = new AtomicInteger();

		Observed(Operation operation, ObservationRegistry registry) {
			this.operation = operation;
			this.registry = registry;
		}

		Operation operation() {
			return this.operation;
		}

		ObservationRegistry registry() {
			return this.registry;
		}

	}

	/**
	 * The observation of the wait of an observed operation for a connection, as its
	 * child. Ends once.
	 */
	static final class Wait {

		private final Observation observation;

		private final AtomicBoolean ended = new AtomicBoolean();

		private Wait(Observation observation) {
			this.observation = observation;
		}

		/**
		 * Starts to observe, if the subscriber is an observed operation.
		 */
		static @Nullable Wait start(ContextView subscriber) {
			Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
			if (parent == null || !(parent.getContextView() instanceof Observed operation)) {
				return null;
			}
			return new Wait(Observation.createNotStarted("dbpool.queue", operation.registry())
				.contextualName("wait for a connection")
				.lowCardinalityKeyValue("pool", operation.operation().pool())
				.lowCardinalityKeyValue("lane", operation.operation().lane().id())
				.parentObservation(parent)
				.start());
		}

		/**
		 * Ends it.
		 * @param failure why there was no connection, or {@code null}
		 */
		void end(@Nullable Throwable failure) {
			if (this.ended.compareAndSet(false, true)) {
				if (failure != null) {
					this.observation.error(failure);
				}
				this.observation.stop();
			}
		}

	}

}
