package dev.dbpool.autoconfigure.endpoint;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.codec.ServerSentEvent;

/**
 * Streams what {@link DatabasePoolEndpoint} shows, as server-sent events. Clients of the
 * same pool share one stream, so that each costs the application little more than its
 * connection.
 */
@EndpointWebExtension(endpoint = DatabasePoolEndpoint.class)
public final class DatabasePoolEndpointWebExtension {

	private static final Logger logger = LoggerFactory.getLogger(DatabasePoolEndpointWebExtension.class);

	private static final Duration STATE_EVERY = Duration.ofSeconds(1);

	private static final Duration DETAILS_EVERY = Duration.ofSeconds(3);

	private final DatabasePoolEndpoint endpoint;

	private final ApplicationContext context;

	private final JsonMapper mapper;

	private final Map<String, Flux<ServerSentEvent<String>>> streams = new ConcurrentHashMap<>();

	private final Sinks.Empty<Void> closed = Sinks.empty();

	DatabasePoolEndpointWebExtension(DatabasePoolEndpoint endpoint, ApplicationContext context, JsonMapper mapper) {
		this.endpoint = endpoint;
		this.context = context;
		this.mapper = mapper;
	}

	/**
	 * Streams the state of a pool until the client goes or the application is closed. The
	 * event {@code state} has the answers of the endpoint and of its view
	 * {@code connections}, the event {@code details} those of the views
	 * {@code operations} and {@code events}.
	 * @param view {@code live}
	 * @param pool name of the pool
	 * @return the events, or {@code null} if the view is another
	 */
	@ReadOperation(produces = "text/event-stream")
	public @Nullable Object live(@Selector String view, @Selector String pool) {
		if (!view.equals("live")) {
			return null;
		}
		this.endpoint.pools(pool);
		Flux<ServerSentEvent<String>> stream = this.streams.computeIfAbsent(pool, this::stream);
		// not a Flux, which actuator endpoints collect to a list
		return (Publisher<ServerSentEvent<String>>) stream.onBackpressureLatest()::subscribe;
	}

	private Flux<ServerSentEvent<String>> stream(String pool) {
		Flux<ServerSentEvent<String>> state = repeated("state", STATE_EVERY,
				() -> Map.of("state", this.endpoint.pools(pool), "connections", view("connections", pool)));
		Flux<ServerSentEvent<String>> details = repeated("details", DETAILS_EVERY,
				() -> Map.of("operations", view("operations", pool), "events", view("events", pool)));
		return Flux.merge(state, details).takeUntilOther(this.closed.asMono());
	}

	/**
	 * Returns events that all subscribers share, of which a late one gets the last.
	 */
	private Flux<ServerSentEvent<String>> repeated(String name, Duration period, Supplier<Object> data) {
		return Flux.interval(Duration.ZERO, period, Schedulers.boundedElastic())
			.onBackpressureDrop()
			.<ServerSentEvent<String>>handle((round, sink) -> event(name, data).ifPresent(sink::next))
			.replay(1)
			.refCount();
	}

	/**
	 * Returns an event, or none if it fails: an error would end the stream for good,
	 * since it would be replayed to each later subscriber.
	 */
	private Optional<ServerSentEvent<String>> event(String name, Supplier<Object> data) {
		try {
			return Optional.of(ServerSentEvent.builder(this.mapper.writeValueAsString(data.get())).event(name).build());
		}
		catch (RuntimeException ex) {
			logger.warn("The event '{}' of a stream is left out", name, ex);
			return Optional.empty();
		}
	}

	private Object view(String view, String pool) {
		Object found = this.endpoint.view(view, pool, null);
		if (found == null) {
			throw new IllegalStateException("No view " + view);
		}
		return found;
	}

	/**
	 * Ends the streams before the web server waits for its requests.
	 */
	@EventListener
	@Order(Ordered.HIGHEST_PRECEDENCE)
	void close(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.closed.tryEmitEmpty();
		}
	}

}
