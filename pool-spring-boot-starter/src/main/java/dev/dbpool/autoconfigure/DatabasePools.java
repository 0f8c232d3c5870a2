package dev.dbpool.autoconfigure;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.ConnectionPool;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.SimpleAutowireCandidateResolver;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * The pools of the application: one for each {@link PooledClient} bean, configured or its
 * own.
 */
public final class DatabasePools {

	private final ConfigurableListableBeanFactory beanFactory;

	private final PoolConfiguration defaultPool;

	private final Map<String, PoolConfiguration> namedPools = new LinkedHashMap<>();

	private final Map<String, URI> adminUrls = new ConcurrentHashMap<>();

	/** The pools of clients of a parent context. */
	private final Set<ConnectionPool<?>> inherited = ConcurrentHashMap.newKeySet();

	private final Sinks.Empty<Void> closing = Sinks.empty();

	private volatile @Nullable List<DatabasePool> all;

	DatabasePools(ConfigurableListableBeanFactory beanFactory, DatabasePoolProperties properties,
			Environment environment) {
		this.beanFactory = beanFactory;
		this.defaultPool = PoolConfiguration.ofDefault(properties);
		PoolNames.checkNothingWithoutName(environment);
		for (String name : PoolNames.named(environment)) {
			PoolNames.validate(name);
			this.namedPools.put(name,
					new PoolConfiguration(name, PoolBinder.bind(environment, PoolConfiguration.prefix(name))));
		}
	}

	/**
	 * Returns what is configured for a pool.
	 * @param pool name of the pool
	 * @return the properties below {@code db.pools.<name>} if there are any, else those
	 * below {@code db.pool}
	 */
	public DatabasePoolProperties properties(String pool) {
		return configuration(pool).properties();
	}

	/**
	 * Returns the full name of a property of a pool, as messages show it.
	 * @param pool name of the pool
	 * @param property the name below the prefix, such as {@code max-connections}
	 * @return the full name, such as {@code db.pool.max-connections}
	 */
	public String property(String pool, String property) {
		return configuration(pool).property(property);
	}

	/**
	 * Returns the URL of the admin server of a pool's PostgREST, as its connection
	 * details or its own properties name it.
	 * @param pool name of the pool
	 * @return the URL without a slash at its end, if it is known
	 */
	public Optional<URI> adminUrl(String pool) {
		PoolConfiguration configuration = configuration(pool);
		String configured = configuration.properties().adminUrl();
		URI known = this.adminUrls.get(pool);
		if (known == null && configuration.pool().equals(pool) && StringUtils.hasText(configured)) {
			return Optional.of(ServerUrl.admin(configuration.property("admin-url"), configured));
		}
		return Optional.ofNullable(known);
	}

	/**
	 * Sets the URL of the admin server that connection details name.
	 */
	void adminUrl(String pool, URI url) {
		this.adminUrls.put(pool, url);
	}

	PoolConfiguration configuration(String pool) {
		return this.namedPools.getOrDefault(pool, this.defaultPool);
	}

	/**
	 * Returns all pools. Creates their clients. Beans that are mocks, or further views of
	 * a client, are left out.
	 * @return the pools, in order of their beans
	 */
	public List<DatabasePool> all() {
		List<DatabasePool> found = this.all;
		if (found == null) {
			found = find();
			this.all = found;
		}
		return found;
	}

	/**
	 * Returns the pools to close with the application context: not those of its parent.
	 */
	List<DatabasePool> ofContext() {
		return all().stream().filter((pool) -> !this.inherited.contains(pool.client().pool(Lane.READ))).toList();
	}

	/**
	 * Returns a signal for waits of operations that hold no connection, such as the wait
	 * before a retry: the operation should end then.
	 * @return completes when the pools have begun to close
	 */
	public Mono<Void> closing() {
		return this.closing.asMono();
	}

	void beginClosing() {
		this.closing.tryEmitEmpty();
	}

	private List<DatabasePool> find() {
		Map<String, String> beans = new LinkedHashMap<>();
		Set<Object> known = Collections.newSetFromMap(new IdentityHashMap<>());
		List<DatabasePool> pools = new ArrayList<>();
		SimpleAutowireCandidateResolver.resolveAutowireCandidates(this.beanFactory, PooledClient.class, false, true)
			.forEach((bean, client) -> {
				if (!isReal(client)) {
					return;
				}
				if (!this.beanFactory.containsLocalBean(bean)) {
					this.inherited.add(client.pool(Lane.READ));
				}
				if (known.add(client.pool(Lane.READ))) {
					String name = PoolNames.ofBean(bean);
					checkIsNew(name, bean, beans.put(name, bean));
					PoolConfiguration configuration = configuration(name);
					pools.add(new DatabasePool(name, client, configuration.properties(), configuration.prefix()));
				}
			});
		return List.copyOf(pools);
	}

	private static void checkIsNew(String name, String bean, @Nullable String other) {
		if (other != null) {
			throw new InvalidPoolConfigurationException(
					"The beans '%s' and '%s' are both clients of a pool called '%s'.".formatted(other, bean, name),
					"Rename one of the beans. The name of a pool is that of its bean without 'PooledClient' at its end.");
		}
	}

	/**
	 * Whether a client has pools, which a mock has not.
	 */
	@SuppressWarnings("ConstantValue")
	private static boolean isReal(PooledClient client) {
		return client.pool(Lane.READ) != null && client.keys() != null && client.restRoot() != null;
	}

}
