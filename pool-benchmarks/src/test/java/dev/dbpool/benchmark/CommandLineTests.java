package dev.dbpool.benchmark;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class CommandLineTests {

	@Test
	void eachOptionIsTakenOnce() {
		CommandLine options = new CommandLine("--quick", "--size=3", "--file=a/b=c", "--wait=20", "--sizes=1,2");
		assertThat(options.flag("--quick")).isTrue();
		assertThat(options.flag("--quick")).isFalse();
		assertThat(options.number("--size", 7)).isEqualTo(3);
		assertThat(options.number("--size", 7)).isEqualTo(7);
		assertThat(options.path("--file", "x")).isEqualTo(Path.of("a/b=c"));
		assertThat(options.millis("--wait", 1)).isEqualTo(Duration.ofMillis(20));
		assertThat(options.numbers("--sizes", 9)).containsExactly(1, 2);
		options.refuseOthers();
	}

	@Test
	void whatNobodyTookIsRefused() {
		CommandLine options = new CommandLine("--fast");
		assertThatIllegalArgumentException().isThrownBy(options::refuseOthers).withMessage("There is no option --fast");
	}

}
