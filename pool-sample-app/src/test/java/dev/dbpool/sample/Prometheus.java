package dev.dbpool.sample;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.dbpool.embedded.LoopbackPorts;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Prometheus server that scrapes each second, and the tool that checks its rules. Both
 * are programs on the path; tests are skipped where they are missing.
 */
final class Prometheus implements AutoCloseable {

	/** The directory of the project's rules. */
	static final Path RULES = Path.of("..", "ops", "prometheus");

	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private final Process process;

	private final int port;

	private Prometheus(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	/**
	 * Starts a server with the rules of the project.
	 * @param directory where its configuration and its data are written
	 * @param jobs the URL of each job that is scraped
	 */
	static Prometheus start(Path directory, Map<String, URI> jobs) throws IOException {
		Path program = program("prometheus");
		Path configuration = Files.writeString(directory.resolve("prometheus.yml"), """
				global:
				  scrape_interval: 1s
				  evaluation_interval: 1s
				rule_files:
				  - %s
				scrape_configs:
				""".formatted(RULES.resolve("dbpool.rules.yml").toAbsolutePath())
				+ jobs.entrySet().stream().map(Prometheus::job).collect(Collectors.joining()));
		int port = LoopbackPorts.take();
		return new Prometheus(new ProcessBuilder(program.toString(), "--config.file=" + configuration,
				"--storage.tsdb.path=" + directory.resolve("data"), "--web.listen-address=127.0.0.1:" + port)
			.redirectErrorStream(true)
			.redirectOutput(directory.resolve("prometheus.log").toFile())
			.start(), port);
	}

	private static String job(Map.Entry<String, URI> job) {
		return """
				  - job_name: %s
				    metrics_path: %s
				    static_configs:
				      - targets: ['%s']
				""".formatted(job.getKey(), job.getValue().getPath(), job.getValue().getAuthority());
	}

	/**
	 * Finds a program on the path, and skips the test if it is missing.
	 */
	static Path program(String name) {
		Optional<Path> program = Arrays.stream(System.getenv("PATH").split(":"))
			.map((directory) -> Path.of(directory, name))
			.filter(Files::isExecutable)
			.findFirst();
		Assumptions.assumeTrue(program.isPresent(), () -> "There is no program " + name
				+ " on the path. Install Prometheus (Debian: apt-get install prometheus) to run this test");
		return program.orElseThrow();
	}

	/**
	 * Returns the result of an instant query: a series each, with labels and value.
	 * @throws IllegalArgumentException if the query is wrong
	 */
	List<JsonNode> query(String query) throws IOException, InterruptedException {
		return get("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8)).path("result")
			.asArray()
			.values()
			.stream()
			.toList();
	}

	/**
	 * Returns the data of an answer of the API.
	 */
	JsonNode get(String path) throws IOException, InterruptedException {
		HttpResponse<String> answer = HTTP.send(
				HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + path)).build(),
				BodyHandlers.ofString());
		if (answer.statusCode() != 200) {
			throw new IllegalArgumentException(path + " was answered " + answer.statusCode() + ": " + answer.body());
		}
		return JsonMapper.shared().readTree(answer.body()).path("data");
	}

	/**
	 * Returns whether the server answers queries.
	 */
	boolean isReady() throws InterruptedException {
		if (!this.process.isAlive()) {
			throw new IllegalStateException("Prometheus ended with " + this.process.exitValue());
		}
		try {
			get("/api/v1/status/runtimeinfo");
			return true;
		}
		catch (IOException | IllegalArgumentException ex) {
			return false;
		}
	}

	@Override
	public void close() {
		this.process.destroy();
		try {
			if (!this.process.waitFor(10, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
		LoopbackPorts.release(this.port);
	}

	/**
	 * Returns the values below a name in a document, at any depth.
	 */
	static Stream<String> texts(JsonNode document, String name) {
		return document.findValues(name).stream().filter(JsonNode::isString).map(JsonNode::asString);
	}

}
