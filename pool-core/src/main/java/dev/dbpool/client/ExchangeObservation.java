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
import reactor.util.context.ContextView;

import org.springframework.http.HttpStatus;

/**
 * Observes one exchange by the name and with the tags that Spring's {@code WebClient} has
 * for it by default, and passes the trace on in its headers. Ends once.
 */
final class ExchangeObservation {

	private static final ObservationConvention<Exchange> CONVENTION = new WebClientConvention();

	private final Exchange exchange;

	private final Observation observation;

	private final AtomicBoolean ended = new AtomicBoolean();

	private ExchangeObservation(Exchange exchange, Observation observation) {
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
	 * @return the observation, or {@code null} if nothing is observed
	 */
	static @Nullable ExchangeObservation start(ObservationRegistry registry, String host, PostgrestRequest request,
			ContextView subscriber, BiConsumer<String, String> headers) {
		if (registry.isNoop()) {
			return null;
		}
		Exchange exchange = new Exchange(host, request, headers);
		Observation observation = Observation.createNotStarted(CONVENTION, () -> exchange, registry);
		Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent != null) {
			observation.parentObservation(parent);
		}
		observation.start();
		return new ExchangeObservation(exchange, observation);
	}

	/**
	 * Notes the status of the answer.
	 */
	void answered(int status) {
		this.exchange.setResponse(status);
	}

	/**
	 * Ends it after the answer, or without one if the exchange was cancelled.
	 */
	void end() {
		if (this.ended.compareAndSet(false, true)) {
			this.observation.stop();
		}
	}

	/**
	 * Ends it with what has failed.
	 */
	void fail(Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
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
