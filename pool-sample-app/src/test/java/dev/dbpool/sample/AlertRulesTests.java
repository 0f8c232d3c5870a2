package dev.dbpool.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The alert rules by Prometheus' own tool.
 */
@Tag("slow")
class AlertRulesTests {

	@Test
	void rulesAreValid() throws Exception {
		assertThat(promtool("check", "rules", "dbpool.rules.yml")).contains("SUCCESS");
	}

	@Test
	void alertsAreRaisedAndNotRaisedAsTheirTestsSay() throws Exception {
		assertThat(promtool("test", "rules", "dbpool.test.yml")).contains("SUCCESS");
	}

	@Test
	void configurationIsValid() throws Exception {
		assertThat(promtool("check", "config", "prometheus.yml")).contains("SUCCESS");
	}

	private static String promtool(String... arguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(Prometheus.program("promtool").toString()));
		command.addAll(Arrays.asList(arguments));
		Process process = new ProcessBuilder(command).directory(Prometheus.RULES.toFile())
			.redirectErrorStream(true)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).as(output).isZero();
		return output;
	}

}
