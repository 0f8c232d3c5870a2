package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockingDetails;

/**
 * An application with the actuator starts with a mock in the place of its client.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = { "db.pool.url=http://localhost:1", "db.pool.anon-key=none" })
@Tag("slow")
class MockedClientTests {

	@MockitoBean
	private PooledClient client;

	@Test
	void applicationStartsWithAMockedClient(@Autowired PooledClient injected, @Autowired DatabasePools pools) {
		assertThat(injected).isSameAs(this.client);
		assertThat(mockingDetails(injected).isMock()).isTrue();
		assertThat(pools.all()).isEmpty();
	}

	@Test
	void applicationStartsWithABeanThatIsAMock() {
		PooledClient mock = mock(PooledClient.class);
		new ApplicationContextRunner().withUserConfiguration(Main.class)
			.withBean(PooledClient.class, () -> mock)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(PooledClient.class)).isSameAs(mock);
				assertThat(context.getBean(DatabasePools.class).all()).isEmpty();
			});
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Main {

	}

}
