package dev.dbpool.autoconfigure.alert;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.autoconfigure.alert.PoolAlert.State;
import dev.dbpool.autoconfigure.alert.PoolAlert.Type;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.Disposable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.PayloadApplicationEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The alerts of a whole application, posted to a local receiver.
 */
@ExtendWith(OutputCaptureExtension.class)
class AlertIntegrationTests {

	private final AtomicInteger refusals = new AtomicInteger();

	private volatile int refusal = 503;

	private final List<PoolAlert> alerts = new CopyOnWriteArrayList<>();

	@Test
	void exhaustionAndOutageAreRaisedAndResolved(CapturedOutput output) {
		PostgrestServer server = TestServers.running();
		try (WebhookReceiver receiver = new WebhookReceiver(this::answer);
				TestApplication application = TestApplication.web(server, "db.pool.alerts.delay=0",
						"db.pool.alerts.webhook-url=" + receiver.url(), "db.pool.max-connections=4",
						"db.pool.max-retries=0", "spring.application.name=shop", "db.pool.health-check-interval=500ms",
						"management.endpoint.env.show-values=always",
						"management.endpoint.configprops.show-values=always")) {
			application.context().addApplicationListener((event) -> {
				if (event instanceof PayloadApplicationEvent<?> payload
						&& payload.getPayload() instanceof PoolAlert alert) {
					this.alerts.add(alert);
				}
			});
			application.context().addApplicationListener((event) -> {
				if (event instanceof PayloadApplicationEvent<?> payload && payload.getPayload() instanceof PoolAlert) {
					throw new IllegalStateException("a listener that fails");
				}
			});
			exhaust(application);
			await().untilAsserted(() -> assertThat(receiver.bodies())
				.anySatisfy((body) -> assertThat(text(body)).startsWith(
						":rotating_light: *EXHAUSTED* raised, pool `default` of `shop`\nread lane: 2 of 2 connections are leased, callers waiting: ")));
			assertThat(output).contains("Alert EXHAUSTED of pool 'default' raised: read lane: 2 of 2",
					"Alert EXHAUSTED of pool 'default' resolved after ",
					"A listener for alert EXHAUSTED of pool 'default' failed");
			assertThat(application.get("/actuator/databasepool/events").body()).contains("\"type\":\"ALERT\"");

			server.postgrest().kill();
			awaitAlert(Type.UNHEALTHY, State.RAISED);
			awaitAlert(Type.CONNECTION_ERRORS, State.RAISED);
			server.postgrest().start();
			awaitAlert(Type.UNHEALTHY, State.RESOLVED);
			assertThat(this.alerts.stream().filter((alert) -> alert.type() == Type.UNHEALTHY)).hasSize(2);

			failuresOfTheWebhookAreBounded(application, receiver, output);
			for (String endpoint : List.of("env", "configprops", "databasepool/events")) {
				assertThat(application.get("/actuator/" + endpoint).body()).doesNotContain("s3cr3t");
			}
			assertThat(output).doesNotContain("s3cr3t");
		}
	}

	/**
	 * Refuses no alert of the application, which may be posted at any time.
	 */
	private int answer(String body) {
		return (text(body).contains("*LEAK*") && this.refusals.getAndDecrement() > 0) ? this.refusal : 200;
	}

	private void exhaust(TestApplication application) {
		try (ClientLease first = lease(application); ClientLease second = lease(application)) {
			Disposable waiter = application.client().from("items").select("id").list(Row.class).subscribe();
			awaitAlert(Type.EXHAUSTED, State.RAISED);
			assertThat(first.isActive() && second.isActive()).isTrue();
			assertThat(application.context().getBean(PoolAlerts.class).active()).extracting(PoolAlert::type)
				.contains(Type.EXHAUSTED);
			waiter.dispose();
		}
		awaitAlert(Type.EXHAUSTED, State.RESOLVED);
	}

	private void failuresOfTheWebhookAreBounded(TestApplication application, WebhookReceiver receiver,
			CapturedOutput output) {
		WebhookNotifier notifier = new WebhookNotifier(application.context().getBean(DatabasePools.class), "",
				Duration.ofMillis(1));
		PoolAlert raised = leak(State.RAISED);
		PoolAlert resolved = leak(State.RESOLVED);
		await().untilAsserted(() -> assertThat(application.context().getBean(PoolAlerts.class).active()).isEmpty());
		await().until(() -> receiver.bodies().stream().anyMatch((body) -> body.contains("*UNHEALTHY* resolved")));
		receiver.bodies().clear();
		this.refusals.set(2);
		notifier.notify(raised);
		notifier.notify(resolved);
		String first = ":rotating_light: *LEAK* raised, pool `default`\na \"quoted\" &lt;message&gt;\u0001";
		await().untilAsserted(() -> assertThat(receiver.bodies().stream().map(AlertIntegrationTests::text))
			.filteredOn((text) -> text.contains("LEAK"))
			.containsExactly(first, first, first,
					":white_check_mark: *LEAK* resolved after 7s, pool `default`\na \"quoted\" &lt;message&gt;\u0001"));
		this.refusals.set(3);
		notifier.notify(raised);
		await().until(() -> output.getOut()
			.contains("Alert LEAK of pool 'default' could not be posted: the webhook answered 503"));
		assertThat(this.refusals).hasValue(0);
		this.refusal = 404;
		this.refusals.set(1);
		notifier.notify(raised);
		await().until(() -> output.getOut()
			.contains("Alert LEAK of pool 'default' could not be posted: the webhook answered 404"));
		receiver.close();
		notifier.notify(raised);
		await().until(() -> output.getOut()
			.contains("Alert LEAK of pool 'default' could not be posted: the webhook is out of reach ("));
	}

	private static PoolAlert leak(State state) {
		return new PoolAlert("default", Type.LEAK, state, "a \"quoted\" <message>\u0001", Instant.EPOCH,
				Instant.EPOCH.plusSeconds(7));
	}

	private static String text(String body) {
		return JsonMapper.builder().build().readTree(body).path("text").stringValue();
	}

	private static ClientLease lease(TestApplication application) {
		return application.client().blocking().lease(Lane.READ, "GET /export");
	}

	private void awaitAlert(Type type, State state) {
		await().atMost(Duration.ofSeconds(20))
			.until(() -> this.alerts.stream().anyMatch((alert) -> alert.type() == type && alert.state() == state));
	}

}
