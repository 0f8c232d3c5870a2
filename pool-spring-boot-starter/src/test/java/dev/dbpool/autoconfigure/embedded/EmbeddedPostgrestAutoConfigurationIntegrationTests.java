package dev.dbpool.autoconfigure.embedded;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePoolConnectionDetails;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The embedded stack as the server of an application that configures none.
 */
class EmbeddedPostgrestAutoConfigurationIntegrationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(EmbeddedPostgrestAutoConfiguration.class,
				DatabasePoolAutoConfiguration.class, WebClientAutoConfiguration.class))
		.withPropertyValues("db.pool.embedded.scripts=classpath:items.sql");

	@Test
	void startsWithTheApplicationAndEndsWithIt() {
		PostgrestServer[] server = new PostgrestServer[1];
		this.runner.run((context) -> {
			server[0] = context.getBean(PostgrestServer.class);
			PooledClient client = context.getBean(PooledClient.class);
			assertThat(client.blocking().from("items").select("*").eq("id", 7).list(Row.class)).hasSize(1);
			assertThat(context).hasSingleBean(DatabasePoolConnectionDetails.class);
			assertThat(client.asService()).isNotNull();
			assertThat(context.getBean(DatabasePools.class).adminUrl("default")).contains(server[0].adminUrl());
		});
		assertThat(server[0].postgrest().isRunning()).isFalse();
		assertThat(server[0].postgres().isRunning()).isFalse();
	}

	@Test
	void staysOutOfTheWayOfAUrl() {
		this.runner.withPropertyValues("db.pool.url=http://localhost:1", "db.pool.anon-key=none")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PostgrestServer.class));
		this.runner.withPropertyValues("SUPABASE_URL=http://localhost:1", "db.pool.anon-key=none")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PostgrestServer.class));
	}

	@Test
	void canBeSwitchedOff() {
		this.runner.withPropertyValues("db.pool.embedded.enabled=false")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("db.pool.url is not set"));
	}

	@Test
	void isNotNeededOnTheClassPath() {
		this.runner.withClassLoader(new FilteredClassLoader(EmbeddedPostgrest.class, PostgrestServer.class))
			.withPropertyValues("db.pool.url=http://localhost:1", "db.pool.anon-key=none")
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(PooledClient.class));
	}

}
