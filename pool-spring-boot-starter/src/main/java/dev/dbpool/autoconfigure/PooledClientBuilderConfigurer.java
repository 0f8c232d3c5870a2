package dev.dbpool.autoconfigure;

import java.util.List;
import java.util.function.UnaryOperator;

import dev.dbpool.client.ExchangeMode;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.PooledClientBuilder;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Configures the builders of an application's own clients as those of the auto-configured
 * ones are: with the properties, and with the interceptors, listeners and customizers of
 * the application.
 */
public final class PooledClientBuilderConfigurer {

	private final DatabasePools pools;

	private final ObjectProvider<WebClient.Builder> webClient;

	private final ObjectProvider<ReactorResourceFactory> reactorResources;

	private final ObjectProvider<ObservationRegistry> observations;

	private final ObjectProvider<OperationInterceptor> interceptors;

	private final ObjectProvider<OperationListener> listeners;

	private final ObjectProvider<LanePoolListener> poolListeners;

	private final ObjectProvider<PooledClientBuilderCustomizer> customizers;

	PooledClientBuilderConfigurer(DatabasePools pools, ObjectProvider<WebClient.Builder> webClient,
			ObjectProvider<ReactorResourceFactory> reactorResources, ObjectProvider<ObservationRegistry> observations,
			ObjectProvider<OperationInterceptor> interceptors, ObjectProvider<OperationListener> listeners,
			ObjectProvider<LanePoolListener> poolListeners, ObjectProvider<PooledClientBuilderCustomizer> customizers) {
		this.pools = pools;
		this.webClient = webClient;
		this.reactorResources = reactorResources;
		this.observations = observations;
		this.interceptors = interceptors;
		this.listeners = listeners;
		this.poolListeners = poolListeners;
		this.customizers = customizers;
	}

	/**
	 * Configures a builder whose URL, REST path and keys are set. What is set afterwards
	 * takes precedence.
	 * @param builder the builder
	 * @param pool name of the pool, which must be that of its bean without
	 * {@code PooledClient} at its end
	 * @return the same builder
	 */
	public PooledClientBuilder configure(PooledClientBuilder builder, String pool) {
		PoolConfiguration configuration = this.pools.configuration(pool);
		PoolPropertiesValidator.validate(configuration);
		DatabasePoolProperties properties = configuration.properties();
		builder.name(pool)
			.propertyPrefix(configuration.prefix())
			.schema(properties.schema())
			.connectTimeout(properties.connectTimeout())
			.requestTimeout(properties.requestTimeout())
			.operationTimeout(properties.operationTimeout())
			.maxAnswerSize(properties.maxAnswerSize())
			.columnNaming(properties.columnNaming())
			.sendRetryCount(properties.sendRetryCount())
			.batchedReads(properties.batching().enabled())
			.maxBatchSize(properties.batching().maxSize())
			.maxBatchesInFlight(properties.batching().maxInFlight())
			.webClient(this.webClient.getIfAvailable(WebClient::builder)
				.clone()
				.codecs(new CodecLimit(properties.maxInMemorySize())));
		this.reactorResources.ifAvailable((resources) -> builder.loopResources(resources.getLoopResources()));
		this.observations.ifAvailable(builder::observationRegistry);
		ExchangeMode exchange = properties.exchange();
		if (exchange != null) {
			builder.exchange(exchange);
		}
		interceptors().forEach(builder::interceptor);
		listeners().forEach(builder::listener);
		LaneSizes sizes = LaneSizes.of(configuration);
		for (Lane lane : Lane.values()) {
			builder.lane(lane, options(configuration, sizes.of(lane), poolListener(pool, lane)));
		}
		this.customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder;
	}

	List<OperationInterceptor> interceptors() {
		return this.interceptors.orderedStream().toList();
	}

	List<OperationListener> listeners() {
		return this.listeners.orderedStream().toList();
	}

	private static UnaryOperator<PoolOptions.Builder> options(PoolConfiguration pool, LaneSizes.Size size,
			PoolListener listener) {
		DatabasePoolProperties properties = pool.properties();
		return (options) -> {
			options.minConnections(size.min())
				.maxConnections(size.max())
				.maxConnectionsName(pool.property("max-connections"))
				.acquireTimeout(properties.connectionTimeout())
				.releaseTimeout(properties.releaseTimeout())
				.idleTimeout(properties.idleTimeout())
				.maxLifetime(properties.maxLifetime())
				.keepAliveInterval(properties.keepAliveInterval())
				.connectionChoice(properties.connectionChoice())
				.leakDetectionTimeout(properties.leakDetectionTimeout())
				.leakAction(properties.leakAction())
				.listener(listener);
			Integer maxPending = properties.maxPending();
			return (maxPending != null) ? options.maxPending(maxPending) : options;
		};
	}

	private PoolListener poolListener(String pool, Lane lane) {
		return PoolListener
			.all(this.poolListeners.orderedStream().map((listener) -> listener.forLane(pool, lane)).toList());
	}

}
