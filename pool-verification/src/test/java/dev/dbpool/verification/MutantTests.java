package dev.dbpool.verification;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Keeps the mutants in step with the engine. Whether they are killed is for
 * {@link MutantRun} to find out.
 */
class MutantTests {

	@ParameterizedTest
	@MethodSource("mutants")
	void stillApplies(Mutant mutant) throws Exception {
		assertThat(mutant.apply()).isNotEqualTo(Files.readAllLines(mutant.source()));
	}

	@ParameterizedTest
	@MethodSource("mutants")
	void isDocumented(Mutant mutant) throws Exception {
		assertThat(Files.readString(Path.of("..", "docs", "verification.md"))).contains("`" + mutant.name() + "`");
	}

	@Test
	void areEnough() {
		assertThat(mutants()).hasSizeGreaterThanOrEqualTo(10);
	}

	static List<Mutant> mutants() {
		return Mutant.all();
	}

}
