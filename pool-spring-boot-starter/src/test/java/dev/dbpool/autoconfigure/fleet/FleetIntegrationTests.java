package dev.dbpool.autoconfigure.fleet;

import java.time.Duration;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.Lane;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Two instances of an application on real PostgREST, with Spring Boot's Redis.
 */
@Tag("long")
class FleetIntegrationTests {

	/** So long that a pause of this process counts for nothing. */
	private static final String LEASE = "db.pool.fleet.lease=8s";

	private final PostgrestServer server = TestServers.running();

	private TestApplication application(RedisServer redis) {
		return TestApplication.web(this.server, "spring.application.name=shop",
				"spring.data.redis.port=" + redis.port(), "db.pool.max-connections=10",
				"db.pool.fleet.max-connections=6", LEASE);
	}

	@Test
	void instancesShareTheMaximumAndShowTheirShares() {
		try (RedisServer redis = RedisServer.start(); TestApplication first = application(redis)) {
			assertThat(read(first)).as("a call that waits for the share").isEqualTo(1);
			await().until(() -> max(first) == 6);
			try (TestApplication second = application(redis)) {
				await().until(() -> max(first) == 3 && max(second) == 3);
				assertThat(read(first)).isEqualTo(1);
				assertThat(read(second)).isEqualTo(1);
				await().untilAsserted(() -> assertThat(second.get("/actuator/health/databasePool").body()).contains(
						"\"fleet\":{\"name\":\"shop:default\",\"state\":\"MEMBER\",\"maxConnections\":6,\"share\":3,"
								+ "\"target\":3,\"held\":3,\"members\":2,\"heldByAll\":6,"));
				await().untilAsserted(() -> {
					assertThat(second.get("/actuator/databasepool").body()).contains(
							"\"fleet\":{\"fleet\":\"shop:default\",\"state\":\"MEMBER\",\"budget\":6,\"share\":3,");
					assertThat(meter(second, "share")).contains("\"value\":3.0");
					assertThat(meter(second, "members")).contains("\"value\":2.0");
					assertThat(meter(second, "connected")).contains("\"value\":1.0");
				});
			}
			await().until(() -> max(first) == 6);
		}
	}

	@Test
	void eventsShowWhenAnInstanceJoinsAndItsShareChangesAndWhenRedisIsLostAndBack() {
		try (RedisServer redis = RedisServer.start(); TestApplication first = application(redis)) {
			awaitEvent(first, "may open 6 connections of fleet 'shop:default', 0 before: 1 instance share 6");
			try (TestApplication second = application(redis)) {
				awaitEvent(second, "of fleet 'shop:default', 0 before: 2 instances share 6");
				awaitEvent(first, "may open 3 connections of fleet 'shop:default', 6 before: 2 instances share 6");
				redis.kill();
				awaitEvent(first, "cannot renew its share of fleet 'shop:default' and keeps ");
				redis.startAgain();
				awaitEvent(first, "has renewed its share of fleet 'shop:default' again after ");
			}
		}
	}

	private static void awaitEvent(TestApplication application, String message) {
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(application.get("/actuator/databasepool/events").body())
				.contains("\"type\":\"FLEET\"", message));
	}

	private static int max(TestApplication application) {
		return application.client().pool(Lane.READ).snapshot().max()
				+ application.client().pool(Lane.WRITE).snapshot().max();
	}

	private static int read(TestApplication application) {
		return application.client().blocking().from("items").select("id").eq("id", 1).list(Row.class).size();
	}

	private static String meter(TestApplication application, String name) {
		return application.get("/actuator/metrics/dbpool.fleet." + name + "?tag=pool:default").body();
	}

}
