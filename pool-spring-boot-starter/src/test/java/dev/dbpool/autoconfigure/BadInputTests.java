package dev.dbpool.autoconfigure;

import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.embedded.EmbeddedPostgrestAutoConfiguration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Configuration mistakes fail startup with a report that names the property, its value
 * and how to fix it.
 */
@ExtendWith(OutputCaptureExtension.class)
@Tag("slow")
class BadInputTests {

	private static final String URL = "db.pool.url=http://localhost:1";

	private static final String KEY = "db.pool.anon-key=none";

	private static final String SERVICE_KEY = "e30."
			+ Base64.getUrlEncoder().withoutPadding().encodeToString("{\"role\":\"service_role\"}".getBytes())
			+ ".c2lnbmF0dXJl";

	static Stream<Arguments> mistakes() {
		return Stream.of(
				arguments(List.of("db.pool.embedded.enabled=false"), "db.pool.url is not set.", "SUPABASE_URL"),
				arguments(List.of(URL), "db.pool.anon-key is not set.", "SUPABASE_ANON_KEY"),
				arguments(List.of("db.pool.url=supabase.co", KEY), "db.pool.url is 'supabase.co'", "https://"),
				arguments(List.of("db.pool.url=ftp://x.co", KEY), "db.pool.url is 'ftp://x.co'", "https://"),
				arguments(List.of("db.pool.url=https://x.co?a=b", KEY), "which has a query", "scheme and host"),
				arguments(List.of("db.pool.url=${NO_URL}", KEY),
						"db.pool.url refers to ${NO_URL}, which is not defined.", "Define NO_URL"),
				arguments(List.of("SUPABASE_URL=${NO_URL}", KEY),
						"SUPABASE_URL refers to something that is not defined.", "or set db.pool.url"),
				arguments(List.of("db.pool.url=postgresql://postgres.abcdef:5432/postgres", KEY),
						"db.pool.url is the address of the database", "the URL of the project's API"),
				arguments(List.of("db.pool.url=jdbc:postgresql://db.abcdef.supabase.co:5432/postgres", KEY),
						"db.pool.url is the address of the database", "https://abcdef.supabase.co."),
				arguments(List.of("db.pool.url=https://db.abcdef.supabase.co", KEY), "which names the database",
						"https://abcdef.supabase.co."),
				arguments(List.of("db.pool.url=https://aws-0-eu-central-1.pooler.supabase.com", KEY),
						"which names the database", "the URL of the project's API"),
				arguments(List.of("db.pool.url=https://supabase.com/dashboard/project/abcdef", KEY),
						"which is a page of Supabase", "https://abcdef.supabase.co."),
				arguments(List.of("db.pool.url=http://localhost:99999", KEY),
						"db.pool.url is 'http://localhost:99999', whose port is not between 1 and 65535.",
						"from 1 to 65535"),
				arguments(List.of("db.pool.url=http://localhost:99999999999", KEY), "whose port is not between",
						"from 1 to 65535"),
				arguments(List.of("db.pool.url=http://localhost:0", KEY), "whose port is not between",
						"from 1 to 65535"),
				arguments(List.of("db.pool.url=http://my_api:3000", KEY), "whose host name has an underscore",
						"without underscores"),
				arguments(List.of("db.pool.url=\"https://x.co\"", KEY), "db.pool.url is in quotes.",
						"Remove the quotes"),
				arguments(List.of("db.pool.url=https://x.co/auth/v1", KEY),
						"'https://x.co/auth/v1', which is another API of the project.",
						"Leave the path out of db.pool.url."),
				arguments(List.of("db.pool.url=https://x.co/rest/v1", KEY),
						"'https://x.co/rest/v1', which ends in the REST path '/rest/v1' that db.pool.rest-path appends.",
						"Leave the path out of db.pool.url."),
				arguments(List.of(URL, KEY, "db.pool.rest-path=/a b"),
						"db.pool.rest-path is '/a b', which has a character that a path does not allow", "'/rest/v1'"),
				arguments(List.of(URL, KEY, "db.pool.rest-path=//rest"), "or an empty part", "'/rest/v1'"),
				arguments(List.of("db.pool.url=http://a b", KEY), "is not a URL", "scheme and host"),
				arguments(List.of("SUPABASE_URL=https://x.co/rest/v1/", KEY),
						"SUPABASE_URL is 'https://x.co/rest/v1/', which ends in the REST path '/rest/v1'",
						"Leave the path out of SUPABASE_URL"),
				arguments(List.of(URL, KEY, "db.pool.rest-path=rest"),
						"db.pool.rest-path is 'rest', which does not begin with a slash.", "'/rest/v1'"),
				arguments(List.of(URL, KEY, "db.pool.min-connections=30"),
						"db.pool.min-connections (30) is greater than db.pool.max-connections (20).", "Lower the one"),
				arguments(List.of(URL, KEY, "db.pool.max-connections=1"), "db.pool.max-connections is 1.", "2 or more"),
				arguments(List.of(URL, KEY, "db.pool.write.min-connections=11"),
						"db.pool.write.min-connections (11) is greater than the maximum of the write lane (10).",
						"db.pool.write.max-connections"),
				arguments(List.of(URL, KEY, "db.pool.request-timeout=0"), "db.pool.request-timeout is 0ms.",
						"more than zero"),
				arguments(List.of(URL, KEY, "db.pool.idle-timeout=-5s"), "db.pool.idle-timeout is -5000ms.",
						"zero or more"),
				arguments(List.of(URL, KEY, "db.pool.leak-detection-timeout=10s"),
						"db.pool.leak-detection-timeout (10000ms) is not greater than db.pool.request-timeout (10000ms)",
						"Raise the one"),
				arguments(List.of(URL, KEY, "db.pool.max-retries=-1"), "db.pool.max-retries is -1.", "0 or more"),
				arguments(List.of(URL, KEY, "db.pool.batching.max-size=1"), "db.pool.batching.max-size is 1.",
						"2 to 500"),
				arguments(List.of(URL, KEY, "db.pool.batching.max-in-flight=0"), "db.pool.batching.max-in-flight is 0.",
						"1 or more"),
				arguments(List.of(URL, KEY, "db.pool.health-check-path=items"), "db.pool.health-check-path is 'items'",
						"below the REST root"),
				arguments(List.of(URL, KEY, "db.pool.max-conections=7"),
						"There is no property 'db.pool.max-conections' (value: '7'", "'db.pool.max-connections'"),
				arguments(List.of(URL, KEY, "db.pool.raed.max-connections=7"),
						"There is no property 'db.pool.raed.max-connections' (value: '7'",
						"'db.pool.read.max-connections'"),
				arguments(List.of(URL, KEY, "db.pool.ssl.bundle=missing"), "db.pool.ssl.bundle is 'missing'",
						"spring.ssl.bundle"));
	}

