package dev.dbpool.sample;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.SignedJWT;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.convert.DurationStyle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What can be checked of the compose file and the Kubernetes example without Docker.
 */
class DeploymentExamplesTests {

	private static final Path OPS = Path.of("..", "ops");

	@Test
	void filesThatComposeMountsExist() throws IOException {
		List<String> volumes = compose().findValues("volumes")
			.stream()
			.flatMap((list) -> list.asArray().values().stream())
			.map(JsonNode::asString)
			.toList();
		assertThat(volumes).hasSizeGreaterThan(5)
			.allSatisfy((volume) -> assertThat(OPS.resolve(volume.substring(0, volume.indexOf(':')))).exists());
	}

	@Test
	void keysOfComposeAreSignedWithTheSecretOfPostgrest() throws Exception {
		JsonNode services = compose().path("services");
		String secret = services.at("/postgrest/environment/PGRST_JWT_SECRET").asString();
		JsonNode application = services.at("/marketplace/environment");
		assertThat(role(application.path("SUPABASE_ANON_KEY").asString(), secret)).isEqualTo("anon");
		assertThat(role(application.path("SUPABASE_SERVICE_ROLE_KEY").asString(), secret)).isEqualTo("service_role");
	}

	@Test
	void passwordOfComposeIsThatOfTheScript() throws IOException {
		String uri = compose().at("/services/postgrest/environment/PGRST_DB_URI").asString();
		String password = uri.replaceAll(".*authenticator:(.*)@.*", "$1");
		assertThat(Files.readString(OPS.resolve("postgres/authenticator.sql"))).contains("'" + password + "'");
	}

	@Test
	void kubernetesWaitsUntilTheWebServerAndThePoolHaveEnded() throws IOException {
		JsonNode pod = yaml("kubernetes/marketplace.yaml").get(0).at("/spec/template/spec");
		JsonNode container = pod.at("/containers/0");
		Map<String, String> environment = container.path("env")
			.asArray()
			.values()
			.stream()
			.filter((variable) -> variable.has("value"))
			.collect(Collectors.toMap((variable) -> variable.path("name").asString(),
					(variable) -> variable.path("value").asString()));
		Duration phase = DurationStyle.detectAndParse(environment.get("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE"));
		Duration preStop = Duration.ofSeconds(container.at("/lifecycle/preStop/exec/command/1").asInt());
		assertThat(Duration.ofSeconds(pod.path("terminationGracePeriodSeconds").asLong()))
			.isGreaterThan(preStop.plus(phase.multipliedBy(2)));
	}

	@Test
	void theImageGetsTheJarOfTheSampleAndNoOther() throws IOException {
		String copied = Files.readAllLines(OPS.resolve("Dockerfile"))
			.stream()
			.filter((line) -> line.startsWith("COPY "))
			.map((line) -> line.split(" ")[1])
			.findFirst()
			.orElseThrow();
		List<String> ignored = Files.readAllLines(OPS.resolve("Dockerfile.dockerignore"));
		String jar = "pool-sample-app/target/pool-sample-app-0.1.0-SNAPSHOT";
		assertThat(Stream.of(jar + ".jar", jar + "-sources.jar")
			.filter((file) -> matches(copied, file) && !isIgnored(ignored, file))).containsExactly(jar + ".jar");
	}

	private static boolean isIgnored(List<String> lines, String file) {
		boolean ignored = false;
		for (String line : lines) {
			String pattern = line.startsWith("!") ? line.substring(1) : line;
			if (matches(pattern, file)) {
				ignored = pattern.equals(line);
			}
		}
		return ignored;
	}

	private static boolean matches(String pattern, String file) {
		return FileSystems.getDefault().getPathMatcher("glob:" + pattern).matches(Path.of(file));
	}

	private static String role(String token, String secret) throws Exception {
		SignedJWT jwt = SignedJWT.parse(token);
		assertThat(jwt.verify(new MACVerifier(secret))).isTrue();
		return jwt.getJWTClaimsSet().getStringClaim("role");
	}

	static JsonNode compose() throws IOException {
		return yaml("compose.yaml").get(0);
	}

	private static List<JsonNode> yaml(String file) throws IOException {
		try (Reader reader = Files.newBufferedReader(OPS.resolve(file))) {
			return Stream.iterate(new Yaml().loadAll(reader).iterator(), (documents) -> documents)
				.takeWhile((documents) -> documents.hasNext())
				.map((documents) -> JsonMapper.shared().<JsonNode>valueToTree(documents.next()))
				.toList();
		}
	}

}
