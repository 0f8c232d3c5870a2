package dev.dbpool.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The code in {@code docs/transactions.md} is that of {@link TransactionSamples}.
 */
class TransactionDocumentationTests {

	private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	@Test
	void eachSampleIsOneThatRuns() throws IOException {
		String code = withoutSpace(
				Files.readString(Path.of("src/test/java/dev/dbpool/client/TransactionSamples.java")));
		List<String> samples = SAMPLE.matcher(Files.readString(Path.of("../docs/transactions.md")))
			.results()
			.map((MatchResult result) -> result.group(1))
			.toList();
		assertThat(samples).hasSizeGreaterThan(6)
			.allSatisfy((sample) -> assertThat(code).as(sample).contains(withoutSpace(sample)));
	}

	private static String withoutSpace(String text) {
		return text.replaceAll("\\s", "");
	}

}
