package dev.dbpool.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The samples of the pages on the client and of {@code README.md} are parts of tests,
 * which compile and run them.
 */
class ClientDocumentationTests {

	private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	private static final List<Path> TESTS = List.of(
			Path.of("../pool-integration-tests/src/test/java/dev/dbpool/client/IdentityIntegrationTests.java"),
			Path.of("../pool-integration-tests/src/test/java/dev/dbpool/client/CoalescedReadsIntegrationTests.java"),
			Path.of("../pool-integration-tests/src/test/java/dev/dbpool/client/BackgroundIntegrationTests.java"),
			Path.of("../pool-integration-tests/src/test/java/dev/dbpool/client/EntityTableIntegrationTests.java"),
			Path.of("../pool-integration-tests/src/test/java/dev/dbpool/client/HttpClientsIntegrationTests.java"),
			Path.of("src/test/java/dev/dbpool/client/OtherApisTests.java"),
			Path.of("../pool-integration-tests/src/test/java/dev/dbpool/client/ReadEndpointsIntegrationTests.java"),
			Path.of("src/test/java/dev/dbpool/client/ReadmeTests.java"),
			Path.of("src/test/java/dev/dbpool/client/RetryCountTests.java"),
			Path.of("../pool-spring-boot-starter/src/test/java/dev/dbpool/autoconfigure/HttpServicesIntegrationTests.java"));

	/**
	 * A line that is for Spring to carry out.
	 */
	private static final String INJECTED = "@Autowired PooledClient client;";

	@ParameterizedTest
	@ValueSource(strings = { "../docs/client.md", "../docs/tables.md", "../docs/http-clients.md", "../README.md" })
	void everySampleIsPartOfATest(Path page) throws IOException {
		assertThat(samplesOf(page)).isPositive();
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
