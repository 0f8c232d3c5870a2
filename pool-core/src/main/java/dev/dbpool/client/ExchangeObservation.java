package dev.dbpool.client;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

import dev.dbpool.postgrest.http.PostgrestRequest;
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

	private final @Nullable Exchange exchange;

	private final Observation observation;

	private final AtomicBoolean ended = new AtomicBoolean();

	private ExchangeObservation(@Nullable Exchange exchange, Observation observation) {
		this.exchange = exchange;
		this.observation = observation;
	}

	/**
	 * Starts to observe an exchange.
	 * @param registry where observations go
	 * @param host the host of the server
	 * @param request the request
	 * @param subscriber the context of the subscriber, which may hold the observation
	 * that this one is a part of
	 * @param headers sets a header of the request
	 */
	static ExchangeObservation start(ObservationRegistry registry, String host, PostgrestRequest request,
			ContextView subscriber, BiConsumer<String, String> headers) {
		if (registry.isNoop()) {
			return NONE;
		}
		Exchange exchange = new Exchange(host, request, headers);
		Observation observation = Observation.createNotStarted(CONVENTION, () -> exchange, registry);
		Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent != null) {
			observation.parentObservation(parent);
		}
		return new ExchangeObservation(exchange, observation.start());
	}

	/**
	 * Observes the head of an answer.
	 */
	Mono<ClientHttpResponse> observe(Mono<ClientHttpResponse> answer) {
		return (this == NONE) ? answer
				: answer.doOnNext((head) -> answered(head.getStatusCode().value()))
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
	 */
	void answered(int status) {
		if (this.exchange != null) {
			this.exchange.setResponse(status);
		}
	}

	/**
	 * Ends it, with the answer or without one.
	 */
	void end() {
		if (this != NONE && this.ended.compareAndSet(false, true)) {
			this.observation.stop();
		}
	}

	/**
	 * Ends it with what broke the exchange off. The status of an error is no failure.
	 */
	void fail(Throwable failure) {
		if (this != NONE && this.ended.compareAndSet(false, true)) {
			this.observation.error(failure);
			this.observation.stop();
		}
	}

	/**
	 * What is known of an exchange.
	 */
	private static final class Exchange extends RequestReplySenderContext<BiConsumer<String, String>, Integer> {

		private final String host;

		private final PostgrestRequest request;

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

	}

	private static final class WebClientConvention implements ObservationConvention<Exchange> {

		private static final String NONE = "none";

		@Override
		public String getName() {
			return "http.client.requests";
		}

		@Override
		public String getContextualName(Exchange exchange) {
			return "http " + exchange.request.method().name().toLowerCase(Locale.ROOT);
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return context instanceof Exchange;
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(Exchange exchange) {
			Throwable error = exchange.getError();
			return KeyValues.of("client.name", exchange.host, "exception",
					(error != null) ? error.getClass().getSimpleName() : NONE, "method",
					exchange.request.method().name(), "outcome", outcome(exchange.getResponse()), "status",
					status(exchange.getResponse()), "uri", exchange.request.path());
		}

		private static String outcome(@Nullable Integer status) {
			HttpStatus.Series series = (status != null) ? HttpStatus.Series.resolve(status) : null;
			return (series == null) ? "UNKNOWN" : (series == HttpStatus.Series.SUCCESSFUL) ? "SUCCESS" : series.name();
		}

		private static String status(@Nullable Integer status) {
			return (status != null) ? status.toString() : "CLIENT_ERROR";
		}

		@Override
		public KeyValues getHighCardinalityKeyValues(Exchange exchange) {
			return KeyValues.of("http.url", exchange.request.path());
		}

	}

}
