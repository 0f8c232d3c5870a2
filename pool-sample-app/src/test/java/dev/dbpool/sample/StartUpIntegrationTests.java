package dev.dbpool.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a user sees that starts the application, on the embedded stack and on another.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartUpIntegrationTests {

	private static final String ADMIN_TOKEN = "an-admin-token-of-the-test";

	private final HttpClient http = HttpClient.newHttpClient();

	@Test
	void printedLinesWorkAsTheyStandOnTheEmbeddedStackAndHoldNoSecretOnAnother(CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext embedded = start()) {
			List<Curl> lines = Curl.in(output.getAll());
			assertThat(lines).hasSize(3);
			assertThat(send(lines.get(0)).statusCode()).isEqualTo(200);
			assertThat(send(lines.get(0)).body()).contains("Lamp").contains("\"total\":");
			assertThat(send(lines.get(1)).statusCode()).isEqualTo(201);
			assertThat(send(lines.get(2)).body()).contains("\"topShops\":");

			PostgrestServer server = embedded.getBean(PostgrestServer.class);
			assertThat(output).doesNotContain(server.anonKey())
				.doesNotContain(server.serviceKey())
				.doesNotContain(server.jdbcPassword());
			startsOnAnotherServer(server, output);
		}
	}

	private void startsOnAnotherServer(PostgrestServer server, CapturedOutput output) throws Exception {
		int before = output.getAll().length();
		try (ConfigurableApplicationContext project = start("--db.pool.rest-path=/", "--SUPABASE_URL=" + server.url(),
				"--SUPABASE_ANON_KEY=" + server.anonKey(), "--SUPABASE_SERVICE_ROLE_KEY=" + server.serviceKey(),
				"--marketplace.admin-token=" + ADMIN_TOKEN)) {
			assertThat(project.getBeanProvider(PostgrestServer.class).getIfAvailable()).isNull();
			String printed = output.getAll().substring(before);
			List<Curl> lines = Curl.in(printed);
			assertThat(lines).hasSize(3);
			assertThat(send(lines.get(0)).statusCode()).isEqualTo(200);
			assertThat(send(lines.get(1).with("$USER_TOKEN", server.userToken(Users.id(1)))).statusCode())
				.isEqualTo(201);
			assertThat(send(lines.get(2).with("$ADMIN_TOKEN", ADMIN_TOKEN)).statusCode()).isEqualTo(200);
			assertThat(printed).doesNotContain(ADMIN_TOKEN).doesNotContain(server.serviceKey());
			assertThat(status(lines.get(0).uri().resolve("/demo/users"))).isEqualTo(404);
		}
	}

	@Test
	void withoutADatabaseTheApplicationStartsAndSaysSo() throws Exception {
		try (ConfigurableApplicationContext lost = start("--db.pool.url=http://127.0.0.1:1", "--db.pool.anon-key=none",
				"--db.pool.connection-timeout=200ms", "--db.pool.max-retries=0")) {
			URI root = URI.create("http://127.0.0.1:" + lost.getEnvironment().getProperty("local.server.port") + "/");
			HttpResponse<String> response = this.http
				.send(HttpRequest.newBuilder(root.resolve("/api/products/1")).build(), BodyHandlers.ofString());
			assertThat(response.statusCode()).isEqualTo(503);
			assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
			assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
			assertThat(response.body()).contains("The database is temporarily unavailable.")
				.doesNotContain("127.0.0.1:1");
			assertThat(status(root)).isEqualTo(200);
			assertThat(status(root.resolve("/api/admin/report"))).isEqualTo(403);
		}
	}

	private static ConfigurableApplicationContext start(String... arguments) {
		SpringApplication application = new SpringApplication(MarketplaceApplication.class);
		String[] all = Stream.concat(Stream.of("--server.port=0"), Stream.of(arguments)).toArray(String[]::new);
		return application.run(all);
	}

	private int status(URI uri) throws Exception {
		return this.http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode();
	}

	private HttpResponse<String> send(Curl curl) throws Exception {
		return this.http.send(curl.request(), BodyHandlers.ofString());
	}

	/**
	 * A line as a shell would read it.
	 */
	private record Curl(List<String> words) {

		private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

		static List<Curl> in(String output) {
			return output.lines()
				.filter((line) -> line.startsWith("curl "))
				.map((line) -> new Curl(WORD.matcher(line).results().map(Curl::word).toList()))
				.toList();
		}

		private static String word(MatchResult match) {
			return Optional.ofNullable(match.group(1))
				.or(() -> Optional.ofNullable(match.group(2)))
				.orElseGet(match::group);
		}

		Curl with(String variable, String value) {
			return new Curl(this.words.stream().map((word) -> word.replace(variable, value)).toList());
		}

		URI uri() {
			return URI.create(this.words.stream().filter((word) -> word.startsWith("http")).findFirst().orElseThrow());
		}

		HttpRequest request() {
			HttpRequest.Builder request = HttpRequest.newBuilder(uri());
			for (int i = 1; i < this.words.size(); i++) {
				switch (this.words.get(i)) {
					case "-H" -> {
						String[] header = this.words.get(++i).split(": ", 2);
						request.header(header[0], header[1]);
					}
					case "-d" -> request.POST(BodyPublishers.ofString(this.words.get(++i)));
					case "-X" -> assertThat(this.words.get(++i)).isEqualTo("POST");
					default -> assertThat(this.words.get(i)).startsWith("http");
				}
			}
			return request.build();
		}

	}

}
