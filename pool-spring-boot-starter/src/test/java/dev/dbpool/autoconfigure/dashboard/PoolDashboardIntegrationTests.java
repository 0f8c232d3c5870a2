package dev.dbpool.autoconfigure.dashboard;

import java.io.File;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
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
				"management.endpoint.pooldashboard.access=read-only", "db.pool.max-connections=4");
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
		try (ClientLease lease = application.client().blocking().lease(Lane.READ, "GET /held")) {
			String shown = dom(chromium.get(), profile, uri("/ops/manage/pooldashboard").toString());
			assertThat(shown).contains("class=\"pill\" role=\"status\">UP<", "All is well.", "class=\"lamp CLOSED\"",
					"GET /held", "GET /shown", "Connection " + lease.connectionId() + " of the read lane: GET /held",
					"u-wrap");
			assertThat(shown).as("the endpoint only reads here").doesNotContain(">Suspend<", ">Reset<");
		}
	}

	/**
	 * Returns what a browser shows after a few seconds of its own time.
	 */
	private static String dom(String chromium, Path profile, String url) throws IOException, InterruptedException {
		File output = profile.resolve("dom.html").toFile();
		Process browser = new ProcessBuilder(chromium, "--headless", "--no-sandbox", "--disable-gpu",
				"--user-data-dir=" + profile.resolve("user"), "--virtual-time-budget=4000", "--dump-dom", url)
			.redirectOutput(output)
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			assertThat(browser.waitFor(60, TimeUnit.SECONDS)).as("chromium has ended").isTrue();
		}
		finally {
			browser.destroyForcibly();
		}
		return Files.readString(output.toPath(), StandardCharsets.UTF_8);
	}

	private static HttpResponse<String> get(String path) {
		return application.send(HttpRequest.newBuilder(uri(path)).build());
	}

	private static URI uri(String path) {
		String port = application.context().getEnvironment().getProperty("local.management.port");
		return URI.create("http://localhost:" + port + path);
	}

}
