package dev.dbpool.autoconfigure.fleet;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.ConnectionPool;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Tag("slow")
class DatabasePoolFleetAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class, WebClientAutoConfiguration.class,
				DatabasePoolFleetAutoConfiguration.class, DataRedisAutoConfiguration.class))
		.withPropertyValues("db.pool.url=http://localhost:1", "db.pool.anon-key=none", "spring.application.name=shop");

	@Test
	void withoutThePropertyPoolsAreNotRestrictedAndRedisIsNotUsed() {
		this.runner.run((context) -> {
			assertThat(context.getBean(PooledClient.class).pool(Lane.READ).snapshot().max()).isEqualTo(10);
			assertThat(context.getBean(FleetShares.class).of("default")).isEmpty();
			assertThat(context.getBeanFactory().containsSingleton("databasePoolRedisFleetBudget")).isFalse();
		});
	}

	@Test
	void withoutSpringDataRedisPoolsWorkAsTheyDid() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.data.redis", "io.lettuce"))
			.run((context) -> assertThat(context.getBean(PooledClient.class).pool(Lane.READ).snapshot().max())
				.isEqualTo(10));
	}

	@Test
	void withoutSpringDataRedisStartupFailsWithTheProperty() {
		this.runner.withClassLoader(new FilteredClassLoader(StringRedisTemplate.class))
			.withPropertyValues("db.pool.fleet.max-connections=20")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessage("db.pool.fleet.max-connections is 20, but Spring Data Redis is not on the class path. "
						+ "Add spring-boot-starter-data-redis and set spring.data.redis.host, "
						+ "define a bean of type FleetBudget, or leave the property out."));
	}

	@Test
	void withoutAConnectionFactoryStartupFailsWithTheProperty() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class,
					WebClientAutoConfiguration.class, DatabasePoolFleetAutoConfiguration.class))
			.withPropertyValues("db.pools.orders.url=http://localhost:1", "db.pools.orders.anon-key=none",
					"db.pools.orders.fleet.name=orders", "db.pools.orders.fleet.max-connections=20")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageStartingWith("db.pools.orders.fleet.max-connections is 20, but there is no single or primary"
						+ " bean of type RedisConnectionFactory. Add"));
	}

	@Test
	void aFleetNeedsAName() {
		this.runner.withBean(FleetBudget.class, StubBudget::new)
			.withPropertyValues("db.pool.fleet.max-connections=20", "spring.application.name=")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessage("db.pool.fleet.max-connections is set, but the instances that share it have no name in"
						+ " common. Set spring.application.name, or db.pool.fleet.name to a name of the fleet."));
	}

	@Test
	void theShareIsRenewedByTheApplicationsOwnBudgetUntilThePoolIsClosed() {
		StubBudget budget = new StubBudget();
		this.runner.withBean(FleetBudget.class, () -> budget)
			.withPropertyValues("db.pool.fleet.max-connections=20", "db.pool.fleet.lease=1s")
			.run((context) -> {
				ConnectionPool<?> pool = context.getBean(PooledClient.class).pool(Lane.READ);
				await().until(() -> pool.snapshot().max() == 3);
				assertThat(pool.size()).isEqualTo(10);
				await().until(() -> budget.claims.size() > 2);
				assertThat(budget.claims.get(0).fleet()).isEqualTo("shop:default");
				assertThat(budget.left).isEmpty();
			});
		assertThat(budget.left).hasSize(1);
		assertThat(budget.claims).extracting(FleetBudget.Claim::member).containsOnly(budget.left.get(0));
	}

	@Test
	void springBootsConnectionFactoryIsUsed() {
		try (RedisServer redis = RedisServer.start()) {
			this.runner
				.withPropertyValues("db.pool.fleet.max-connections=8", "db.pool.fleet.lease=1s",
						"db.pool.fleet.name=all", "spring.data.redis.port=" + redis.port())
				.run((context) -> {
					ConnectionPool<?> pool = context.getBean(PooledClient.class).pool(Lane.READ);
					await().until(() -> pool.snapshot().max() == 4);
					StringRedisTemplate keys = new StringRedisTemplate(context.getBean(RedisConnectionFactory.class));
					assertThat(keys.keys("*")).containsExactlyInAnyOrder("dbpool:fleet:{all}:claims",
							"dbpool:fleet:{all}:deadlines");
				});
		}
	}

	private static final class StubBudget implements FleetBudget {

		private final List<Claim> claims = new CopyOnWriteArrayList<>();

		private final List<String> left = new CopyOnWriteArrayList<>();

		@Override
		public Grant renew(Claim claim) {
			this.claims.add(claim);
			return new Grant(6, 6, 1, 6);
		}

		@Override
		public void leave(String fleet, String member) {
			this.left.add(member);
		}

	}

}
