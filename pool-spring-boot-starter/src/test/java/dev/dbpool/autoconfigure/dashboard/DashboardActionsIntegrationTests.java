package dev.dbpool.autoconfigure.dashboard;

import java.nio.file.Path;
import java.util.Optional;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.ConnectionPool;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The buttons of the dashboard, pressed in a real browser.
 */
class DashboardActionsIntegrationTests {

	@Test
	void nothingOfThePoolBeforeIsLeftWhenAnotherIsChosen(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), PoolDashboardIntegrationTests.NO_BROWSER);
		try (TestApplication operated = TestApplication.web(TestServers.running(), "db.pool.max-connections=4",
				"db.pools.orders.url=http://localhost:1", "db.pools.orders.anon-key=none",
				"db.pools.orders.min-connections=0", "management.endpoint.pooldashboard.access=read-only");
				ClientLease lease = operated.context()
					.getBean("pooledClient", PooledClient.class)
					.blocking()
					.lease(Lane.READ, "GET /held");
				Browser browser = Browser.open(chromium.get(), profile.resolve("user"),
						operated.request("/actuator/pooldashboard?pool=default").build().uri().toString())) {
			browser.awaitTrue("!!document.querySelector('.tile.LEASED')");
			browser.click("#pause", "Pause");
			browser.evaluate(
					"document.querySelector('#pool').value = 'orders'; document.querySelector('#pool').dispatchEvent(new Event('change'))");
			assertThat(lease.isActive()).isTrue();
			assertThat(browser.evaluate("document.querySelector('.tile.LEASED') === null")).isEqualTo("true");
			browser.awaitTrue("document.querySelector('#endpoint').textContent === 'http://localhost:1'");
			browser.awaitTrue("document.querySelector('#updated').textContent.startsWith('live')");
		}
	}

	@Test
	void theLampsShowTheReadReplicas(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), PoolDashboardIntegrationTests.NO_BROWSER);
		try (TestApplication operated = TestApplication.web(TestServers.running(),
				"db.pool.read.endpoints=" + TestServers.running().url(),
				"management.endpoint.pooldashboard.access=read-only");
				Browser browser = Browser.open(chromium.get(), profile.resolve("user"),
						operated.request("/actuator/pooldashboard").build().uri().toString())) {
			browser.awaitTrue("document.querySelector('#lamps').textContent.includes('Replica read-1 in use')");
			operated.client().readEndpoints().get(0).circuitBreaker().transitionToForcedOpenState();
			browser.awaitTrue("!!document.querySelector('#lamps .OPEN')");
			assertThat(browser.evaluate("document.querySelector('#lamps .OPEN').textContent"))
				.contains("Replica read-1 left out");
		}
	}

	@Test
	void theButtonsActOnTheReadReplicas(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), PoolDashboardIntegrationTests.NO_BROWSER);
		try (TestApplication operated = TestApplication.web(TestServers.running(), "db.pool.max-connections=4",
				"db.pool.read.endpoints=" + TestServers.running().url(),
				"management.endpoint.databasepool.access=unrestricted",
				"management.endpoint.pooldashboard.access=read-only");
				Browser browser = Browser.open(chromium.get(), profile.resolve("user"),
						operated.request("/actuator/pooldashboard").build().uri().toString())) {
			ConnectionPool<?> replica = operated.client().readEndpoints().get(0).pool();
			browser.awaitTrue("!!document.querySelector('#lane-read-1 .suspend')");
			assertThat(browser.evaluate("document.querySelector('#lane-read-1 .lane-title').textContent"))
				.startsWith("replica read-1" + TestServers.running().url());
			browser.click("#lane-write button", "Suspend");
			assertThat(browser.evaluate("document.querySelector('#dialog-body').textContent")).doesNotContain("read-1");
			browser.click("#dialog-actions button", "Cancel");

			browser.click("#lane-read button", "Suspend");
			assertThat(browser.evaluate("document.querySelector('#dialog-body').textContent"))
				.endsWith("This applies to the read replicas, too: read-1.");
			browser.click("#dialog-actions button", "Suspend");
			await().until(() -> replica.snapshot().suspended());
			browser.awaitTrue("!document.querySelector('#lane-read-1 .tag').hidden");

			browser.click("#lane-read-1 button", "Resume");
			assertThat(browser.evaluate("document.querySelector('#dialog-body').textContent"))
				.isEqualTo("Reads are sent to it again.");
			browser.click("#dialog-actions button", "Resume");
			await().until(() -> !replica.snapshot().suspended());
			assertThat(operated.client().pool(Lane.READ).snapshot().suspended()).isTrue();
		}
	}

	@Test
	void theButtonsActOnThePool(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), PoolDashboardIntegrationTests.NO_BROWSER);
		try (TestApplication operated = TestApplication.web(TestServers.running(), "db.pool.max-connections=4",
				"db.pool.enable-health-checks=false", "management.endpoint.databasepool.access=unrestricted",
				"management.endpoint.pooldashboard.access=read-only");
				ClientLease lease = operated.client().blocking().lease(Lane.READ, "GET /held");
				Browser browser = Browser.open(chromium.get(), profile.resolve("user"),
						operated.request("/actuator/pooldashboard").build().uri().toString())) {
			ConnectionPool<?> write = operated.client().pool(Lane.WRITE);
			browser
				.awaitTrue("!!document.querySelector('#lane-write [role=group][aria-label=\"write lane\"] .suspend')");
			browser.click("#lane-write button", "Suspend");
			browser.click("#dialog-actions button", "Suspend");
			await().until(() -> write.snapshot().suspended());
			browser.click("#lane-write button", "Resume");
			browser.click("#dialog-actions button", "Resume");
			await().until(() -> !write.snapshot().suspended());

			browser.click("#lane-read button", "Resize");
			browser.evaluate("document.querySelectorAll('#dialog input')[1].value = '0'");
			browser.click("#dialog-actions button", "Resize");
			browser.awaitTrue("!document.querySelector('#dialog-error').hidden");
			browser.evaluate("document.querySelectorAll('#dialog input')[1].value = '3'");
			browser.awaitTrue("!document.querySelector('#dialog-actions button').disabled");
			browser.click("#dialog-actions button", "Resize");
			await().until(() -> operated.client().pool(Lane.READ).snapshot().max() == 3);

			browser.evaluate("kept = document.querySelector('.tile.LEASED'); age = kept.textContent");
			browser.awaitTrue("kept.textContent !== age && kept.isConnected");
			browser.click(".tile", "GET /held");
			browser.click("#dialog-actions button", "Revoke");
			await().until(() -> !lease.isActive());
			browser.awaitTrue("document.querySelector('#toast').textContent.includes('is revoked')");
		}
	}

}
