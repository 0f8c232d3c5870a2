package dev.dbpool.autoconfigure;

import java.net.URI;
import java.util.List;
import java.util.function.UnaryOperator;

import dev.dbpool.client.ExchangeMode;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.PooledClientBuilder;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Configures the builders of an application's own clients as those of the auto-configured
 * ones are: with the properties, and with the interceptors, listeners and customizers of
 * the application.
 */
public final class PooledClientBuilderConfigurer {

	private final DatabasePools pools;

	private final BeanFactory beans;

	PooledClientBuilderConfigurer(DatabasePools pools, BeanFactory beans) {
		this.pools = pools;
		this.beans = beans;
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
			.http2(properties.http2())
			.laneSharing(properties.laneSharing())
			.concurrencyLimit(properties.concurrencyLimit())
			.backgroundShare(properties.backgroundShare())
			.readEndpoints(readEndpoints(configuration))
			.readEndpointOptions((url, options) -> options.listener(replicaListener(pool, url)))
			.leakStackTraces(properties.leakStackTraces())
			.sendRetryCount(properties.sendRetryCount())
			.coalescedReads(properties.coalesceReads())
			.batchedReads(properties.batching().enabled())
			.maxBatchSize(properties.batching().maxSize())
			.maxBatchesInFlight(properties.batching().maxInFlight())
			.webClient(webClient().codecs(new CodecLimit(properties.maxInMemorySize())));
		this.beans.getBeanProvider(ReactorResourceFactory.class)
			.ifAvailable((resources) -> builder.loopResources(resources.getLoopResources()));
		this.beans.getBeanProvider(CircuitBreakerRegistry.class)
			.ifAvailable((registry) -> builder.readEndpointBreakers(
					(number, config) -> registry.circuitBreaker(PoolInstances.replica(pool, number), config)));
		this.beans.getBeanProvider(ObservationRegistry.class).ifAvailable(builder::observationRegistry);
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
		this.beans.getBeanProvider(PooledClientBuilderCustomizer.class)
			.orderedStream()
			.forEach((customizer) -> customizer.customize(builder));
		return builder;
	}

	/**
	 * Returns a copy of the application's builder. If it has several and none is primary,
	 * such as one that balances load, returns what Spring Boot's would be.
	 */
	private WebClient.Builder webClient() {
		WebClient.Builder builder = this.beans.getBeanProvider(WebClient.Builder.class).getIfUnique();
		if (builder != null) {
			return builder.clone();
		}
		WebClient.Builder own = WebClient.builder();
		this.beans.getBeanProvider(WebClientCustomizer.class)
			.orderedStream()
			.forEach((customizer) -> customizer.customize(own));
		return own;
	}

	private static List<URI> readEndpoints(PoolConfiguration pool) {
		String restPathProperty = pool.property("rest-path");
		String restPath = ServerUrl.restPath(restPathProperty, pool.properties().restPath());
		return pool.properties()
			.read()
			.endpoints()
			.stream()
			.map((url) -> ServerUrl.parse(pool.property("read.endpoints"), url, restPathProperty, restPath))
			.toList();
	}

	List<OperationInterceptor> interceptors() {
		return this.beans.getBeanProvider(OperationInterceptor.class).orderedStream().toList();
	}

	List<OperationListener> listeners() {
		return this.beans.getBeanProvider(OperationListener.class).orderedStream().toList();
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
				.queueDiscipline(properties.queueDiscipline())
				.queueInterval(properties.queueInterval())
				.queueTarget(properties.queueTarget())
				.leakDetectionTimeout(properties.leakDetectionTimeout())
				.leakAction(properties.leakAction())
				.listener(listener);
			Integer maxPending = properties.maxPending();
			return (maxPending != null) ? options.maxPending(maxPending) : options;
		};
	}

	private PoolListener poolListener(String pool, Lane lane) {
		return PoolListener.all(this.beans.getBeanProvider(LanePoolListener.class)
			.orderedStream()
			.map((listener) -> listener.forLane(pool, lane))
			.toList());
	}

	private PoolListener replicaListener(String pool, URI replica) {
		return PoolListener.all(this.beans.getBeanProvider(LanePoolListener.class)
			.orderedStream()
			.map((listener) -> listener.forReadEndpoint(pool, replica))
			.toList());
	}

}
