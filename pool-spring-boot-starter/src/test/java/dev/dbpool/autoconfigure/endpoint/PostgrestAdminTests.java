package dev.dbpool.autoconfigure.endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.autoconfigure.endpoint.PostgrestState.Status;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PostgrestAdminTests {

	private static final String METRICS = """
			# HELP pgrst_schema_cache_loads_total The total number of times the schema cache was loaded
			# TYPE pgrst_schema_cache_loads_total counter
			pgrst_schema_cache_loads_total{status="FAIL"} 1.0
			pgrst_schema_cache_loads_total{status="SUCCESS"} 5.0
			# TYPE pgrst_schema_cache_query_time_seconds gauge
			pgrst_schema_cache_query_time_seconds 1.3591601e-2
			pgrst_db_pool_available -3.0
			pgrst_db_pool_max 10.0
			pgrst_db_pool_waiting 7.0
			pgrst_db_pool_timeouts_total 2
			pgrst_nothing NaN
			pgrst_wait_bucket{le="+Inf"} 4
			ghc_gcs_total 4
			""";

	private final Map<String, Integer> statuses = new ConcurrentHashMap<>(Map.of("/ready", 200, "/metrics", 200));

	private final List<String> requestHeaders = new CopyOnWriteArrayList<>();

	private final CountDownLatch released = new CountDownLatch(1);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private volatile String hanging = "";

	private volatile String metrics = METRICS;

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/", (exchange) -> {
			String path = exchange.getRequestURI().getPath();
			this.requestHeaders.addAll(exchange.getRequestHeaders().keySet());
			if (path.equals(this.hanging)) {
				await(this.released);
			}
			byte[] body = (path.equals("/metrics") ? this.metrics : "").getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(this.statuses.getOrDefault(path, 404), (body.length > 0) ? body.length : -1);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.released.countDown();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	@Test
	void theStateHasTheMetricsOfPostgrest() {
		PostgrestState state = ask();
		assertThat(state.status()).isEqualTo(Status.READY);
		assertThat(state.reason()).isNull();
		assertThat(state.checked()).isNotNull();
		assertThat(state.metrics()).containsOnly(Map.entry("pgrst_schema_cache_loads_total", 6.0),
				Map.entry("pgrst_schema_cache_query_time_seconds", 0.013591601),
				Map.entry("pgrst_db_pool_available", -3.0), Map.entry("pgrst_db_pool_max", 10.0),
				Map.entry("pgrst_db_pool_waiting", 7.0), Map.entry("pgrst_db_pool_timeouts_total", 2.0));
		assertThat(this.requestHeaders).isNotEmpty().doesNotContain("Apikey", "Authorization");
	}

	@Test
	void metricsRemainWhilePostgrestIsNotReady() {
		this.statuses.put("/ready", 503);
		PostgrestState state = ask();
		assertThat(state.status()).isEqualTo(Status.NOT_READY);
		assertThat(state.reason()).contains("no connection to its database", "503");
		assertThat(state.metrics()).containsEntry("pgrst_db_pool_waiting", 7.0);
	}

	@Test
	void aPostgrestWithoutMetricsIsReady() {
		this.statuses.put("/metrics", 404);
		PostgrestState state = ask();
		assertThat(state.status()).isEqualTo(Status.READY);
		assertThat(state.reason()).isEqualTo("No metrics: status 404; PostgREST has metrics from version 12.1 on");
		assertThat(state.metrics()).isEmpty();
		this.statuses.put("/metrics", 200);
		this.metrics = "up 1";
		assertThat(ask().reason()).isEqualTo("No metrics: the answer has none of PostgREST");
	}

	@Test
	void aLongAnswerIsGivenUp() {
		this.metrics = METRICS + "# ".repeat(200_000);
		PostgrestState state = ask();
		assertThat(state.status()).isEqualTo(Status.READY);
		assertThat(state.reason()).isEqualTo("No metrics: the answer is longer than 262144 bytes");
	}

	/**
	 * Asks again where the other answer was late, too.
	 */
	@Test
	void aLateAnswerIsGivenUp() {
		this.hanging = "/metrics";
		Awaitility.await().untilAsserted(() -> {
			PostgrestState state = ask(Duration.ofMillis(200));
			assertThat(state.status()).isEqualTo(Status.READY);
			assertThat(state.reason()).isEqualTo("No metrics: the admin server does not answer within 200 ms");
		});
		this.hanging = "/ready";
		PostgrestState state = ask(Duration.ofMillis(200));
		assertThat(state.status()).isEqualTo(Status.UNREACHABLE);
		assertThat(state.reason()).isEqualTo("the admin server does not answer within 200 ms");
	}

	@Test
	void anotherServerIsNoAdminServer() {
		this.statuses.put("/ready", 404);
		PostgrestState state = ask();
		assertThat(state.status()).isEqualTo(Status.UNREACHABLE);
		assertThat(state.reason()).contains("/ready answered 404", "check db.pool.admin-url");
		assertThat(state.metrics()).isEmpty();
	}

	@Test
	void aServerThatDoesNotRunIsUnreachable() {
		this.server.stop(0);
		PostgrestState state = ask();
		assertThat(state.status()).isEqualTo(Status.UNREACHABLE);
		assertThat(state.reason()).contains("no connection to the admin server", "db.pool.admin-url");
	}

	@Test
	void metricsAreBounded() {
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < 1000; i++) {
			text.append("pgrst_").append(i).append(" 1\n");
		}
		assertThat(PostgrestState.metrics(text.toString())).hasSize(50);
	}

	private PostgrestState ask() {
		return ask(Duration.ofSeconds(30));
	}

	private PostgrestState ask(Duration timeout) {
		URI url = URI.create("http://localhost:" + this.server.getAddress().getPort());
		PostgrestState state = new PostgrestAdmin(url, "db.pool.admin-url", timeout).ask().block();
		assertThat(state).isNotNull();
		assertThat(state.adminUrl()).isEqualTo(url);
		return state;
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
