package dev.dbpool.autoconfigure.fleet;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.activity.PoolEvents;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.jspecify.annotations.Nullable;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of the shares of pools that have the property
 * {@code fleet.max-connections}. They are kept in Redis, by the application's own
 * connection factory, unless there is a {@link FleetBudget} bean.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class,
		afterName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
public final class DatabasePoolFleetAutoConfiguration {

	DatabasePoolFleetAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	FleetShares databasePoolFleetShares(DatabasePools pools, Environment environment,
			ObjectProvider<FleetBudget> budgets, ObjectProvider<PoolEvents> events) {
		return new FleetShares(pools, environment, budgets, events);
	}

	/**
	 * Made only if a pool belongs to a fleet.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(StringRedisTemplate.class)
	@ConditionalOnSingleCandidate(RedisConnectionFactory.class)
	@ImportRuntimeHints(ScriptHints.class)
	static class RedisConfiguration {

		@Bean
		@Lazy
		@ConditionalOnMissingBean(FleetBudget.class)
		RedisFleetBudget databasePoolRedisFleetBudget(RedisConnectionFactory connections) {
			return new RedisFleetBudget(connections);
		}

	}

	static final class ScriptHints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.resources().registerPattern("dev/dbpool/autoconfigure/fleet/renew.lua");
		}

	}

}
