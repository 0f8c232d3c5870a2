package dev.dbpool.autoconfigure.embedded;

import java.time.Duration;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePoolConnectionDetails;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.InvalidPoolConfigurationException;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.io.ClassPathResource;

import static org.springframework.util.ResourceUtils.CLASSPATH_URL_PREFIX;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of an embedded server, where no other one is configured. It starts
 * when something asks for it, which an application's own client does not.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class)
@ConditionalOnClass(EmbeddedPostgrest.class)
@ConditionalOnMissingBean(DatabasePoolConnectionDetails.class)
@Conditional(OnNoUrlCondition.class)
public final class EmbeddedPostgrestAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(EmbeddedPostgrestAutoConfiguration.class);

	EmbeddedPostgrestAutoConfiguration() {
	}

	/**
	 * Longer than the application takes to finish its requests and to drain the pool.
	 */
	private static final Duration SHUTDOWN_GRACE = Duration.ofMinutes(2);

	@Bean(destroyMethod = "close")
	@Lazy
	@ConditionalOnMissingBean
	PostgrestServer embeddedPostgrest(DatabasePoolProperties properties) {
		logger.warn("No db.pool.url is set: starting an embedded PostgreSQL and PostgREST on this machine. "
				+ "They are for development and tests only, and their data ends with the application");
		properties.embedded().scripts().forEach(EmbeddedPostgrestAutoConfiguration::checkScript);
		properties.embedded().schemas().forEach(EmbeddedPostgrestAutoConfiguration::checkSchema);
		return EmbeddedPostgrest.builder()
			.script(properties.embedded().scripts().toArray(String[]::new))
			.schemas(properties.embedded().schemas().toArray(String[]::new))
			.shutdownGrace(SHUTDOWN_GRACE)
			.start();
	}

	private static void checkScript(String script) {
		String path = script.startsWith(CLASSPATH_URL_PREFIX) ? script.substring(CLASSPATH_URL_PREFIX.length())
				: script;
		if (path.isBlank() || !new ClassPathResource(path).exists()) {
			throw new InvalidPoolConfigurationException(
					"db.pool.embedded.scripts names '" + script + "', which is not on the class path.",
					"Correct the name, or put the script below src/main/resources or src/test/resources.");
		}
	}

	private static void checkSchema(String schema) {
		if (!schema.matches("[^\\s,;\"']+")) {
			throw new InvalidPoolConfigurationException(
					"db.pool.embedded.schemas names '" + schema + "', which is not the name of a schema.",
					"Set it to names without quotes and blanks, such as 'public,shop'.");
		}
	}

	@Bean
	@Lazy
	EmbeddedConnectionDetails databasePoolConnectionDetails(PostgrestServer server) {
		return new EmbeddedConnectionDetails(server);
	}

}
