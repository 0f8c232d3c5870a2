package dev.dbpool.autoconfigure;

import dev.dbpool.autoconfigure.alert.PoolAlert;
import dev.dbpool.autoconfigure.alert.PoolAlerts;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application whose reads go to replicas.
 */
class ReadEndpointsIntegrationTests {

	private final PostgrestServer server = TestServers.running();

	@Test
	void readsGoToTheReplicasOfThePropertiesWhichHealthAndResetShow() {
		try (FaultProxy first = FaultProxy.to(this.server.url());
				FaultProxy second = FaultProxy.to(this.server.url());
				TestApplication application = TestApplication.web(this.server,
						"management.endpoint.databasepool.access=unrestricted", "db.pool.alerts.delay=0",
						"db.pool.read.endpoints=" + first.url() + "," + second.url())) {
			await().untilAsserted(() -> {
				read(application);
				assertThat(application.client().readEndpoints())
					.allSatisfy((replica) -> assertThat(replica.pool().snapshot().acquired()).isPositive());
			});
			assertThat(health(application)).contains("{\"endpoint\":\"" + first.url() + "\",\"available\":true",
					"{\"endpoint\":\"" + second.url() + "\",\"available\":true");
			assertThat(reset(application)).contains(", replica 127.0.0.1:" + first.port() + ": ",
					", replica 127.0.0.1:" + second.port() + ": ");

			assertThat(meter(application, "dbpool.replicas.available", first)).contains("\"value\":1.0");
			assertThat(meter(application, "dbpool.replicas.leases", second)).doesNotContain("\"value\":0.0");
			await()
				.untilAsserted(() -> assertThat(application.get("/actuator/metrics/dbpool.open?tag=lane:read").body())
					.as("connections of the primary")
					.contains("{\"statistic\":\"COUNT\",\"value\":"
							+ (double) application.client().pool(Lane.READ).snapshot().created() + "}"));

			first.down();
			second.down();
			await().until(() -> application.client().readEndpoints().stream().noneMatch(ReadEndpoint::isAvailable));
			assertThat(read(application)).isEqualTo(1);
			assertThat(application.client().pool(Lane.READ).snapshot().acquired()).isPositive();
			assertThat(health(application)).contains("{\"endpoint\":\"" + first.url() + "\",\"available\":false");
			assertThat(meter(application, "dbpool.replicas.available", first)).contains("\"value\":0.0");
			PoolAlerts alerts = application.context().getBean(PoolAlerts.class);
			await().untilAsserted(() -> assertThat(alerts.active()).extracting(PoolAlert::message)
				.anyMatch((message) -> message.startsWith("replica 127.0.0.1:")));
		}
	}

	private static int read(TestApplication application) {
		return application.client().blocking().from("items").select("id").eq("id", 1).list(Row.class).size();
	}

	private static String health(TestApplication application) {
		return application.get("/actuator/health/databasePool").body();
	}

	private static String meter(TestApplication application, String name, FaultProxy replica) {
		return application.get("/actuator/metrics/" + name + "?tag=endpoint:" + replica.url().getAuthority()).body();
	}

	private static String reset(TestApplication application) {
		return application.post("/actuator/databasepool/reset", "{}").body();
	}

}
