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
		assertThat(settings.queries()).containsExactly(new Query(1), new Query(100), new Query(1000));
		assertThat(settings.callersAs()).containsExactly(CallerKind.REACTIVE);
		assertThat(settings.server()).isEqualTo(Server.POSTGREST);
		assertThat(settings.tls()).isFalse();
		assertThat(settings.callers()).containsExactly(1, 20, 100);
		assertThat(settings.connections()).isEqualTo(20);
	}

	@Test
	void optionsChangeWhatIsMeasured() {
		Settings settings = Settings.OPTIONS.parse("--quick", "--clients=pooled,shared", "--rows=7", "--callers=7",
				"--round-millis=30", "--report=a/b.md", "--server=stub", "--tls", "--callers-as=platform");
		assertThat(settings.peers()).containsExactly(Peer.POOLED, Peer.SHARED);
		assertThat(settings.queries()).containsExactly(new Query(7));
		assertThat(settings.callersAs()).containsExactly(CallerKind.PLATFORM);
		assertThat(settings.server()).isEqualTo(Server.STUB);
		assertThat(settings.tls()).isTrue();
		assertThat(settings.callers()).containsExactly(7);
		assertThat(settings.roundTime()).isEqualTo(Duration.ofMillis(30));
		assertThat(settings.report()).isEqualTo(Path.of("a/b.md"));
	}

	@Test
	void quickShortensWhatIsNotGiven() {
		Settings settings = Settings.OPTIONS.parse("--rounds=2", "--quick");
		assertThat(settings.rounds()).isEqualTo(2);
		assertThat(settings.roundTime()).isEqualTo(Duration.ofMillis(150));
		assertThat(settings.leadIn()).isEqualTo(Duration.ofMillis(50));
	}

	@Test
	void lastReportWins() {
		assertThat(Settings.OPTIONS.parse("--report=maven.md", "--report=user.md").report())
			.isEqualTo(Path.of("user.md"));
	}

	@Test
	void unknownOptionsAndInvalidValuesAreRejected() {
		assertRejected("--fast", "--fast");
		assertRejected("--callers=many", "'--callers'", "'many' is not a number above zero: use 1 to");
		assertRejected("--rows=5000", "'--rows'", "'5000' is more than", "use 1 to 2000");
		assertRejected("--callers-as=fibers", "'--callers-as'", "'fibers' is no kind of caller: use reactive");
		assertRejected("--server=real", "'--server'", "'real' is not known: use postgrest, stub");
		assertRejected("--clients=best", "'--clients'", "'best' is not known: use shared, observed");
	}

	@Test
	void virtualCallersNeedAJdkThatHasThem() {
		if (Threads.areVirtualAvailable()) {
			assertThat(Settings.OPTIONS.parse("--callers-as=virtual").callersAs()).containsExactly(CallerKind.VIRTUAL);
		}
		else {
			assertRejected("--callers-as=virtual", "'--callers-as'", "'virtual' needs JDK 21 or later",
					"run Maven on a later JDK");
		}
	}

	private static void assertRejected(String argument, String... parts) {
		assertThatExceptionOfType(ParameterException.class).isThrownBy(() -> Settings.OPTIONS.parse(argument))
			.satisfies((failure) -> assertThat(failure.getMessage()).contains(parts));
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
				"shared,observed,", "(default: 1,20,100)");
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
