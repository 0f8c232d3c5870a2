package dev.dbpool.benchmark;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SettingsTests {

	@Test
	void everythingIsMeasuredByDefault() {
		Settings settings = Settings.parse();
		assertThat(settings.peers()).containsExactly(Peer.values());
		assertThat(settings.queries()).containsExactly(Query.values());
		assertThat(settings.callers()).containsExactly(1, 20, 100);
		assertThat(settings.connections()).isEqualTo(20);
	}

	@Test
	void optionsChangeWhatIsMeasured() {
		Settings settings = Settings.parse("--quick", "--clients=pooled,shared", "--queries=page", "--callers=7",
				"--round-millis=30", "--report=a/b.md");
		assertThat(settings.peers()).containsExactly(Peer.POOLED, Peer.SHARED);
		assertThat(settings.queries()).containsExactly(Query.PAGE);
		assertThat(settings.callers()).containsExactly(7);
		assertThat(settings.roundTime()).isEqualTo(Duration.ofMillis(30));
		assertThat(settings.report()).isEqualTo(Path.of("a/b.md"));
	}

	@Test
	void refusesWhatMakesNoSense() {
		assertThatIllegalArgumentException().isThrownBy(() -> Settings.parse("--fast"))
			.withMessage("There is no option --fast");
		assertThatIllegalArgumentException().isThrownBy(() -> Settings.parse("--callers=many"))
			.withMessage("'many' is not a number above zero");
		assertThatIllegalArgumentException().isThrownBy(() -> Settings.parse("--clients=best"))
			.withMessageContaining("'best' is none of new-client, shared,");
	}

}
