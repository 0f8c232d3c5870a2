package dev.dbpool.embedded;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

/**
 * The tests of {@link DockerIntegrationTests} where there is no Docker: in a JVM whose
 * Docker engine is a {@link LocalEngine}. They test the requests to the engine, not the
 * images.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Tag("long")
class LocalEngineIntegrationTests {

	@TempDir
	Path directory;

	@Test
	void testsPassOnAnEngineThatRunsTheImagesAsProcesses() throws Exception {
		try (LocalEngine engine = new LocalEngine()) {
			engine.refuseNextStart();
			assertThat(runTests(engine.environment())).as(() -> new LogFile(output()).read().text()).isZero();
			assertThat(engine.created).hasSizeGreaterThan(8)
				.allSatisfy((body) -> assertThat(body).contains("org.testcontainers.sessionId"));
			assertThat(engine.created).filteredOn((body) -> body.contains("PortBindings"))
				.hasSizeGreaterThan(5)
				.allSatisfy((body) -> assertThat(body).contains("\"HostIp\":\"127.0.0.1\""));
			assertNoSecretIn(engine);
			assertThat(engine.left()).isEmpty();
			assertThat(engine.removals).isNotEmpty()
				.allSatisfy((query) -> assertThat(query).contains("v=true").contains("force=true"));
		}
	}

	private void assertNoSecretIn(LocalEngine engine) {
		assertThat(engine.secretFiles).anyMatch((content) -> content.contains("jwt-secret"))
			.anyMatch((content) -> content.matches("[0-9a-f]{64}"));
		assertThat(engine.created).noneMatch((body) -> body.matches("(?s).*[0-9a-f]{64}.*"));
	}

	private Path output() {
		return this.directory.resolve("output.txt");
	}

	private int runTests(Map<String, String> environment) throws Exception {
		ProcessBuilder builder = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
				"-Djava.io.tmpdir=" + this.directory, "-XX:TieredStopAtLevel=1", "-cp",
				System.getProperty("java.class.path"), LocalEngineIntegrationTests.class.getName())
			.redirectErrorStream(true)
			.redirectOutput(output().toFile());
		builder.environment().putAll(environment);
		Process process = builder.start();
		try {
			return process.waitFor();
		}
		finally {
			process.destroyForcibly();
		}
	}

	/**
	 * Runs the tests, and exits with the number of tests that did not succeed.
	 */
	public static void main(String[] args) {
		SummaryGeneratingListener listener = new SummaryGeneratingListener();
		LauncherFactory.create()
			.execute(LauncherDiscoveryRequestBuilder.request()
				.selectors(selectClass(PostgrestServerIntegrationTests.class),
						selectClass(ServerControlIntegrationTests.class),
						selectClass(ContainerStartIntegrationTests.class))
				.configurationParameter(PostgrestExtension.DOCKER_PARAMETER, "true")
				.build(), listener);
		TestExecutionSummary summary = listener.getSummary();
		summary.printFailuresTo(new PrintWriter(System.err, true));
		long bad = summary.getTestsFailedCount() + summary.getTestsSkippedCount() + summary.getContainersFailedCount();
		System.exit((summary.getTestsSucceededCount() > 20) ? (int) bad : 1);
	}

}
