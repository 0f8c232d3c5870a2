package dev.dbpool.autoconfigure.web;

import java.net.URI;

import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Failures of a pool in an application on Tomcat with Spring Security, whose error page
 * needs a user as well: Spring MVC dispatches what no advice handles to that page,
 * without the user, so that it would be answered with 401.
 */
class ServletIntegrationTests {

	private static final AtomicReference<DataAccessException> FAILURE = new AtomicReference<>();

	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private static ConfigurableApplicationContext application;

	@BeforeAll
	static void start() {
		application = start(true);
	}

	private static ConfigurableApplicationContext start(boolean problemDetails, String... more) {
		SpringApplication application = new SpringApplication(Main.class);
		application.setWebApplicationType(WebApplicationType.SERVLET);
		Stream<String> arguments = Stream.of("--server.port=0", "--db.pool.url=http://localhost:1",
				"--db.pool.anon-key=none", "--db.pool.min-connections=0", "--db.pool.response-headers.enabled=true",
				"--spring.security.user.name=operator", "--spring.security.user.password=secret",
				"--management.endpoint.health.show-details=when-authorized",
				"--management.endpoints.web.exposure.include=health,pooldashboard,databasepool",
				"--management.endpoint.pooldashboard.access=read-only",
				"--management.endpoint.databasepool.access=unrestricted",
				"--db.pool.problem-details.enabled=" + problemDetails);
		return application.run(Stream.concat(arguments, Stream.of(more)).toArray(String[]::new));
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	static Stream<Arguments> failures() {
		Map<DataAccessException, Integer> statuses = Map.of(new DataAccessResourceFailureException("down"), 503,
				new DuplicateKeyException("twice"), 409, new PermissionDeniedDataAccessException("no", null), 403,
				new EmptyResultDataAccessException(1), 404, new InvalidDataAccessApiUsageException("bug"), 500);
		List<Arguments> arguments = new ArrayList<>();
		for (String path : List.of("blocking", "mono", "flux", "future", "callable", "function")) {
			statuses.forEach((failure, status) -> arguments.add(Arguments.of(path, failure, status)));
		}
		return arguments.stream();
	}

	@ParameterizedTest
	@MethodSource("failures")
	void failureOfThePoolIsAProblemDetailWithItsOwnStatus(String path, DataAccessException failure, int status)
			throws Exception {
		FAILURE.set(failure);
		HttpResponse<String> answer = get(application, path);
		assertThat(answer.statusCode()).isEqualTo(status);
		assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
		assertThat(answer.body()).contains("\"status\":" + status);
	}

	@Test
	void withoutProblemDetailsTheErrorPageAsksForAUser() throws Exception {
		FAILURE.set(new DuplicateKeyException("twice"));
		try (ConfigurableApplicationContext without = start(false)) {
			assertThat(get(without, "blocking").statusCode()).isEqualTo(401);
		}
	}

	@Test
	void answersCarryTheStateOfThePool() throws Exception {
		FAILURE.set(new DuplicateKeyException("twice"));
		HttpHeaders own = get(application, "blocking").headers();
		for (String name : List.of("Total-Connections", "Active-Connections", "Idle-Connections", "Waiting-Requests")) {
			assertThat(own.firstValue("X-Pool-" + name)).as(name).get().asString().matches("\\d+");
		}
		HttpHeaders refused = send(application, "/actuator/health/databasePool", null).headers();
		assertThat(refused.firstValue("X-Pool-Health")).isEmpty();
		HttpHeaders health = send(application, "/actuator/health/databasePool", "operator:secret").headers();
		assertThat(health.firstValue("X-Pool-Health")).isPresent();
		assertThat(health.firstValue("X-Active-Connections")).contains("0");
		HttpHeaders page = send(application, "/actuator/pooldashboard", "operator:secret").headers();
		assertThat(page.firstValue("Content-Security-Policy")).get().asString().contains("default-src 'none'");
	}

	@Test
	void thePageHasItsPolicyBelowThePathOfTheServlet() throws Exception {
		try (ConfigurableApplicationContext below = start(true, "--spring.mvc.servlet.path=/api")) {
			HttpHeaders page = send(below, "/api/actuator/pooldashboard", "operator:secret").headers();
			assertThat(page.firstValue("Content-Security-Policy")).get().asString().contains("default-src 'none'");
			HttpHeaders health = send(below, "/api/actuator/health/databasePool", "operator:secret").headers();
			assertThat(health.firstValue("X-Pool-Health")).isPresent();
		}
	}

	@Test
	void thePageFollowsThePathsOfTheEndpoints() throws Exception {
		try (ConfigurableApplicationContext mapped = start(true,
				"--management.endpoints.web.path-mapping.pooldashboard=/pools/page",
				"--management.endpoints.web.path-mapping.databasepool=pools/state")) {
			HttpResponse<String> page = send(mapped, "/actuator/pools/page", "operator:secret");
			assertThat(page.headers().firstValue("Content-Security-Policy")).isPresent();
			URI root = page.uri();
			assertThat(resolved(root, page.body(), "src=\"([^\"]+/dashboard\\.js)\""))
				.isEqualTo("/actuator/pools/page/dashboard.js");
			assertThat(resolved(root, page.body(), "data-endpoint=\"([^\"]+)\"")).isEqualTo("/actuator/pools/state");
			assertThat(send(mapped, "/actuator/pools/page/dashboard.js", "operator:secret").statusCode())
				.isEqualTo(200);
			assertThat(send(mapped, "/actuator/pools/state", "operator:secret").statusCode()).isEqualTo(200);
		}
	}

	private static String resolved(URI page, String html, String pattern) {
		return Pattern.compile(pattern)
			.matcher(html)
			.results()
			.map((found) -> page.resolve(found.group(1)).getPath())
			.findFirst()
			.orElse("");
	}

	@Test
	void theStreamOfAPoolIsForUsers() throws Exception {
		String path = "/actuator/databasepool/live/default";
		assertThat(send(application, path, null).statusCode()).isEqualTo(401);
		HttpResponse<Stream<String>> answer = HTTP.send(request(application, path, "operator:secret").build(),
				HttpResponse.BodyHandlers.ofLines());
		assertThat(answer.headers().firstValue("Content-Type")).get().asString().startsWith("text/event-stream");
		assertThat(answer.headers().firstValue("X-Accel-Buffering")).contains("no");
		try (Stream<String> lines = answer.body()) {
			assertThat(lines.filter((line) -> line.startsWith("event:")).limit(3)).contains("event:state",
					"event:details");
		}
	}

	/**
	 * What the dashboard does: the cookie came with the page.
	 */
	@Test
	void anActionNeedsTheTokenOfTheCookie() throws Exception {
		String cookie = send(application, "/actuator/pooldashboard", "operator:secret").headers()
			.firstValue("Set-Cookie")
			.orElseThrow();
		assertThat(cookie).startsWith("XSRF-TOKEN=").doesNotContainIgnoringCase("HttpOnly");
		String token = cookie.substring("XSRF-TOKEN=".length(), cookie.indexOf(';'));
		HttpRequest.Builder action = request(application, "/actuator/databasepool/resume", "operator:secret")
			.header("Cookie", "XSRF-TOKEN=" + token)
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{}"));
		assertThat(HTTP.send(action.build(), HttpResponse.BodyHandlers.ofString()).statusCode()).isIn(401, 403);
		action.header("X-XSRF-TOKEN", token);
		assertThat(HTTP.send(action.build(), HttpResponse.BodyHandlers.ofString()).body())
			.contains("was not suspended");
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext application, String path) throws Exception {
		return send(application, "/public/" + path, null);
	}

	private static HttpResponse<String> send(ConfigurableApplicationContext application, String path, String user)
			throws Exception {
		return HTTP.send(request(application, path, user).build(), HttpResponse.BodyHandlers.ofString());
	}

	private static HttpRequest.Builder request(ConfigurableApplicationContext application, String path, String user) {
		HttpRequest.Builder request = HttpRequest.newBuilder(
				URI.create("http://localhost:" + application.getEnvironment().getProperty("local.server.port") + path));
		if (user != null) {
			request.header("Authorization",
					"Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
		}
		return request;
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Cars.class)
	static class Main {

		@Bean
		SecurityFilterChain security(HttpSecurity http) {
			return http
				.authorizeHttpRequests(
						(requests) -> requests.requestMatchers("/public/**").permitAll().anyRequest().authenticated())
				.httpBasic(Customizer.withDefaults())
				.csrf(CsrfConfigurer::spa)
				.build();
		}

		@Bean
		OperationInterceptor failing() {
			return new OperationInterceptor() {

				@Override
				public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
					return (attempt instanceof Mono) ? Mono.error(FAILURE::get) : Flux.error(FAILURE::get);
				}

			};
		}

		@Bean
		RouterFunction<ServerResponse> route(Cars cars) {
			return RouterFunctions.route()
				.GET("/public/function", (request) -> ServerResponse.ok().body(cars.blocking()))
				.build();
		}

	}

	@RestController
	static final class Cars {

		private final PooledClient client;

		Cars(PooledClient client) {
			this.client = client;
		}

		@GetMapping("/public/blocking")
		List<Row> blocking() {
			return this.client.retries(0).blocking().from("cars").select().list(Row.class);
		}

		@GetMapping("/public/mono")
		Mono<List<Row>> mono() {
			return this.client.retries(0).from("cars").select().list(Row.class);
		}

		@GetMapping("/public/flux")
		Flux<Row> flux() {
			return this.client.retries(0).from("cars").select().stream(Row.class);
		}

		@GetMapping("/public/future")
		CompletableFuture<List<Row>> future() {
			return mono().toFuture();
		}

		@GetMapping("/public/callable")
		Callable<List<Row>> callable() {
			return this::blocking;
		}

	}

}
