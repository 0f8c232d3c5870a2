package dev.dbpool.autoconfigure;

import java.util.List;

import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.embedded.EmbeddedPostgrestAutoConfiguration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.core.env.ConfigurableEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * A wrong value of any property is explained: the report names the property, the value
 * unless it could be a key, and how to fix it. The short form tries one wrong value of
 * each property, the others all of them.
 */
@Tag("proof")
@Tag("slow")
class WrongValueTests {

	private static final boolean SHORT = System.getProperty("dbpool.proof", "short").equals("short");

	private static final List<String> WRONG_DURATIONS = List.of("-1s", "5 sekunden", "1ns", "3000000d", "${NO_TIME}");

	private static final List<String> WRONG_NUMBERS = List.of("-1", "many", "1.5", "9999999999");

	private static final List<String> WRONG_BOOLEANS = List.of("maybe", "2");

	private static final Map<String, List<String>> VALUES = Map.ofEntries(
			Map.entry("url", List.of("x", "postgres://x", "http://x:99999", "${NO_URL}")),
			Map.entry("rest-path", List.of("rest", "/a b", "/a?b=c")),
			Map.entry("admin-url", List.of("localhost:3001", "ftp://x", "http://x:99999")),
			Map.entry("anon-key", List.of("'k'", "${NO_KEY}")),
			Map.entry("service-role-key", List.of("none", "undefined")),
			Map.entry("schema", List.of("public,shop", "\"shop\"", "${NO_SCHEMA}")),
			Map.entry("pass-through-user", WRONG_BOOLEANS), Map.entry("profile", List.of("huge", "1")),
			Map.entry("min-connections", WRONG_NUMBERS),
			Map.entry("max-connections", List.of("-1", "0", "1", "many", "1000000")),
			Map.entry("read.min-connections", WRONG_NUMBERS),
			Map.entry("read.max-connections", List.of("-1", "0", "many", "1000000")),
			Map.entry("read.endpoints", List.of("x", "http://a:1,http://b:99999")),
			Map.entry("write.min-connections", WRONG_NUMBERS),
			Map.entry("write.max-connections", List.of("-1", "0", "many", "1000000")),
			Map.entry("connection-timeout", WRONG_DURATIONS), Map.entry("connect-timeout", WRONG_DURATIONS),
			Map.entry("request-timeout", WRONG_DURATIONS), Map.entry("release-timeout", WRONG_DURATIONS),
			Map.entry("idle-timeout", WRONG_DURATIONS), Map.entry("max-lifetime", WRONG_DURATIONS),
			Map.entry("max-pending", WRONG_NUMBERS), Map.entry("max-retries", WRONG_NUMBERS),
			Map.entry("background-share", List.of("0", "-0.1", "1.1", "NaN", "half")),
			Map.entry("fleet.max-connections", List.of("-1", "0", "1", "many", "1000001")),
			Map.entry("fleet.lease", List.of("0", "999", "-1s", "300001", "soon")),
			Map.entry("fleet.name", List.of("my shop", "{shop}")),
			Map.entry("retry-budget.ratio", List.of("-0.1", "lots", "NaN", "1001")),
			Map.entry("retry-budget.min-per-second", WRONG_NUMBERS), Map.entry("retry-delay", WRONG_DURATIONS),
			Map.entry("health-check-interval", WRONG_DURATIONS),
			Map.entry("health-check-path", List.of("items", "//items", "/items?name=eq.a b")),
			Map.entry("keep-alive-interval", WRONG_DURATIONS), Map.entry("connection-choice", List.of("coldest")),
			Map.entry("queue-discipline", List.of("lifo")), Map.entry("queue-interval", WRONG_DURATIONS),
			Map.entry("queue-target", WRONG_DURATIONS), Map.entry("leak-detection-timeout", WRONG_DURATIONS),
			Map.entry("leak-action", List.of("ignore")), Map.entry("coalesce-reads", WRONG_BOOLEANS),
			Map.entry("health.utilization-threshold", List.of("0", "101", "much")),
			Map.entry("health.error-rate-threshold", List.of("0", "101", "1.5")),
			Map.entry("health.response-time-threshold", WRONG_DURATIONS),
			Map.entry("health.leak-threshold", WRONG_NUMBERS), Map.entry("alerts.enabled", WRONG_BOOLEANS),
			Map.entry("alerts.delay", WRONG_DURATIONS), Map.entry("alerts.cool-down", WRONG_DURATIONS),
			Map.entry("alerts.webhook-url", List.of("hooks.slack.com", "ftp://x")),
			Map.entry("alerts.webhook-timeout", WRONG_DURATIONS), Map.entry("response-headers.enabled", WRONG_BOOLEANS),
			Map.entry("batching.enabled", WRONG_BOOLEANS), Map.entry("batching.max-size", List.of("1", "501", "many")),
			Map.entry("batching.max-in-flight", List.of("0", "-1", "many")),
			Map.entry("send-retry-count", WRONG_BOOLEANS), Map.entry("leak-stack-traces", WRONG_BOOLEANS),
			Map.entry("problem-details.enabled", WRONG_BOOLEANS), Map.entry("enable-metrics", WRONG_BOOLEANS),
			Map.entry("enable-lease-timers", WRONG_BOOLEANS), Map.entry("enable-opentelemetry-metrics", WRONG_BOOLEANS),
			Map.entry("enable-tracing", WRONG_BOOLEANS), Map.entry("summary-interval", WRONG_DURATIONS),
			Map.entry("enable-health-checks", WRONG_BOOLEANS), Map.entry("slow-operation-threshold", WRONG_DURATIONS),
			Map.entry("drain-timeout", WRONG_DURATIONS),
			Map.entry("max-in-memory-size", List.of("-1", "0", "2GB", "big")),
			Map.entry("max-answer-size", List.of("-1", "0", "2GB", "big")),
			Map.entry("operation-timeout", WRONG_DURATIONS), Map.entry("column-naming", List.of("camel")),
			Map.entry("lane-sharing", List.of("all")), Map.entry("concurrency-limit", List.of("gradient")),
			Map.entry("exchange", List.of("jdbc")), Map.entry("http2", List.of("h2c")),
			Map.entry("ssl.bundle", List.of("missing", "no-file")), Map.entry("embedded.enabled", WRONG_BOOLEANS),
			Map.entry("embedded.scripts", List.of("nope.sql", ",")),
			Map.entry("embedded.schemas", List.of(",", "\"shop\"")));

