package dev.dbpool.benchmark;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SettingsTests {

	@Test
	void everythingIsMeasuredByDefault() {
		Settings settings = Settings.OPTIONS.parse();
		assertThat(settings.peers()).containsExactly(Peer.values());
		assertThat(settings.queries()).containsExactly(Query.values());
		assertThat(settings.callers()).containsExactly(1, 20, 100);
		assertThat(settings.connections()).isEqualTo(20);
	}

	@Test
	void optionsChangeWhatIsMeasured() {
		Settings settings = Settings.OPTIONS.parse("--quick", "--clients=pooled,shared", "--queries=page",
				"--callers=7", "--round-millis=30", "--report=a/b.md");
		assertThat(settings.peers()).containsExactly(Peer.POOLED, Peer.SHARED);
		assertThat(settings.queries()).containsExactly(Query.PAGE);
		assertThat(settings.callers()).containsExactly(7);
		assertThat(settings.roundTime()).isEqualTo(Duration.ofMillis(30));
		assertThat(settings.report()).isEqualTo(Path.of("a/b.md"));
	}

	@Test
	void quickShortensWhatIsNotGiven() {
		Settings settings = Settings.OPTIONS.parse("--rounds=2", "--quick");
		assertThat(settings.rounds()).isEqualTo(2);
		assertThat(settings.roundTime()).isEqualTo(Duration.ofMillis(200));
		assertThat(settings.leadIn()).isEqualTo(Duration.ofMillis(60));
	}

	@Test
	void lastReportWins() {
		assertThat(Settings.OPTIONS.parse("--report=maven.md", "--report=user.md").report())
			.isEqualTo(Path.of("user.md"));
	}

	@Test
	void unknownOptionsAndInvalidValuesAreRejected() {
		assertThatExceptionOfType(ParameterException.class).isThrownBy(() -> Settings.OPTIONS.parse("--fast"))
			.withMessageContaining("--fast");
		assertThatExceptionOfType(ParameterException.class).isThrownBy(() -> Settings.OPTIONS.parse("--callers=many"))
			.withMessageContaining("'many' is not a number above zero");
		assertThatExceptionOfType(ParameterException.class).isThrownBy(() -> Settings.OPTIONS.parse("--clients=best"))
			.withMessageContaining("best")
			.withMessageContaining("new-client");
	}

	@Test
	void helpPrintsTheOptionsAndRunsNothing() {
		AtomicInteger runs = new AtomicInteger();
		PrintStream out = System.out;
		ByteArrayOutputStream printed = new ByteArrayOutputStream();
		System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
		try {
			assertThat(Settings.OPTIONS.run((settings) -> runs.incrementAndGet(), "--help")).isZero();
		}
		finally {
			System.setOut(out);
		}
		assertThat(printed.toString(StandardCharsets.UTF_8)).contains("Usage: http-benchmark", "--quick",
				"new-client,shared,", "(default: 1,20,100)");
		assertThat(runs).hasValue(0);
	}

	@Test
	void statusSaysWhetherTheArgumentsOrTheBenchmarkFailed() {
		assertThat(Settings.OPTIONS.run((settings) -> 0, "--quick")).isZero();
		assertThat(Settings.OPTIONS.run((settings) -> 1)).isOne();
		assertThat(Settings.OPTIONS.run((settings) -> {
			throw new IllegalStateException("no server");
		})).isOne();
		assertThat(Settings.OPTIONS.run((settings) -> 0, "--fast")).isEqualTo(2);
	}

}
