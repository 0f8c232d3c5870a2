package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import reactor.util.context.ContextView;

/**
 * Observes the wait of an observed operation for a connection, as its child. Ends once.
 */
final class QueueObservation {

	/** Observes nothing. */
	static final QueueObservation NONE = new QueueObservation(Observation.NOOP);

	private final Observation observation;

	private final AtomicBoolean ended = new AtomicBoolean();

	private QueueObservation(Observation observation) {
		this.observation = observation;
	}

	/**
	 * Starts to observe, if the subscriber is an observed operation.
	 */
	static QueueObservation start(ContextView subscriber) {
		Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent == null || !(parent.getContextView() instanceof OperationObservation.Observed operation)) {
			return NONE;
		}
		return new QueueObservation(Observation.createNotStarted("dbpool.queue", operation.registry())
			.contextualName("wait for a connection")
			.lowCardinalityKeyValue("pool", operation.operation().pool())
			.lowCardinalityKeyValue("lane", operation.operation().lane().id())
			.parentObservation(parent)
			.start());
	}

	void end() {
		if (this != NONE && this.ended.compareAndSet(false, true)) {
			this.observation.stop();
		}
	}

	void fail(Throwable failure) {
		if (this != NONE && this.ended.compareAndSet(false, true)) {
			this.observation.error(failure);
			this.observation.stop();
		}
	}

}