	private ConfigurableEnvironment environment;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withInitializer((context) -> {
		this.environment = context.getEnvironment();
		PoolDefaultsEnvironmentPostProcessor.addTo(this.environment);
	})
		.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class, WebClientAutoConfiguration.class,
				EmbeddedPostgrestAutoConfiguration.class, SslAutoConfiguration.class))
		.withPropertyValues("spring.ssl.bundle.pem.no-file.truststore.certificate=classpath:nope.pem");

	static Stream<Arguments> wrongValues() {
		List<String> names = PoolPropertyNames.all();
		return IntStream.range(0, names.size())
			.boxed()
			.flatMap((number) -> wrongValues(names.get(number), number)
				.map((value) -> arguments(names.get(number), value)));
	}

	private static Stream<String> wrongValues(String name, int number) {
		List<String> values = VALUES.getOrDefault(name, List.of());
		return (SHORT && !values.isEmpty()) ? Stream.of(values.get(number % values.size())) : values.stream();
	}

	@Test
	void everyPropertyHasAWrongValue() {
		assertThat(VALUES.keySet()).containsAll(PoolPropertyNames.all());
	}

	@ParameterizedTest
	@MethodSource("wrongValues")
	void wrongValueIsExplained(String name, String value) {
		String property = "db.pool." + name;
		ApplicationContextRunner server = name.matches("embedded\\.sc.*") ? this.runner
				: this.runner.withPropertyValues("db.pool.url=http://localhost:1", "db.pool.anon-key=none");
		server.withPropertyValues(property + "=" + value).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = new InvalidPoolConfigurationFailureAnalyzer(this.environment)
				.analyze(context.getStartupFailure());
			assertThat(analysis).as(() -> "analysis of " + context.getStartupFailure()).isNotNull();
			assertThat(analysis.getDescription()).contains(property);
			assertThat(analysis.getAction()).isNotBlank();
			if (!name.endsWith("-key") && !name.equals("alerts.webhook-url")) {
				assertThat(analysis.getDescription()).contains(shown(value));
			}
		});
	}

	/**
	 * Durations that can be read are shown in one unit, elements of a list one by one.
	 */
	private static String shown(String value) {
		return switch (value) {
			case "http://a:1,http://b:99999" -> "http://b:99999";
			case "-1s" -> "-1000ms";
			case "3000000d" -> "3000000 days";
			case "/a?b=c" -> "/a?…";
			case "2GB" -> "2147483648B";
			case "," -> "''";
			case "/items?name=eq.a b" -> "/items?…";
			case "postgres://x" -> "the address of the database";
			default -> value;
		};
	}

}
