package dev.dbpool.client;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

import dev.dbpool.postgrest.http.Answer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Lets identical reads share an exchange: one that is subscribed to while an identical
 * one is in flight receives the answer of that. Named after Go's {@code singleflight}.
 * <p>
 * An exchange lasts until it ends or its last caller leaves, be it the caller that began
 * it or another one. From then on no caller joins it. Its subscriber has an empty
 * context, since callers have different ones.
 */
final class SingleFlight {

	private static final Logger logger = LoggerFactory.getLogger(SingleFlight.class);

	private final Map<Object, Flight> flights = new HashMap<>();

	/**
	 * Joins the exchange that is in flight, or begins one.
	 * @param key what identical reads have in common
	 * @param exchange makes the exchange; not called by callers that join
	 * @param ended receives the number of callers of an exchange when it ends
	 * @return the answer, delivered on the thread of the exchange
	 */
	Mono<Answer> join(Object key, Mono<Answer> exchange, IntConsumer ended) {
		return Mono.create((caller) -> {
			Flight flight;
			boolean begins;
			synchronized (this) {
				flight = this.flights.computeIfAbsent(key, (absent) -> new Flight(absent, ended));
				begins = flight.callers.isEmpty();
				flight.callers.add(caller);
				flight.joined++;
			}
			caller.onCancel(() -> flight.leave(caller));
			if (begins) {
				flight.begin(exchange);
			}
		});
	}

	/**
	 * An exchange with the callers that wait for its answer.
	 */
	private final class Flight {

		private final Object key;

		private final IntConsumer ended;

		private final Set<MonoSink<Answer>> callers = new LinkedHashSet<>();

		private final Disposable.Swap exchange = Disposables.swap();

		private int joined;

		Flight(Object key, IntConsumer ended) {
			this.key = key;
			this.ended = ended;
		}

		void begin(Mono<Answer> made) {
			this.exchange.update(made.subscribe((answer) -> end((caller) -> caller.success(answer)),
					(failure) -> end((caller) -> caller.error(failure)), () -> end(MonoSink::success)));
		}

		void leave(MonoSink<Answer> caller) {
			synchronized (SingleFlight.this) {
				if (!this.callers.remove(caller) || !this.callers.isEmpty()) {
					return;
				}
				SingleFlight.this.flights.remove(this.key, this);
			}
			this.ended.accept(this.joined);
			this.exchange.dispose();
		}

		private void end(Consumer<MonoSink<Answer>> signal) {
			List<MonoSink<Answer>> present;
			synchronized (SingleFlight.this) {
				present = List.copyOf(this.callers);
				this.callers.clear();
				SingleFlight.this.flights.remove(this.key, this);
			}
			if (!present.isEmpty()) {
				this.ended.accept(this.joined);
				present.forEach((caller) -> deliver(signal, caller));
			}
		}

		/**
		 * Passes the end on. What the operators of a caller throw does not affect others.
		 */
		private static void deliver(Consumer<MonoSink<Answer>> signal, MonoSink<Answer> caller) {
			try {
				signal.accept(caller);
			}
			catch (Throwable ex) {
				logger.warn("A subscriber of a coalesced read failed", ex);
			}
		}

	}

}
