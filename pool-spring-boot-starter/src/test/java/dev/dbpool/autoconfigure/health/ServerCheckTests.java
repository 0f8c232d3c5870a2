package dev.dbpool.autoconfigure.health;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.health.CheckResult.Verdict;
import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.LoopbackPorts;
import dev.dbpool.pool.PoolSnapshot;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the check says about a server that cannot be used, and which property to look at.
 */
@Timeout(60)
@Tag("slow")
class ServerCheckTests {

	/** How long a check waits that is to wait without result. */
	private static final Duration SHORT = Duration.ofMillis(200);

	/** How long the others wait at the most. */
	private static final Duration LONG = Duration.ofSeconds(10);

	@Test
	void hangingOpenIsNotReportedAsExhaustion() throws IOException {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("localhost"))) {
			URI url = URI.create("http://localhost:" + silent.getLocalPort());
			CheckResult result = check("db.pool", url, null, SHORT, (pool) -> pool.opening() == 1);
			assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
			assertThat(result.reason())
				.isEqualTo("no connection was open within 200ms: if this lasts, check db.pool.url");
		}
	}

	@Test
	void openThatFailedSaysWhatToCheck() {
		int port = LoopbackPorts.take();
		try {
			CheckResult result = check("db.pool", URI.create("http://127.0.0.1:" + port), null, LONG,
					(pool) -> pool.lastOpenFailure().isPresent());
			assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
			assertThat(result.reason()).isEqualTo("no connection could be opened: connection refused by 127.0.0.1:"
					+ port + ": check db.pool.url, and whether the server runs there");
		}
		finally {
			LoopbackPorts.release(port);
		}
	}

	@Test
	void unknownSchemaNamesTheProperty() throws IOException {
		assertThat(answered(406, "{\"code\":\"PGRST106\",\"message\":\"...\"}", null, "nope")).isEqualTo(
				"GET /rest/v1/ answered 406 (PGRST106): the schema 'nope' is not exposed by PostgREST: check db.pool.schema");
		assertThat(answered(406, "{\"code\":\"PGRST106\",\"message\":\"...\"}", null, null))
			.isEqualTo("GET /rest/v1/ answered 406 (PGRST106): set db.pool.schema to a schema that PostgREST exposes");
	}

	@Test
	void propertiesOfANamedPoolHaveItsPrefix() throws IOException {
		String prefix = "db.pools.orders";
		assertThat(answered(prefix, 406, "{\"code\":\"PGRST106\"}", null, "nope"))
			.endsWith("check db.pools.orders.schema");
		assertThat(answered(prefix, 406, "{\"code\":\"PGRST106\"}", null, null))
			.contains("set db.pools.orders.schema to");
		assertThat(answered(prefix, 404, "{}", null, null))
			.endsWith("check db.pools.orders.rest-path and the path of db.pools.orders.url");
		assertThat(answered(prefix, 401, "", null, null))
			.endsWith("check db.pools.orders.anon-key, or let db.pools.orders.health-check-path name what it may read");
		assertThat(answered(prefix, 400, "HTTPS", null, null)).endsWith("use https:// in db.pools.orders.url");
		assertThat(answered(prefix, 301, "", "https://other.example/", null)).endsWith("check db.pools.orders.url");
	}

	@Test
	void hangingOpenOfANamedPoolNamesItsUrl() throws IOException {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("localhost"))) {
			URI url = URI.create("http://localhost:" + silent.getLocalPort());
			assertThat(check("db.pools.orders", url, null, SHORT, (pool) -> pool.opening() == 1).reason())
				.endsWith("check db.pools.orders.url");
		}
	}

	@Test
	void wrongPathNamesTheProperties() throws IOException {
		assertThat(answered(404, "{}", null, null))
			.isEqualTo("GET /rest/v1/ answered 404: check db.pool.rest-path and the path of db.pool.url");
	}

	@Test
	void refusedKeyNamesTheProperty() throws IOException {
		assertThat(answered(401, "{\"code\":\"PGRST301\"}", null, null))
			.startsWith("GET /rest/v1/ answered 401 (PGRST301): check db.pool.anon-key");
	}

	@Test
	void plainRequestThatATlsServerAnswersNamesTheScheme() throws IOException {
		assertThat(answered(400, "<html>The plain HTTP request was sent to HTTPS port</html>", null, null))
			.isEqualTo("GET /rest/v1/ answered 400: the server speaks TLS: use https:// in db.pool.url");
	}

	@Test
	void redirectNamesItsTarget() throws IOException {
		assertThat(answered(301, "", "https://other.example/rest/v1/?key=secret", null))
			.isEqualTo("GET /rest/v1/ answered 301, a redirect to https://other.example: check db.pool.url");
	}

	@Test
	void leaseThatArrivesWhenTheCheckHasGivenUpIsClosed() throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		server.createContext("/", (exchange) -> {
			exchange.sendResponseHeaders(200, -1);
			exchange.close();
		});
		server.start();
		PooledClient client = PooledClient
			.builder(URI.create("http://localhost:" + server.getAddress().getPort()), ApiKeys.withoutAnonKey(null))
			.build();
		AtomicReference<Subscriber<? super ClientLease>> late = new AtomicReference<>();
		Mono<ClientLease> leases = Mono.from((subscriber) -> {
			subscriber.onSubscribe(Operators.emptySubscription());
			late.set(subscriber);
		});
		try {
			CheckResult result = new ServerCheck(
					new DatabasePool("any", client, properties("db.pool", null, SHORT), "db.pool"), (control) -> leases)
				.run()
				.block();
			assertThat(result.reason()).startsWith("no connection was open within");
			ClientLease lease = client.lease(Lane.READ, "late").block();
			late.get().onNext(lease);
			assertThat(lease.isActive()).isFalse();
		}
		finally {
			client.close(Duration.ZERO).block();
			server.stop(0);
		}
	}

	private static String answered(int status, String body, String location, String schema) throws IOException {
		return answered("db.pool", status, body, location, schema);
	}

	private static String answered(String prefix, int status, String body, String location, String schema)
			throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		server.createContext("/", (exchange) -> {
			boolean probe = exchange.getRequestMethod().equals("OPTIONS");
			if (location != null) {
				exchange.getResponseHeaders().set("Location", location);
			}
			byte[] content = body.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(probe ? 200 : status, (probe || content.length == 0) ? -1 : content.length);
			if (!probe) {
				exchange.getResponseBody().write(content);
			}
			exchange.close();
		});
		server.start();
		try {
			CheckResult result = check(prefix, URI.create("http://localhost:" + server.getAddress().getPort()), schema,
					LONG, (pool) -> pool.idle() == 1);
			assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
			return result.reason();
		}
		finally {
			server.stop(0);
		}
	}

	private static CheckResult check(String prefix, URI url, String schema, Duration timeout,
			Predicate<PoolSnapshot> when) {
		PooledClient client = PooledClient.builder(url, ApiKeys.withoutAnonKey(null))
			.propertyPrefix(prefix)
			.connectTimeout(Duration.ofSeconds(30))
			.lane(Lane.READ, (options) -> options.minConnections(1).maxConnections(1))
			.build();
		try {
			await().until(() -> when.test(client.pool(Lane.READ).snapshot()));
			return new ServerCheck(new DatabasePool("any", client, properties(prefix, schema, timeout), prefix)).run()
				.block();
		}
		finally {
			client.close(Duration.ZERO).block();
		}
	}

	private static DatabasePoolProperties properties(String prefix, String schema, Duration timeout) {
		Map<String, String> values = new HashMap<>(Map.of(prefix + ".request-timeout", timeout.toString()));
		if (schema != null) {
			values.put(prefix + ".schema", schema);
		}
		return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate(prefix,
				DatabasePoolProperties.class);
	}

}
