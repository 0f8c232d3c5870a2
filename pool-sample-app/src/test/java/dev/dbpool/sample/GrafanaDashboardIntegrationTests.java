package dev.dbpool.sample;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.autoconfigure.PooledClientBuilderCustomizer;
import dev.dbpool.embedded.LoopbackPorts;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs each query of the Grafana dashboard on a Prometheus that scrapes the sample. It
 * has a read replica here that does not run, so that the primary serves its reads.
 */
@MarketplaceTest
@Tag("long")
class GrafanaDashboardIntegrationTests {

	private static final Path DASHBOARD = Path.of("..", "ops", "grafana", "dashboards", "dbpool.json");

	private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

	private static final Pattern METRIC = Pattern.compile("\\b(dbpool|pgrst)_\\w+(\\{\\w+=\"\\w+\"})?");

	private static final ConditionFactory AWAIT = Awaitility.await().atMost(Duration.ofSeconds(60));

	/** The metrics of PostgREST from version 12.1 on, which is not at hand. */
	private static final String POSTGREST_METRICS = """
			# TYPE pgrst_db_pool_timeouts_total counter
			pgrst_db_pool_timeouts_total 0.0
			# TYPE pgrst_db_pool_available gauge
			pgrst_db_pool_available 8.0
			# TYPE pgrst_db_pool_waiting gauge
			pgrst_db_pool_waiting 0.0
			# TYPE pgrst_db_pool_max gauge
			pgrst_db_pool_max 10.0
			""";

	@LocalServerPort
	private int port;

	@TempDir
	private Path directory;

	@Test
	void eachQueryReturnsDataOfTheRunningSample() throws Exception {
		JsonNode dashboard = JsonMapper.shared().readTree(DASHBOARD.toFile());
		HttpServer postgrest = postgrestMetrics();
		try (Prometheus prometheus = Prometheus.start(this.directory,
				Map.of("marketplace", URI.create("http://127.0.0.1:" + this.port + "/actuator/prometheus"), "postgrest",
						URI.create("http://127.0.0.1:" + postgrest.getAddress().getPort() + "/metrics")))) {
			AWAIT.until(prometheus::isReady);
			traffic();
			List<String> queries = Prometheus.texts(dashboard.path("panels"), "expr").toList();
			assertThat(queries).hasSizeGreaterThan(30);
			for (String query : queries) {
				AWAIT.alias(query).until(() -> hasData(prometheus.query(resolve(query))) || traffic());
			}
			for (JsonNode variable : dashboard.at("/templating/list")) {
				if (variable.path("type").asString().equals("query")) {
					assertThat(values(prometheus, variable.path("definition").asString())).isNotEmpty();
				}
			}
			prometheus.query(dashboard.at("/annotations/list/0/expr").asString());
			AWAIT.untilAsserted(() -> assertThat(prometheus.get("/api/v1/rules").findValues("health")).isNotEmpty()
				.allMatch((health) -> health.asString().equals("ok")));
			for (String metric : metricsOfRules()) {
				AWAIT.alias(metric).until(() -> !prometheus.query(metric).isEmpty());
			}
		}
		finally {
			postgrest.stop(0);
		}
	}

	@Test
	void panelsHaveAnIdAndADescription() throws IOException {
		JsonNode panels = JsonMapper.shared().readTree(Files.readString(DASHBOARD)).path("panels");
		assertThat(panels.findValues("id").stream().filter(JsonNode::isNumber).toList()).doesNotHaveDuplicates();
		for (JsonNode panel : panels) {
			if (!panel.path("type").asString().equals("row")) {
				assertThat(panel.path("description").asString()).as(panel.path("title").asString()).isNotBlank();
			}
		}
	}

	/**
	 * Reads that succeed, reads that wait for a connection, and one that fails, in two
	 * rounds, so that all rates have a beginning and an end. Repeated while a query has
	 * no data, since what was measured before leaves the time that rates look at.
	 * @return {@code false}, since the query must be asked again
	 */
	private boolean traffic() {
		WebClient web = WebClient.create("http://127.0.0.1:" + this.port);
		for (int round = 0; round < 2; round++) {
			Mono<Void> reads = Flux.range(0, 20).concatMap((number) -> call(web, "/api/products")).then();
			Mono.when(reads, call(web, "/api/slow?seconds=0.2&times=30"), call(web, "/api/slow?seconds=4"))
				.block(Duration.ofSeconds(60));
		}
		return false;
	}

	private static Mono<Void> call(WebClient web, String uri) {
		return web.get().uri(uri).exchangeToMono((answer) -> answer.releaseBody());
	}

	private static List<String> metricsOfRules() throws IOException {
		List<String> metrics = Files.readAllLines(Prometheus.RULES.resolve("dbpool.rules.yml"))
			.stream()
			.filter((line) -> !line.contains("summary:"))
			.flatMap((line) -> METRIC.matcher(line).results())
			.map(MatchResult::group)
			.distinct()
			.toList();
		assertThat(metrics).hasSizeGreaterThan(12);
		return metrics;
	}

	private static String resolve(String query) {
		return query.replaceAll("\\$(job|instance|pool|lane)\\b", ".*").replace("$__rate_interval", "1m");
	}

	private static boolean hasData(List<JsonNode> series) {
		return series.stream().anyMatch((one) -> !Double.isNaN(Double.parseDouble(one.at("/value/1").asString())));
	}

	private static List<String> values(Prometheus prometheus, String variable)
			throws IOException, InterruptedException {
		Matcher matcher = LABEL_VALUES.matcher(variable);
		assertThat(matcher.matches()).as(variable).isTrue();
		return prometheus.query(resolve(matcher.group(1)))
			.stream()
			.map((series) -> series.path("metric").path(matcher.group(2)).asString(""))
			.filter((value) -> !value.isEmpty())
			.toList();
	}

	private static HttpServer postgrestMetrics() throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
		server.createContext("/metrics", (exchange) -> {
			byte[] metrics = POSTGREST_METRICS.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "text/plain");
			exchange.sendResponseHeaders(200, metrics.length);
			exchange.getResponseBody().write(metrics);
			exchange.close();
		});
		server.start();
		return server;
	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Replica {

		@Bean
		PooledClientBuilderCustomizer replica() {
			return (builder) -> builder.readEndpoints(List.of(URI.create("http://127.0.0.1:" + LoopbackPorts.take())));
		}

	}

}
