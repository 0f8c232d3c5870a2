package dev.dbpool.autoconfigure.dashboard;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.embedded.proxy.Toxic;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The dashboard of a whole application, on a management port of its own and below a base
 * path.
 */
class PoolDashboardIntegrationTests {

	private static final Pattern LINK = Pattern.compile("(?:href|src)=\"(pooldashboard/[^\"]+)\"");

	static final String NO_BROWSER = "No chromium on the PATH: the dashboard is not tried in a browser";

	private static TestApplication application;

	@BeforeAll
	static void start() {
		application = TestApplication.web(TestServers.running(), "management.server.port=0",
				"spring.autoconfigure.exclude=" + TomcatReactiveManagementContextAutoConfiguration.class.getName(),
				"management.server.base-path=/ops", "management.endpoints.web.base-path=/manage",
				"management.endpoint.pooldashboard.access=read-only", "db.pool.max-connections=4",
				"spring.jackson.property-naming-strategy=SNAKE_CASE",
				"db.pool.admin-url=" + TestServers.running().adminUrl());
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	@Test
	void thePageAndItsFilesAreServedWithAStrictPolicy() {
		HttpResponse<String> page = get("/ops/manage/pooldashboard");
		assertThat(page.headers().firstValue("Content-Type")).contains("text/html;charset=UTF-8");
		assertThat(page.body()).contains("data-actions=\"false\"").doesNotContain("<style", "style=", "onclick");
		assertThat(page.headers().firstValue("Content-Security-Policy")).get()
			.asString()
			.contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
			.doesNotContain("unsafe");
		Matcher links = LINK.matcher(page.body());
		assertThat(links.results().map((link) -> link.group(1))).hasSize(5).allSatisfy((link) -> {
			HttpResponse<String> file = get("/ops/manage/" + link);
			assertThat(file.statusCode()).isEqualTo(200);
			assertThat(file.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
			assertThat(file.headers().firstValue("Content-Type")).get()
				.asString()
				.containsAnyOf("text/css", "text/javascript", "image/svg+xml");
		});
		assertThat(get("/ops/manage/pooldashboard/index.html").statusCode()).isEqualTo(404);
		assertThat(get("/ops/manage/health/databasePool").headers().firstValue("X-Pool-Health")).isPresent();
		assertThat(get("/ops/manage/health").headers().firstValue("Content-Security-Policy")).isEmpty();
	}

	@Test
	void aBrowserShowsTheStateOfThePool(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), NO_BROWSER);
		await().untilAsserted(() -> assertThat(get("/ops/manage/databasepool").body()).contains("\"status\":\"UP\""));
		application.client().named("GET /shown").blocking().from("items").select("id").list(Row.class);
		try (ClientLease lease = application.client().blocking().lease(Lane.READ, "GET /held");
				Browser browser = Browser.open(chromium.get(), profile, uri("/ops/manage/pooldashboard").toString())) {
			browser.awaitTrue("document.querySelector('#operations').textContent.includes('GET /shown')");
			browser.awaitTrue("document.querySelector('#reason').textContent === 'All is well.'");
			browser.awaitTrue("document.querySelector('#postgrest-state').textContent === 'ready'");
			String shown = browser.evaluate("document.body.innerHTML");
			assertThat(shown).contains("role=\"status\">UP<", "class=\"lamp CLOSED\"", "GET /held",
					"Connection " + lease.connectionId() + " of the read lane: GET /held", "u-wrap");
			assertThat(shown).as("the endpoint only reads here").doesNotContain(">Suspend<", ">Reset<");
		}
	}

	@Test
	void thePageShowsTheMetricsOfPostgrest(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), NO_BROWSER);
		try (Browser browser = Browser.open(chromium.get(), profile, uri("/ops/manage/pooldashboard").toString())) {
			browser.awaitTrue("document.querySelector('#updated').textContent.startsWith('live')");
			browser.click("#pause", "Pause");
			String shown = postgrest(browser, "READY", "pgrst_db_pool_max: 2, pgrst_db_pool_waiting: 0");
			assertThat(shown).contains("ready", "Maximum2", "Requests that wait0",
					"fewer connections (2) than this pool may open (4)");
			assertThat(postgrest(browser, "NOT_READY", "pgrst_db_pool_max: 4, pgrst_db_pool_waiting: 7"))
				.contains("not ready", "Requests that wait7", "Requests wait in PostgREST")
				.doesNotContain("fewer connections");
			assertThat(postgrest(browser, "READY", "pgrst_db_pool_max: 4")).contains("Maximum4")
				.doesNotContain("Requests", "connections (");
		}
	}

	private static String postgrest(Browser browser, String status, String metrics) {
		browser.evaluate("showPostgrest({ postgrest: { status: '%s', metrics: { %s } }, lanes: { one: { max: 4 } } })"
			.formatted(status, metrics));
		return browser.evaluate("document.querySelector('#postgrest').textContent");
	}

	@Test
	void thePageSaysThatItsStreamHasEndedAndFollowsTheNextOne(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), NO_BROWSER);
		try (FaultProxy proxy = FaultProxy.to(uri(""));
				Browser browser = Browser.open(chromium.get(), profile,
						proxy.url().resolve("/ops/manage/pooldashboard").toString())) {
			browser.awaitTrue("document.querySelector('#updated').textContent.startsWith('live')");
			proxy.down();
			browser.awaitTrue("document.querySelector('#offline').textContent.includes('does not answer')");
			proxy.up();
			browser.awaitTrue("document.querySelector('#offline').hidden");
			browser.awaitTrue("document.querySelector('#updated').textContent.startsWith('live')");
		}
	}

	@Test
	@Tag("long")
	void thePageSaysThatNothingArrivesAnyMore(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), NO_BROWSER);
		try (FaultProxy proxy = FaultProxy.to(uri(""));
				Browser browser = Browser.open(chromium.get(), profile,
						proxy.url().resolve("/ops/manage/pooldashboard").toString())) {
			browser.awaitTrue("document.querySelector('#updated').textContent.startsWith('live')");
			proxy.addDownstream(Toxic.timeout(Duration.ZERO));
			browser.awaitTrue("document.querySelector('#offline').textContent.includes('has sent nothing')");
			assertThat(browser.evaluate("document.querySelector('#updated').textContent")).startsWith("no answer");
			proxy.restore();
			browser.awaitTrue("document.querySelector('#updated').textContent.startsWith('live')");
		}
	}

	@Test
	void thereAreStreamsOfPoolsOnly() {
		assertThat(get("/ops/manage/databasepool/live/other").statusCode()).isEqualTo(400);
		assertThat(get("/ops/manage/databasepool/leases/default").statusCode()).isEqualTo(404);
	}

	private static HttpResponse<String> get(String path) {
		return application.send(HttpRequest.newBuilder(uri(path)).build());
	}

	private static URI uri(String path) {
		String port = application.context().getEnvironment().getProperty("local.management.port");
		return URI.create("http://localhost:" + port + path);
	}

}
