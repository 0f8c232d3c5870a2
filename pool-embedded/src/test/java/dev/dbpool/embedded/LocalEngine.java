package dev.dbpool.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Speaks as much of Docker's API as {@link ContainerPostgrest} needs, and runs what its
 * two images hold as processes of this machine, without containers.
 */
final class LocalEngine implements AutoCloseable {

	private static final JsonMapper json = new JsonMapper();

	private final HttpServer server;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Map<String, LocalContainer> containers = new ConcurrentHashMap<>();

	private final Map<String, String> networks = new ConcurrentHashMap<>();

	private final AtomicInteger ids = new AtomicInteger();

	private final AtomicInteger startsToRefuse = new AtomicInteger();

	/**
	 * The bodies of all requests to create something.
	 */
	final List<String> created = new CopyOnWriteArrayList<>();

	/**
	 * The queries of all requests to remove a container.
	 */
	final List<String> removals = new CopyOnWriteArrayList<>();

	/**
	 * The secret files of all containers.
	 */
	final List<String> secretFiles = new CopyOnWriteArrayList<>();

	LocalEngine() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::handle);
		this.server.setExecutor(this.threads);
		this.server.start();
	}

	/**
	 * What makes Testcontainers use this engine.
	 */
	Map<String, String> environment() {
		return Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + this.server.getAddress().getPort(),
				"TESTCONTAINERS_RYUK_DISABLED", "true");
	}

	/**
	 * Refuses the next start, as Docker does when another program has taken the port.
	 */
	void refuseNextStart() {
		this.startsToRefuse.incrementAndGet();
	}

	List<String> left() {
		List<String> left = new ArrayList<>(this.containers.keySet());
		left.addAll(this.networks.keySet());
		return left;
	}

	private void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			Answer answer = answer(exchange);
			byte[] body = answer.body();
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(answer.status(), (body.length == 0) ? -1 : body.length);
			exchange.getResponseBody().write(body);
		}
		catch (RuntimeException ex) {
			ex.printStackTrace();
			throw ex;
		}
	}

	private Answer answer(HttpExchange exchange) throws IOException {
		String path = exchange.getRequestURI().getPath().replaceFirst("^/v[0-9.]+", "");
		String request = exchange.getRequestMethod() + ' ' + path;
		if (path.startsWith("/containers/") && !path.equals("/containers/create") && !path.equals("/containers/json")
				&& !path.equals("/containers/prune")) {
			String[] parts = path.split("/");
			return container(exchange, parts[2], (parts.length > 3) ? parts[3] : "remove");
		}
		if (request.matches("DELETE /networks/.+")) {
			return (this.networks.remove(path.substring(10)) != null) ? Answer.EMPTY : Answer.error(404, "no network");
		}
		if (request.matches("GET /images/.+/json")) {
			return Answer.of(200, "{'Id':'sha256:1','Created':'2026-01-01T00:00:00Z'}");
		}
		return switch (request) {
			case "GET /_ping" -> Answer.of(200, "OK");
			case "GET /info" -> Answer.of(200, "{'OSType':'linux','MemTotal':1}");
			case "GET /version" -> Answer.of(200, "{'Version':'28.0.0','ApiVersion':'1.44'}");
			case "GET /images/json", "GET /containers/json" -> Answer.of(200, "[]");
			case "POST /networks/create" -> createNetwork(body(exchange));
			case "POST /containers/create" -> createContainer(body(exchange));
			default -> request.endsWith("/prune") ? Answer.of(200, "{}") : Answer.error(501, request);
		};
	}

	private Answer createNetwork(String body) {
		String id = "network-" + this.ids.incrementAndGet();
		this.created.add(body);
		this.networks.put(id, body);
		return Answer.of(201, "{'Id':'" + id + "'}");
	}

	private Answer createContainer(String body) {
		JsonNode specification = json.readTree(body);
		if (!this.networks.containsKey(specification.at("/HostConfig/NetworkMode").asString())) {
			return Answer.error(404, "no such network");
		}
		String id = "container-" + this.ids.incrementAndGet();
		this.created.add(body);
		this.containers.put(id, new LocalContainer(specification, this::resolve));
		return Answer.of(201, "{'Id':'" + id + "','Warnings':[]}");
	}

	/**
	 * The port of this machine for a port of a host of a network.
	 */
	private int resolve(String network, String host, int port) {
		return this.containers.values()
			.stream()
			.filter((container) -> container.isNamed(network, host))
			.findFirst()
			.orElseThrow()
			.hostPort(port);
	}

	private Answer container(HttpExchange exchange, String id, String action) throws IOException {
		LocalContainer container = this.containers.get(id);
		if (container == null) {
			return Answer.error(404, "No such container: " + id);
		}
		String query = String.valueOf(exchange.getRequestURI().getQuery());
		return switch (action) {
			case "json" -> Answer.of(200, container.inspect());
			case "logs" -> new Answer(200, container.logs());
			case "archive" -> {
				Map<String, String> files = files(exchange.getRequestBody());
				this.secretFiles.addAll(files.values());
				container.copy(files);
				yield Answer.of(200, "");
			}
			case "start" -> start(container);
			case "stop" -> container.stop() ? Answer.EMPTY : Answer.of(304, "");
			case "kill" -> container.kill(query.replaceFirst(".*signal=", "")) ? Answer.EMPTY
					: Answer.error(409, "container " + id + " is not running");
			case "pause" -> container.pause() ? Answer.EMPTY : Answer.error(409, "cannot pause");
			case "unpause" -> container.resume() ? Answer.EMPTY : Answer.error(500, "is not paused");
			case "remove" -> {
				this.removals.add(query);
				container.remove();
				this.containers.remove(id);
				yield Answer.EMPTY;
			}
			default -> Answer.error(501, action);
		};
	}

	private Answer start(LocalContainer container) {
		if (this.startsToRefuse.getAndUpdate((starts) -> Math.max(0, starts - 1)) > 0) {
			return Answer.error(500, "driver failed programming external connectivity on endpoint: "
					+ "Bind for 127.0.0.1 failed: port is already allocated");
		}
		return container.start() ? Answer.EMPTY : Answer.of(304, "");
	}

	private static Map<String, String> files(InputStream body) throws IOException {
		Map<String, String> files = new HashMap<>();
		TarArchiveInputStream archive = new TarArchiveInputStream(body);
		for (TarArchiveEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
			files.put('/' + entry.getName(), new String(archive.readAllBytes(), StandardCharsets.UTF_8));
		}
		return files;
	}

	private static String body(HttpExchange exchange) {
		try {
			return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.shutdownNow();
		this.containers.values().forEach(LocalContainer::remove);
	}

	/**
	 * An answer of the engine.
	 */
	private record Answer(int status, byte[] body) {

		static final Answer EMPTY = of(204, "");

		static Answer of(int status, String body) {
			return new Answer(status, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
		}

		static Answer error(int status, String message) {
			return of(status, "{'message':'" + message + "'}");
		}

	}

}
