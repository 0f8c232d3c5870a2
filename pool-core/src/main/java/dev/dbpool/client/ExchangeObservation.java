package dev.dbpool.client;

import java.util.Locale;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.BiConsumer;

import dev.dbpool.postgrest.http.PostgrestRequest;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.transport.RequestReplySenderContext;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * Observes one exchange by the name and with the tags that Spring's {@code WebClient} has
 * for it by default, and passes the trace on in its headers. Ends once.
 */
final class ExchangeObservation {

	private static final ObservationConvention<Exchange> CONVENTION = new WebClientConvention();

	/**
	 * Observes nothing.
	 */
	static final ExchangeObservation NONE = new ExchangeObservation(null, Observation.NOOP);

	private static final AtomicIntegerFieldUpdater<ExchangeObservation> ENDED = AtomicIntegerFieldUpdater
		.newUpdater(ExchangeObservation.class, "ended");

	private final @Nullable Exchange exchange;

	private final Observation observation;

	private volatile int ended;

	private ExchangeObservation(@Nullable Exchange exchange, Observation observation) {
		this.exchange = exchange;
		this.observation = observation;
	}

	/**
	 * Observes the head of an answer.
	 */
	Mono<ClientHttpResponse> observe(Mono<ClientHttpResponse> answer) {
		return (this == NONE) ? answer : answer
			.doOnNext((head) -> answered(head.getStatusCode().value(), head.getHeaders().getFirst(ServerTiming.HEADER)))
			.doOnError(this::fail)
			.doOnCancel(this::end);
	}

	/**
	 * Observes the body of an answer, with which the observation ends.
	 */
	Flux<DataBuffer> observe(Flux<DataBuffer> body) {
		return (this == NONE) ? body : body.doOnError(this::fail).doFinally((signal) -> end());
	}

	/**
	 * Notes the status of the answer.
	 * @param serverTiming what the server says about the time that it took, if it does
	 */
	void answered(int status, @Nullable String serverTiming) {
		if (this.exchange != null) {
			this.exchange.setResponse(status);
			if (serverTiming != null) {
				this.exchange.timing = ServerTiming.parse(serverTiming);
			}
		}
	}

	/**
	 * Ends it, with the answer or without one.
	 */
	void end() {
		if (this != NONE && ENDED.compareAndSet(this, 0, 1)) {
			stop();
		}
	}

	/**
	 * Ends it with what broke the exchange off. The status of an error is no failure.
	 */
	void fail(Throwable failure) {
		if (this != NONE && ENDED.compareAndSet(this, 0, 1)) {
			this.observation.error(failure);
			stop();
		}
	}

	private void stop() {
		if (this.exchange != null) {
			this.exchange.addTiming();
		}
		this.observation.stop();
	}

	/**
	 * Where the exchanges with one server are observed.
	 *
	 * @param registry where observations go
	 * @param host the host of the server
	 */
	record Source(ObservationRegistry registry, String host) {

		/**
		 * Starts to observe an exchange.
		 * @param request the request
		 * @param subscriber the context of the subscriber, which may hold the observation
		 * that this one is a part of
		 * @param headers sets a header of the request
		 */
		ExchangeObservation start(PostgrestRequest request, ContextView subscriber,
				BiConsumer<String, String> headers) {
			if (this.registry.isNoop()) {
				return NONE;
			}
			Exchange exchange = new Exchange(this.host, request, headers);
			Observation observation = Observation.createNotStarted(CONVENTION, () -> exchange, this.registry);
			Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
			if (parent != null) {
				observation.parentObservation(parent);
			}
			return new ExchangeObservation(exchange, observation.start());
		}

	}

	/**
	 * What is known of an exchange.
	 */
	private static final class Exchange extends RequestReplySenderContext<BiConsumer<String, String>, Integer> {

		private final String host;

		private final PostgrestRequest request;

		private final long startedAt = System.nanoTime();

		private @Nullable ServerTiming timing;

		private @Nullable Tags tags;

		/**
		 * The tags of the convention. They are not put into the map of the context, which
		 * would cost more than the rest of an observation.
		 */
		private KeyValues ownLow = KeyValues.empty();

		private KeyValues ownHigh = KeyValues.empty();

		/** Whether the map has tags that are not those of the convention. */
		private boolean othersLow;

		private boolean othersHigh;

		Exchange(String host, PostgrestRequest request, BiConsumer<String, String> headers) {
			super((carrier, name, value) -> {
				if (carrier != null) {
					carrier.accept(name, value);
				}
			});
			setCarrier(headers);
			this.host = host;
			this.request = request;
		}

		/**
		 * Adds where the time went, if the server has said so.
		 */
		void addTiming() {
			ServerTiming known = this.timing;
			if (known != null) {
				known.keyValues(System.nanoTime() - this.startedAt).forEach(this::addHighCardinalityKeyValue);
			}
		}

		/**
		 * Returns the tags of what is known by now.
		 */
		Tags tags() {
			Tags known = this.tags;
			Integer status = getResponse();
			Throwable error = getError();
			if (known == null || !Objects.equals(known.status, status) || known.error != classOf(error)) {
				known = Tags.of(this.request, this.host, status, classOf(error));
				this.tags = known;
			}
			return known;
		}

