package dev.dbpool.autoconfigure.dashboard;

import java.nio.file.Path;
import java.util.Optional;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.ConnectionPool;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.awaitility.Awaitility.await;

/**
 * The buttons of the dashboard, pressed in a real browser.
 */
class DashboardActionsIntegrationTests {

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
			Thread.sleep(8000);
			System.out.println("PAGE " + browser.evaluate("document.body.innerText"));
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
