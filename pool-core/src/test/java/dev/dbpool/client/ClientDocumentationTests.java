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
 * The samples of {@code docs/client.md} are parts of tests, which compile and run them.
 */
class ClientDocumentationTests {

	private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	private static final List<Path> TESTS = List.of(Path.of("src/test/java/dev/dbpool/client/IdentityContract.java"),
			Path.of("src/test/java/dev/dbpool/client/EntityTableContract.java"),
			Path.of("src/test/java/dev/dbpool/client/HttpClientsContract.java"),
			Path.of("src/test/java/dev/dbpool/client/OtherApisTests.java"),
			Path.of("../pool-spring-boot-starter/src/test/java/dev/dbpool/autoconfigure/HttpServicesIntegrationTests.java"));

	@Test
	void everySampleIsPartOfATest() throws IOException {
		StringBuilder tests = new StringBuilder();
		for (Path test : TESTS) {
			tests.append(withoutSpace(Files.readString(test)));
		}
		Matcher sample = SAMPLE.matcher(Files.readString(Path.of("../docs/client.md")));
		int samples = 0;
		while (sample.find()) {
			samples++;
			for (String part : sample.group(1).split("\n(?=\\S)")) {
				assertThat(tests).contains(withoutSpace(part));
			}
		}
		assertThat(samples).isGreaterThan(5);
	}

	private static String withoutSpace(String text) {
		return text.replaceAll("\\s+", "");
	}

}
