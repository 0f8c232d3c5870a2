package dev.dbpool.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The code in {@code docs/transactions.md} and {@code docs/exactly-once.md} is that of
 * {@link TransactionSamples}.
 */
class TransactionDocumentationTests {

	private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	@ParameterizedTest
	@ValueSource(strings = { "transactions.md", "exactly-once.md" })
	void eachSampleIsOneThatRuns(String page) throws IOException {
		String code = withoutSpace(
				Files.readString(Path.of("src/test/java/dev/dbpool/client/TransactionSamples.java")));
		List<String> samples = SAMPLE.matcher(Files.readString(Path.of("../docs", page)))
			.results()
			.map((MatchResult result) -> result.group(1))
			.toList();
		assertThat(samples).hasSizeGreaterThan(1)
			.allSatisfy((sample) -> assertThat(code).as(sample).contains(withoutSpace(sample)));
	}

	private static String withoutSpace(String text) {
		return text.replaceAll("\\s", "");
	}

}
