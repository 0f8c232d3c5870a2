package dev.dbpool.autoconfigure.tracing;

import java.util.Optional;

import java.util.function.Predicate;

import dev.dbpool.autoconfigure.PooledClientBuilderCustomizer;
import dev.dbpool.client.PooledClientBuilder;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.TracingObservationHandler.TracingContext;
import reactor.util.context.ContextView;

import org.springframework.beans.factory.ObjectProvider;

/**
 * Lets clients observe their operations if there is a tracer, and finds the trace that an
 * operation belongs to.
 */
final class TracedOperations implements PooledClientBuilderCustomizer {

	private final Predicate<String> enabled;

	private final ObjectProvider<Tracer> tracers;

	/**
	 * Creates a customizer.
	 * @param enabled whether the operations of a pool are traced
	 * @param tracers the tracer, if there is one
	 */
	TracedOperations(Predicate<String> enabled, ObjectProvider<Tracer> tracers) {
		this.enabled = enabled;
		this.tracers = tracers;
	}

	@Override
	public void customize(PooledClientBuilder builder) {
		Tracer tracer = this.tracers.getIfAvailable();
		if (tracer != null && this.enabled.test(builder.name())) {
			builder.observedOperations(true).traceId((subscriber) -> traceId(subscriber, tracer));
		}
	}

	/**
	 * Returns the trace of the observation that a subscriber brings along, or that of the
	 * thread.
	 */
	private static Optional<String> traceId(ContextView subscriber, Tracer tracer) {
		Observation observation = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		TracingContext traced = (observation != null) ? observation.getContextView().get(TracingContext.class) : null;
		Span span = (traced != null) ? traced.getSpan() : tracer.currentSpan();
		return Optional.ofNullable(span).map(Span::context).map(TraceContext::traceId).filter((id) -> !id.isEmpty());
	}

}