		/**
		 * Keeps the tags of the convention apart. All others go into the map.
		 */
		@Override
		public Observation.Context addLowCardinalityKeyValues(KeyValues added) {
			if (added != tags().low) {
				this.othersLow = true;
				return super.addLowCardinalityKeyValues(added);
			}
			this.ownLow = added;
			return this;
		}

		@Override
		public Observation.Context addHighCardinalityKeyValues(KeyValues added) {
			if (added != tags().high) {
				this.othersHigh = true;
				return super.addHighCardinalityKeyValues(added);
			}
			this.ownHigh = added;
			return this;
		}

		@Override
		public Observation.Context addLowCardinalityKeyValue(KeyValue added) {
			this.othersLow = true;
			return super.addLowCardinalityKeyValue(added);
		}

		@Override
		public Observation.Context addHighCardinalityKeyValue(KeyValue added) {
			this.othersHigh = true;
			return super.addHighCardinalityKeyValue(added);
		}

		@Override
		public KeyValues getLowCardinalityKeyValues() {
			return this.othersLow ? this.ownLow.and(super.getLowCardinalityKeyValues()) : this.ownLow;
		}

		@Override
		public KeyValues getHighCardinalityKeyValues() {
			return this.othersHigh ? this.ownHigh.and(super.getHighCardinalityKeyValues()) : this.ownHigh;
		}

		@Override
		public @Nullable KeyValue getLowCardinalityKeyValue(String key) {
			return find(getLowCardinalityKeyValues(), key);
		}

		@Override
		public @Nullable KeyValue getHighCardinalityKeyValue(String key) {
			return find(getHighCardinalityKeyValues(), key);
		}

		private static @Nullable KeyValue find(KeyValues tags, String key) {
			return tags.stream().filter((tag) -> tag.getKey().equals(key)).findFirst().orElse(null);
		}

		@Override
		public Observation.Context removeLowCardinalityKeyValue(String key) {
			KeyValues all = getLowCardinalityKeyValues();
			this.ownLow = KeyValues.empty();
			this.othersLow = true;
			super.addLowCardinalityKeyValues(all);
			return super.removeLowCardinalityKeyValue(key);
		}

		@Override
		public Observation.Context removeHighCardinalityKeyValue(String key) {
			KeyValues all = getHighCardinalityKeyValues();
			this.ownHigh = KeyValues.empty();
			this.othersHigh = true;
			super.addHighCardinalityKeyValues(all);
			return super.removeHighCardinalityKeyValue(key);
		}

		private static @Nullable Class<?> classOf(@Nullable Throwable error) {
			return (error != null) ? error.getClass() : null;
		}

	}

	/**
	 * The tags of exchanges with the same request and outcome. They are made once and
	 * found again, since making them would cost more than the rest of an observation.
	 */
	private static final class Tags {

		private static final int MOST_KNOWN = 1_000;

		private static final Map<Tags, Tags> KNOWN = new ConcurrentHashMap<>();

		private static final String NONE = "none";

		private final String request;

		private final String host;

		private final @Nullable Integer status;

		private final @Nullable Class<?> error;

		private String name = "";

		private KeyValues low = KeyValues.empty();

		private KeyValues high = KeyValues.empty();

		private Tags(String request, String host, @Nullable Integer status, @Nullable Class<?> error) {
			this.request = request;
			this.host = host;
			this.status = status;
			this.error = error;
		}

		static Tags of(PostgrestRequest request, String host, @Nullable Integer status, @Nullable Class<?> error) {
			Tags tags = new Tags(request.describe(), host, status, error);
			Tags known = KNOWN.get(tags);
			if (known != null) {
				return known;
			}
			tags.fill(request);
			if (KNOWN.size() < MOST_KNOWN) {
				KNOWN.put(tags, tags);
			}
			return tags;
		}

		private void fill(PostgrestRequest request) {
			String method = request.method().name();
			String path = request.path();
			this.name = "http " + method.toLowerCase(Locale.ROOT);
			this.low = KeyValues.of("client.name", this.host, "exception",
					(this.error != null) ? this.error.getSimpleName() : NONE, "method", method, "outcome", outcome(),
					"status", (this.status != null) ? this.status.toString() : "CLIENT_ERROR", "uri", path);
			this.high = KeyValues.of("http.url", path);
		}

		private String outcome() {
			HttpStatus.Series series = (this.status != null) ? HttpStatus.Series.resolve(this.status) : null;
			return (series == null) ? "UNKNOWN" : (series == HttpStatus.Series.SUCCESSFUL) ? "SUCCESS" : series.name();
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Tags tags && this.request.equals(tags.request) && this.host.equals(tags.host)
					&& Objects.equals(this.status, tags.status) && this.error == tags.error;
		}

		@Override
		public int hashCode() {
			return 31 * this.request.hashCode() + Objects.hashCode(this.status);
		}

	}

	private static final class WebClientConvention implements ObservationConvention<Exchange> {

		@Override
		public String getName() {
			return "http.client.requests";
		}

		@Override
		public String getContextualName(Exchange exchange) {
			return exchange.tags().name;
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return context instanceof Exchange;
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(Exchange exchange) {
			return exchange.tags().low;
		}

		@Override
		public KeyValues getHighCardinalityKeyValues(Exchange exchange) {
			return exchange.tags().high;
		}

	}

}
