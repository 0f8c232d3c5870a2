package dev.dbpool.autoconfigure;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.dbpool.client.PooledClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The properties {@code spring.jackson.*} and the customizers of an application, and what
 * they may change of the requests to PostgREST.
 */
@Tag("slow")
class ApplicationJacksonTests {

	private static final Car CAR = new Car(1, "VW Golf", LocalDate.of(2026, 1, 2), new BigDecimal("0.10"),
			List.of("red"));

	private static final String JSON = "{\"id\":1,\"modelName\":\"VW Golf\",\"built\":\"2026-01-02\",\"price\":0.10,"
			+ "\"tags\":[\"red\"]}";

	private final List<String> bodies = new CopyOnWriteArrayList<>();

	private final List<String> preferences = new CopyOnWriteArrayList<>();

	private HttpServer server;

	private ApplicationContextRunner runner;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::answer);
		this.server.start();
		this.runner = new ApplicationContextRunner()
			.withInitializer((context) -> PoolDefaultsEnvironmentPostProcessor.addTo(context.getEnvironment()))
			.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class,
					WebClientAutoConfiguration.class, CodecsAutoConfiguration.class, JacksonAutoConfiguration.class))
			.withPropertyValues("db.pool.url=http://localhost:" + this.server.getAddress().getPort(),
					"db.pool.anon-key=none", "db.pool.min-connections=0");
	}

	private void answer(HttpExchange exchange) throws IOException {
		this.bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
		String preferences = String.valueOf(exchange.getRequestHeaders().get("Prefer"));
		this.preferences.add(preferences);
		byte[] answer = (preferences.contains("return=minimal") ? "" : "[" + JSON + "]")
			.getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.getResponseHeaders().set("Preference-Applied", "tx=rollback");
		exchange.sendResponseHeaders(201, (answer.length > 0) ? answer.length : -1);
		exchange.getResponseBody().write(answer);
		exchange.close();
	}

	@AfterEach
	void stop() {
		this.server.stop(0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "datatype.datetime.write-dates-as-timestamps=true", "serialization.wrap-root-value=true",
			"deserialization.unwrap-root-value=true", "json.write.write-numbers-as-strings=true",
			"serialization.write-single-elem-arrays-unwrapped=true", "serialization.indent-output=true",
			"default-property-inclusion=non_null", "date-format=dd.MM.yyyy", "use-jackson2-defaults=true",
			"time-zone=Asia/Tokyo", "datatype.json-node.use-big-decimal-for-floats=false" })
	void settingsForTheJsonOfTheApplicationDoNotChangeRequestsAndAnswers(String property) {
		this.runner.withPropertyValues("spring.jackson." + property).run((context) -> {
			PooledClient client = context.getBean(PooledClient.class);
			assertThat(client.from("cars").insert(CAR).list(Car.class).block()).containsExactly(CAR);
			client.from("cars").insert(Map.of("built", LocalDate.of(2026, 1, 2))).execute().block();
			assertThat(this.bodies).filteredOn((body) -> !body.isEmpty())
				.containsExactly(JSON, "{\"built\":\"2026-01-02\"}");
		});
	}

	@Test
	void theNamingStrategyOfTheApplicationNamesTheColumns() {
		this.runner.withPropertyValues("spring.jackson.property-naming-strategy=SNAKE_CASE").run((context) -> {
			context.getBean(PooledClient.class).from("cars").insert(CAR).execute().block();
			assertThat(this.bodies).filteredOn((body) -> !body.isEmpty())
				.singleElement()
				.asString()
				.contains("\"model_name\":\"VW Golf\"");
		});
	}

	@Test
	void preferencesOfACustomizerAreSentWithEachRequest() {
		this.runner
			.withBean(WebClientCustomizer.class, () -> (builder) -> builder.defaultHeader("Prefer", "tx=rollback"))
			.run((context) -> {
				context.getBean(PooledClient.class).from("cars").insert(CAR).execute().block();
				assertThat(this.preferences).contains("[return=minimal,tx=rollback]");
			});
	}

	record Car(int id, String modelName, LocalDate built, BigDecimal price, List<String> tags) {
	}

}
