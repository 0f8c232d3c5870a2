package dev.dbpool.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that was processed ahead of time, with nothing configured at build time,
 * takes its configuration when it runs.
 */
@Tag("long")
class AotIntegrationTests {

	@TempDir
	static Path processed;

	@BeforeAll
	static void process() throws Exception {
		Path sources = Files.createDirectories(processed.resolve("sources"));
		Path classes = Files.createDirectories(processed.resolve("classes"));
		assertThat(
				java(Map.of(), List.of(), SpringApplicationAotProcessor.class.getName(), AotApplication.class.getName(),
						sources.toString(), classes.toString(), classes.toString(), "dev.dbpool", "aot"))
			.contains("exit 0");
		compile(sources, classes);
	}

	private static void compile(Path sources, Path classes) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		try (Stream<Path> files = Files.walk(sources)) {
			List<String> arguments = new ArrayList<>(List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp",
					classes + File.pathSeparator + System.getProperty("java.class.path")));
			files.map(Path::toString).filter((file) -> file.endsWith(".java")).forEach(arguments::add);
			assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new))).isZero();
		}
	}

	@Test
	void urlThatIsSetAtRunTimeIsUsed() throws Exception {
		assertThat(run(Map.of("DB_POOL_URL", "http://localhost:1", "DB_POOL_ANON_KEY", "none")))
			.contains("client pooledClient -> http://localhost:1/rest/v1", "exit 0")
			.doesNotContain("embedded PostgreSQL");
	}

	@Test
	void applicationWithoutUrlFailsInsteadOfServingAnEmptyDatabase() throws Exception {
		assertThat(run(Map.of())).contains("db.pool.url is not set", "starts no embedded server", "exit 1")
			.doesNotContain("starting an embedded PostgreSQL");
	}

	@Test
	void namesOfPoolsMayBeGivenAtRunTime() throws Exception {
		assertThat(run(Map.of("DB_POOLS_ORDERS_URL", "http://localhost:2", "DB_POOLS_ORDERS_ANON_KEY", "none")))
			.contains("client ordersPooledClient -> http://localhost:2/rest/v1", "exit 0")
			.doesNotContain("client pooledClient");
	}

	@Test
	void propertiesAreReachableInANativeImage() throws Exception {
		try (Stream<Path> files = Files.walk(processed.resolve("classes"))) {
			Path hints = files.filter((file) -> file.endsWith("reachability-metadata.json")).findFirst().orElseThrow();
			assertThat(Files.readString(hints)).contains(DatabasePoolProperties.class.getName(),
					DatabasePoolProperties.class.getName() + "$LaneSize");
		}
	}

	private static String run(Map<String, String> environment) throws Exception {
		return java(environment, List.of("-Dspring.aot.enabled=true"), AotApplication.class.getName());
	}

	private static String java(Map<String, String> environment, List<String> options, String main, String... arguments)
			throws Exception {
		List<String> command = new ArrayList<>(List.of(
				Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
				processed.resolve("classes") + File.pathSeparator + System.getProperty("java.class.path")));
		command.addAll(options);
		command.add(main);
		command.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		builder.environment().putAll(environment);
		Process process = builder.start();
		String output = new String(process.getInputStream().readAllBytes());
		return output + "exit " + process.waitFor();
	}

}
