package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs every {@code …Stress} of this package in jcstress, in the short form one of them.
 * The canary has to be found faulty in the same run: a blind tool proves nothing.
 * {@code -Ddbpool.jcstress=regexp} picks some.
 */
@Tag("proof")
@Tag("long")
class JcstressTests {

	private static final String FAILED = "FAILED";

	private static final String CANARY = CanaryStress.class.getSimpleName();

	private static final String SHORTEST = ReleaseEnqueueStress.class.getSimpleName();

	private static final Duration ITERATION = Duration.ofMillis(150);

	@Test
	@Timeout(value = 10, unit = TimeUnit.MINUTES)
	void seesNothingForbiddenButInTheCanary() throws Exception {
		String tests = System.getProperty("dbpool.jcstress", (Proof.LENGTH == Proof.SHORT) ? SHORTEST : ".*");
		JcstressRun run = JcstressRun.of("(" + tests + "|" + CANARY + ")", ITERATION);
		Map<String, String> verdicts = run.verdicts();
		if (!FAILED.equals(verdicts.remove(CANARY))) {
			findTheCanary();
		}
		assertThat(verdicts).as("verdicts in %s", run.log()).isNotEmpty();
		assertThat(verdicts.values()).as("%s in %s", verdicts, run.log()).containsOnly("OK");
	}

	/**
	 * Looks longer: on a busy machine the two threads of a test may hardly ever run at
	 * the same time.
	 */
	private static void findTheCanary() throws Exception {
		JcstressRun run = JcstressRun.of(CANARY, ITERATION.multipliedBy(20));
		assertThat(run.verdicts()).as("the canary, in %s", run.log()).containsEntry(CANARY, FAILED);
	}

}
