package dev.dbpool.autoconfigure;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.reactive.ReactiveManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A whole application, started as {@code main} would start it.
 */
public final class TestApplication implements AutoCloseable {

	private static final HttpClient http = HttpClient.newHttpClient();

	private final ConfigurableApplicationContext context;

	private TestApplication(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts an application without a web server.
	 * @param server the server to use
	 * @param properties more properties as {@code name=value}
	 * @return the application
	 */
	public static TestApplication start(PostgrestServer server, String... properties) {
		return start(WebApplicationType.NONE, connection(server), properties);
	}

	/**
	 * Starts an application with a web server and all actuator endpoints.
	 * @param server the server to use
	 * @param properties more properties as {@code name=value}, which win
	 * @return the application
	 */
	public static TestApplication web(PostgrestServer server, String... properties) {
		Map<String, String> all = connection(server);
		all.put("server.port", "0");
		all.put("management.endpoints.web.exposure.include", "*");
		all.put("management.endpoint.health.show-details", "always");
		return start(WebApplicationType.REACTIVE, all, properties);
	}

	/**
	 * Starts an application without a web server, whose server is none of the embedded
	 * ones.
	 * @param url where the server is, or should be
	 * @param properties more properties as {@code name=value}
	 * @return the application
	 */
	public static TestApplication start(URI url, String... properties) {
		Map<String, String> all = new LinkedHashMap<>();
		all.put("db.pool.url", url.toString());
		all.put("db.pool.anon-key", "none");
		all.put("spring.reactor.netty.shutdown-quiet-period", "0s");
		return start(WebApplicationType.NONE, all, properties);
	}

	private static Map<String, String> connection(PostgrestServer server) {
		KeyLeaks.watch(server.anonKey());
		KeyLeaks.watch(server.serviceKey());
		Map<String, String> properties = new LinkedHashMap<>();
		properties.put("db.pool.url", server.url().toString());
		properties.put("db.pool.rest-path", "/");
		properties.put("spring.reactor.netty.shutdown-quiet-period", "0s");
		properties.put("db.pool.anon-key", server.anonKey());
		properties.put("db.pool.service-role-key", server.serviceKey());
		return properties;
	}

	private static TestApplication start(WebApplicationType type, Map<String, String> defaults, String... properties) {
		for (String property : properties) {
			int equals = property.indexOf('=');
			defaults.put(property.substring(0, equals), property.substring(equals + 1));
		}
		defaults.putIfAbsent("management.health.redis.enabled", "false");
		SpringApplication application = new SpringApplication(Main.class);
		application.setWebApplicationType(type);
		application.setBannerMode(Banner.Mode.OFF);
		return new TestApplication(application.run(defaults.entrySet()
			.stream()
			.map((property) -> "--" + property.getKey() + "=" + property.getValue())
			.toArray(String[]::new)));
	}

	/**
	 * Returns the context.
	 * @return the context
	 */
	public ConfigurableApplicationContext context() {
		return this.context;
	}

	/**
	 * Returns the client under test.
	 * @return the client
	 */
	public PooledClient client() {
		return this.context.getBean(PooledClient.class);
	}

	/**
	 * Asks the application's web server.
	 * @param path the path
	 * @return its answer
	 */
	public HttpResponse<String> get(String path) {
		return send(request(path).build());
	}

	/**
	 * Posts JSON to the application's web server.
	 * @param path the path
	 * @param json the body
	 * @return its answer
	 */
	public HttpResponse<String> post(String path, String json) {
		return send(request(path).header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(json))
			.build());
	}

	/**
	 * Begins a request to the application's web server.
	 * @param path the path
	 * @return the request, a GET
	 */
	public HttpRequest.Builder request(String path) {
		String port = this.context.getEnvironment().getProperty("local.server.port");
		return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
	}

	/**
	 * Sends a request.
	 * @param request the request
	 * @return its answer
	 */
	public HttpResponse<String> send(HttpRequest request) {
		try {
			HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
			KeyLeaks.check("answer to " + request.uri().getPath(), response.headers() + response.body());
			return response;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		this.context.close();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { TomcatReactiveWebServerAutoConfiguration.class,
			ReactiveWebSecurityAutoConfiguration.class, ReactiveManagementWebSecurityAutoConfiguration.class })
	static class Main {

	}

}
