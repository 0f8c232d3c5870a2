package dev.dbpool.pool;

import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs every {@code …Stress} of this package in jcstress. The canary has to be found
 * faulty in the same run: a blind tool proves nothing. {@code -Ddbpool.jcstress=regexp}
 * picks some.
 */
class JcstressTests {

	private static final String CANARY = CanaryStress.class.getSimpleName();

	@Test
	void seesNothingForbiddenButInTheCanary() throws Exception {
		String tests = System.getProperty("dbpool.jcstress", ".*");
		JcstressRun run = JcstressRun.of("(" + tests + "|" + CANARY + ")");
		Map<String, String> verdicts = run.verdicts();
		assertThat(verdicts.remove(CANARY)).as("the canary, in %s", run.log()).isEqualTo("FAILED");
		assertThat(verdicts).as("verdicts in %s", run.log()).isNotEmpty();
		assertThat(verdicts.values()).as("%s in %s", verdicts, run.log()).containsOnly("OK");
	}

}
