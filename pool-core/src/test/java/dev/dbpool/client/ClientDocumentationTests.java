package dev.dbpool.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The samples of {@code docs/client.md} and {@code README.md} are parts of tests, which
 * compile and run them.
 */
class ClientDocumentationTests {

	private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	private static final List<Path> TESTS = List.of(
			Path.of("src/test/java/dev/dbpool/client/IdentityIntegrationTests.java"),
			Path.of("src/test/java/dev/dbpool/client/EntityTableIntegrationTests.java"),
			Path.of("src/test/java/dev/dbpool/client/HttpClientsIntegrationTests.java"),
			Path.of("src/test/java/dev/dbpool/client/OtherApisTests.java"),
			Path.of("src/test/java/dev/dbpool/client/ReadmeTests.java"),
			Path.of("src/test/java/dev/dbpool/client/RetryCountTests.java"),
			Path.of("../pool-spring-boot-starter/src/test/java/dev/dbpool/autoconfigure/HttpServicesIntegrationTests.java"));

	/**
	 * A line that is for Spring to carry out.
	 */
	private static final String INJECTED = "@Autowired PooledClient client;";

	@Test
	void everySampleIsPartOfATest() throws IOException {
		assertThat(samplesOf(Path.of("../docs/client.md"))).isGreaterThan(5);
		assertThat(samplesOf(Path.of("../README.md"))).isPositive();
	}

	private static int samplesOf(Path page) throws IOException {
		StringBuilder tests = new StringBuilder();
		for (Path test : TESTS) {
			tests.append(withoutSpace(Files.readString(test)));
		}
		Matcher sample = SAMPLE.matcher(Files.readString(page).replace(INJECTED, ""));
		int samples = 0;
		while (sample.find()) {
			samples++;
			for (String part : sample.group(1).split("\n(?=\\S)")) {
				assertThat(tests).contains(withoutSpace(part.replaceAll(" // .*", "")));
			}
		}
		return samples;
	}

	private static String withoutSpace(String text) {
		return text.replaceAll("\\s+", "");
	}

}
