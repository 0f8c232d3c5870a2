package dev.dbpool.pool.engine;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A tool that is blind on some JDK passes silently. These find a class that is broken on
 * purpose, or fail the build.
 */
@Tag("proof")
class LincheckCanaryTests {

	@Test
	void modelCheckingFindsTheLostUpdate() {
		assertThatExceptionOfType(LincheckAssertionError.class).isThrownBy(
				() -> new ModelCheckingOptions().iterations(5).minimizeFailedScenario(false).check(RacyCounter.class));
	}

	@Test
	void stressFindsTheLostUpdate() {
		assertThatExceptionOfType(LincheckAssertionError.class)
			.isThrownBy(() -> new StressOptions().iterations(5).minimizeFailedScenario(false).check(RacyCounter.class));
	}

}
