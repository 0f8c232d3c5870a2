package dev.dbpool.autoconfigure.fleet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Processes that are stopped and killed by signals. The server counts the requests that
 * it has at the same time.
 */
@Tag("long")
@EnabledOnOs({ OS.LINUX, OS.MAC })
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class FleetProcessesTests {

	private static final int BUDGET = 8;

	private static final Duration SERVICE_TIME = Duration.ofMillis(200);

	private final Map<String, Integer> present = new HashMap<>();

	private final Map<String, Integer> most = new HashMap<>();

	private final Map<String, Process> processes = new HashMap<>();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final List<String> excesses = new ArrayList<>();

	private String event = "";

	private RedisServer redis;

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.redis = RedisServer.start();
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::answer);
		this.server.setExecutor(this.threads);
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.processes.values().forEach(Process::destroyForcibly);
		if (this.redis != null) {
			this.server.stop(0);
			this.threads.shutdownNow();
			this.redis.close();
			assertThat(this.excesses).as("more requests at the same time than the maximum").isEmpty();
		}
	}

	private void answer(HttpExchange exchange) throws IOException {
		String name = exchange.getRequestURI().getPath().substring(1);
		boolean counts = !name.isEmpty();
		if (counts) {
			count(name, 1);
		}
		try {
			exchange.getRequestBody().readAllBytes();
			TimeUnit.NANOSECONDS.sleep(SERVICE_TIME.toNanos());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (counts) {
			count(name, -1);
		}
		boolean read = exchange.getRequestMethod().equals("GET");
		exchange.getResponseHeaders().add("Content-Type", "application/json");
		exchange.sendResponseHeaders(read ? 200 : 201, read ? 2 : -1);
		if (read) {
			exchange.getResponseBody().write("[]".getBytes());
		}
		exchange.close();
	}

	private synchronized void count(String name, int change) {
		int now = this.present.merge(name, change, Integer::sum);
		this.most.merge(name, now, Math::max);
		int all = this.present.values().stream().mapToInt(Integer::intValue).sum();
		if (all > BUDGET) {
			this.excesses.add(this.present + " after " + this.event);
		}
	}

	/**
	 * Waits until a process has so many requests at the same time.
	 */
	private void awaitRequests(String name, int number) {
		synchronized (this) {
			this.most.clear();
		}
		await().atMost(Duration.ofSeconds(60)).until(() -> {
			synchronized (this) {
				return this.most.getOrDefault(name, 0) >= number;
			}
		});
	}

	private void launch(String name) throws IOException {
		happens("launch " + name);
		this.processes.put(name,
				new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
						"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
						FleetProcess.class.getName(), String.valueOf(this.redis.port()),
						"http://127.0.0.1:" + this.server.getAddress().getPort(), String.valueOf(BUDGET), name)
					.redirectErrorStream(true)
					.redirectOutput(ProcessBuilder.Redirect.DISCARD)
					.start());
	}

	private synchronized void happens(String event) {
		this.event = event;
	}

	private void signal(String name, String signal) throws Exception {
		happens(signal + " " + name);
		new ProcessBuilder("kill", "-" + signal, String.valueOf(this.processes.get(name).pid())).start().waitFor();
	}

	@Test
	void theServerNeverHasMoreRequestsThanTheMaximum() throws Exception {
		launch("a");
		awaitRequests("a", 8);
		launch("b");
		awaitRequests("b", 4);
		signal("a", "STOP");
		awaitRequests("b", 8);
		signal("a", "CONT");
		awaitRequests("a", 4);
		signal("b", "KILL");
		awaitRequests("a", 8);
	}

}