	@ParameterizedTest
	@MethodSource("mistakes")
	void mistakeStopsTheStartWithAReport(List<String> properties, String description, String action,
			CapturedOutput output) {
		assertThat(report(properties, output)).contains("APPLICATION FAILED TO START", description, action);
	}

	@Test
	void serviceKeyGivenAsAnonKeyIsNotShown(CapturedOutput output) {
		assertThat(report(List.of(URL, "db.pool.anon-key=" + SERVICE_KEY), output))
			.contains("db.pool.anon-key holds a service key", "db.pool.service-role-key")
			.doesNotContain(SERVICE_KEY);
		assertThat(output).doesNotContain("c2lnbmF0dXJl");
	}

	@Test
	void secretKeyGivenAsAnonKeyIsNotShown(CapturedOutput output) {
		assertThat(report(List.of(URL, "SUPABASE_ANON_KEY=sb_secret_abc123"), output))
			.contains("SUPABASE_ANON_KEY holds a service key")
			.doesNotContain("abc123");
	}

	@Test
	void publishableKeyGivenAsServiceKeyIsNotShown(CapturedOutput output) {
		assertThat(report(List.of(URL, KEY, "db.pool.service-role-key=sb_publishable_abc123"), output))
			.contains("db.pool.service-role-key holds the anonymous key")
			.doesNotContain("abc123");
	}

	@Test
	void misspeltKeyIsNotShown(CapturedOutput output) {
		assertThat(report(List.of(URL, KEY, "db.pool.servce-role-key=abc123"), output))
			.contains("There is no property 'db.pool.servce-role-key' (value: not shown")
			.contains("'db.pool.service-role-key'")
			.doesNotContain("abc123");
	}

	static Stream<Arguments> wrongKeys() {
		return Stream.of(arguments("${SUPABASE_KEY_X}", "refers to ${SUPABASE_KEY_X}, which is not defined."),
				arguments("\"sb_publishable_abc123\"", "is in quotes."),
				arguments("'eyJabc123.abc123.abc123'", "is in quotes."),
				arguments("Bearer eyJabc123.abc123.abc123", "begins with 'Bearer'."),
				arguments("sb_publishable_ abc123", "has characters that no key has"),
				arguments("eyJabc123", "holds a JWT that is cut off or damaged."),
				arguments("eyJabc123.abc123.", "holds a JWT that is cut off or damaged."),
				arguments("eyJabc123.abc123.abc123", "holds a JWT that is cut off or damaged."),
				arguments("https://abc123.supabase.co", "holds a URL, not a key."),
				arguments("sbp_abc123", "holds a personal access token of Supabase"),
				arguments("your-abc123-key", "holds a stand-in, not a key."),
				arguments("<abc123>", "holds a stand-in, not a key."), arguments("undefined", "holds a stand-in"),
				arguments("null", "holds a stand-in, not a key."),
				arguments(jwt("{\"role\":\"authenticated\",\"sub\":\"1\"}"),
						"holds the JWT of a user (role 'authenticated'), not a key of the project."));
	}

