package dev.dbpool.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import reactor.netty.resources.LoopResources;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Puts a client together from the properties and the beans that take part in it.
 */
final class PooledClientAssembly {

	private final PoolConfiguration pool;

	private final DatabasePoolProperties properties;

	private final PooledClientBuilder builder;

	private List<LanePoolListener> poolListeners = new ArrayList<>();

	PooledClientAssembly(PoolConfiguration pool, DatabasePoolConnectionDetails details) {
		PoolPropertiesValidator.validate(pool);
		this.pool = pool;
		this.properties = pool.properties();
		this.builder = PooledClient.builder(details.getUrl(), keys(details))
			.urlName(pool.property("url"))
			.restPath(details.getRestPath())
			.schema(this.properties.schema())
			.connectTimeout(this.properties.connectTimeout())
			.requestTimeout(this.properties.requestTimeout())
			.sendRetryCount(this.properties.sendRetryCount());
	}

	private static ApiKeys keys(DatabasePoolConnectionDetails details) {
		String anonKey = details.getAnonKey();
		return (anonKey != null) ? ApiKeys.of(anonKey, details.getServiceRoleKey())
				: ApiKeys.withoutAnonKey(details.getServiceRoleKey());
	}

	void webClient(WebClient.Builder webClient) {
		this.builder.webClient(webClient.clone().codecs(new CodecLimit(this.properties.maxInMemorySize())));
	}

	void loopResources(LoopResources loopResources) {
		this.builder.loopResources(loopResources);
	}

	void interceptors(List<OperationInterceptor> interceptors) {
		interceptors.forEach(this.builder::interceptor);
	}

	void listeners(List<OperationListener> listeners) {
		listeners.forEach(this.builder::listener);
	}

	void poolListeners(List<LanePoolListener> poolListeners) {
		this.poolListeners = poolListeners;
	}

	PooledClient build(List<PooledClientBuilderCustomizer> customizers) {
		LaneSizes sizes = LaneSizes.of(this.pool);
		for (Lane lane : Lane.values()) {
			this.builder.lane(lane, options(sizes.of(lane), listener(lane)));
		}
		customizers.forEach((customizer) -> customizer.customize(this.builder));
		return this.builder.build();
	}

	private UnaryOperator<PoolOptions.Builder> options(LaneSizes.Size size, PoolListener listener) {
		return (options) -> {
			options.minConnections(size.min())
				.maxConnections(size.max())
				.maxConnectionsName(this.pool.property("max-connections"))
				.acquireTimeout(this.properties.connectionTimeout())
				.releaseTimeout(this.properties.releaseTimeout())
				.idleTimeout(this.properties.idleTimeout())
				.maxLifetime(this.properties.maxLifetime())
				.keepAliveInterval(this.properties.keepAliveInterval())
				.connectionChoice(this.properties.connectionChoice())
				.leakDetectionTimeout(this.properties.leakDetectionTimeout())
				.leakAction(this.properties.leakAction())
				.listener(listener);
			Integer maxPending = this.properties.maxPending();
			return (maxPending != null) ? options.maxPending(maxPending) : options;
		};
	}

	private PoolListener listener(Lane lane) {
		return PoolListener.all(this.poolListeners.stream().map((listener) -> listener.forLane(lane)).toList());
	}

}
