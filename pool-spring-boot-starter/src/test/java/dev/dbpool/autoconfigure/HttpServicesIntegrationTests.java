package dev.dbpool.autoconfigure;

import java.util.List;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.service.HttpServiceClientPropertiesAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.service.ReactiveHttpServiceClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("long")
class HttpServicesIntegrationTests {

	private final PostgrestServer server = TestServers.running();

	@Test
	void importedHttpServicesRunOnThePool() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class,
				WebClientAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class,
				HttpServiceClientPropertiesAutoConfiguration.class, ReactiveHttpServiceClientAutoConfiguration.class))
			.withUserConfiguration(HttpServices.class)
			.withPropertyValues("db.pool.url=" + this.server.url(), "db.pool.rest-path=/",
					"db.pool.anon-key=" + this.server.anonKey(), "db.pool.min-connections=0")
			.run((context) -> {
				assertThat(context.getBean(Items.class).find("eq.7")).containsExactly(new Item(7, "item 7"));
				assertThat(context.getBean(PooledClient.class).pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
			});
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "database", types = Items.class, clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class HttpServices {

		@Bean
		WebClientHttpServiceGroupConfigurer databaseGroup(PooledClient client) {
			return (groups) -> groups.filterByName("database")
				.forEachClient((group, builder) -> client.configure(builder));
		}

	}

	interface Items {

		@GetExchange("/items")
		List<Item> find(@RequestParam String id);

	}

	record Item(int id, String name) {

	}

}
