package dev.dbpool.autoconfigure.web;

import java.util.List;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;
import jakarta.servlet.Filter;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of headers with the state of the pools on the application's own
 * answers, for the pools whose property {@code response-headers.enabled} is on.
 */
@AutoConfiguration(after = DatabasePoolAutoConfiguration.class)
@ConditionalOnWebApplication
public final class DatabasePoolHeadersAutoConfiguration {

	DatabasePoolHeadersAutoConfiguration() {
	}

	private static PoolHeaders headers(DatabasePools pools) {
		List<DatabasePool> shown = pools.all()
			.stream()
			.filter((pool) -> pool.properties().responseHeaders().enabled())
			.toList();
		return shown.isEmpty() ? PoolHeaders.NONE : PoolHeaders.ofState(shown);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.SERVLET)
	@ConditionalOnClass(Filter.class)
	static class ServletConfiguration {

		@Bean
		PoolHeadersFilter databasePoolHeadersFilter(DatabasePools pools) {
			return new PoolHeadersFilter(headers(pools));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.REACTIVE)
	static class ReactiveConfiguration {

		@Bean
		PoolHeadersWebFilter databasePoolHeadersFilter(DatabasePools pools) {
			return new PoolHeadersWebFilter(headers(pools));
		}

	}

}