	@ParameterizedTest
	@MethodSource("wrongKeys")
	void wrongAnonKeyIsRefusedAndNotShown(String key, String cause, CapturedOutput output) {
		assertThat(report(List.of(URL, "db.pool.anon-key=" + key), output)).contains("db.pool.anon-key " + cause)
			.doesNotContain("abc123", "c2lnbmF0dXJl");
	}

	@ParameterizedTest
	@MethodSource("wrongKeys")
	void wrongServiceKeyIsRefusedAndNotShown(String key, String cause, CapturedOutput output) {
		assertThat(report(List.of(URL, KEY, "db.pool.service-role-key=" + key), output))
			.contains("db.pool.service-role-key " + cause)
			.doesNotContain("abc123", "c2lnbmF0dXJl");
	}

	@Test
	void originOfEachPropertyIsNamed(CapturedOutput output) {
		assertThat(report(List.of(URL, KEY, "db.pool.profile=low", "DB_POOL_CONFIG={\"minConnections\": 30}"), output))
			.contains("db.pool.min-connections (30) is greater than db.pool.max-connections (10).",
					"db.pool.min-connections is set by $.minConnections of DB_POOL_CONFIG",
					"db.pool.max-connections is set by profile 'low' of db.pool.profile");
	}

	@Test
	void mistakeInTheConfigVariableStopsTheStart(CapturedOutput output) {
		assertThat(report(List.of(URL, KEY, "DB_POOL_CONFIG={maxConnections: 3}"), output))
			.contains("APPLICATION FAILED TO START", "DB_POOL_CONFIG is not valid JSON", "Set it to a JSON object");
	}

	@Test
	void noneIsNoServiceKey(CapturedOutput output) {
		assertThat(report(List.of(URL, KEY, "db.pool.service-role-key=none"), output))
			.contains("db.pool.service-role-key is 'none', which is not a key.", "leave it out");
	}

	@Test
	void keyOfAnotherProjectIsRefused(CapturedOutput output) {
		assertThat(report(List.of("SUPABASE_URL=https://abcdef.supabase.co",
				"SUPABASE_ANON_KEY=" + jwt("{\"role\":\"anon\",\"ref\":\"uvwxyz\"}")), output))
			.contains("SUPABASE_ANON_KEY is a key of the project 'uvwxyz', but SUPABASE_URL is the URL of the project "
					+ "'abcdef'.");
	}

	@Test
	void expiredKeyIsReported(CapturedOutput output) {
		new PropertiesConnectionDetails(PoolConfiguration.ofDefault(TestEnvironment.of()
			.property("db.pool.url", "http://localhost:1")
			.property("db.pool.anon-key", jwt("{\"role\":\"anon\",\"exp\":1700000000}"))
			.bind()), new StandardEnvironment());
		assertThat(output).contains("db.pool.anon-key expired on 2023-11-14T22:13:20Z", "401");
	}

	private static String jwt(String claims) {
		return "eyJhbGciOiJIUzI1NiJ9." + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes())
				+ ".c2lnbmF0dXJl";
	}

	@Test
	void credentialsInTheUrlAreNotShown(CapturedOutput output) {
		assertThat(report(List.of("db.pool.url=https://user:pass123@x.co", KEY), output))
			.contains("db.pool.url has a user name or password")
			.doesNotContain("pass123");
	}

	@ParameterizedTest
	@ValueSource(strings = { "db.pool.url=sb_secret_abc123", "db.pool.url=user:abc123@x.co",
			"db.pool.url=htp://x.co?apikey=abc123", "db.pool.url=https:/user:abc123@x.co",
			"db.pool.url=https://x.co/#abc123", "db.pool.rest-path=/rest/v1?apikey=abc123",
			"db.pool.rest-path=sb_secret_abc123", "db.pool.health-check-path=items?apikey=abc123",
			"db.pool.password=abc123", "db.pool.anon=sb_secret_abc123" })
	void secretInTheWrongPlaceIsNotShown(String mistake, CapturedOutput output) {
		List<String> properties = mistake.startsWith("db.pool.url") ? List.of(KEY, mistake)
				: List.of(URL, KEY, mistake);
		assertThat(report(properties, output)).contains(mistake.substring(0, mistake.indexOf('=')));
		assertThat(output).doesNotContain("abc123");
	}

	private static String report(List<String> properties, CapturedOutput output) {
		SpringApplication application = new SpringApplication(Main.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setBannerMode(Banner.Mode.OFF);
		assertThatException().isThrownBy(
				() -> application.run(properties.stream().map((property) -> "--" + property).toArray(String[]::new))
					.close());
		return output.getAll().substring(Math.max(0, output.getAll().indexOf("APPLICATION FAILED TO START")));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DatabasePoolAutoConfiguration.class, EmbeddedPostgrestAutoConfiguration.class,
			SslAutoConfiguration.class, WebClientAutoConfiguration.class })
	static class Main {

	}

}
