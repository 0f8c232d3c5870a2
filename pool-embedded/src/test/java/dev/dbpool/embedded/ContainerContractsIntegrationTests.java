package dev.dbpool.embedded;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

/**
 * The contracts of {@link ContainerPostgrest} where there is no Docker: in a JVM whose
 * Docker engine is a {@link LocalEngine}. That proves how the engine is spoken to, and
 * nothing about the images.
 */
class ContainerContractsIntegrationTests {

	@TempDir
	Path directory;

	@Test
	void contractsHoldOnAnEngineThatRunsTheImagesAsProcesses() throws Exception {
		try (LocalEngine engine = new LocalEngine()) {
			engine.refuseNextStart();
			assertThat(runContracts(engine.environment())).as(() -> new LogFile(output()).read().text()).isZero();
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

	private int runContracts(Map<String, String> environment) throws Exception {
		ProcessBuilder builder = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
				"-Djava.io.tmpdir=" + this.directory, "-cp", System.getProperty("java.class.path"),
				ContainerContractsIntegrationTests.class.getName())
			.redirectErrorStream(true)
			.redirectOutput(output().toFile());
		builder.environment().putAll(environment);
		return builder.start().waitFor();
	}

	/**
	 * Runs the contracts, and exits with the number of tests that did not succeed.
	 */
	public static void main(String[] args) {
		SummaryGeneratingListener listener = new SummaryGeneratingListener();
		LauncherFactory.create()
			.execute(LauncherDiscoveryRequestBuilder.request()
				.selectors(selectClass(ContainerPostgrestIntegrationTests.class),
						selectClass(ContainerServerControlIntegrationTests.class),
						selectClass(ContainerStartIntegrationTests.class))
				.build(), listener);
		TestExecutionSummary summary = listener.getSummary();
		summary.printFailuresTo(new PrintWriter(System.err, true));
		long bad = summary.getTestsFoundCount() - summary.getTestsSucceededCount() + summary.getContainersFailedCount();
		System.exit((summary.getTestsFoundCount() > 0) ? (int) bad : 1);
	}

}
