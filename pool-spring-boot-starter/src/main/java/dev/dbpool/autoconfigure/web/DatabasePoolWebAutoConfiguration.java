package dev.dbpool.autoconfigure.web;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of problem details (RFC 9457) for failures of a pool that the
 * application does not handle. A pool's failures are answered unless its property
 * {@code problem-details.enabled} is off.
 */
@AutoConfiguration(after = DatabasePoolAutoConfiguration.class)
@ConditionalOnWebApplication
public final class DatabasePoolWebAutoConfiguration {

	DatabasePoolWebAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	PoolFailureAdvice databasePoolFailureAdvice(DatabasePools pools) {
		return new PoolFailureAdvice((pool) -> pools.properties(pool).problemDetails().enabled());
	}

}
