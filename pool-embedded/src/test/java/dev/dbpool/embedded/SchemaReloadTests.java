package dev.dbpool.embedded;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * How the end of a load is seen in the log.
 */
class SchemaReloadTests {

	private final StringBuilder log = new StringBuilder();

	private final AtomicInteger signals = new AtomicInteger();

	/**
	 * A load as 12.0 logs it, and one as 12.2 does.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "Schema cache loaded\n", """
			Schema cache queried in 5.1 milliseconds
			Schema cache loaded 12 Relations, 3 Relationships, 1 Functions
			Schema cache loaded in 0.2 milliseconds
			""" })
	void waitsForTheSecondLoad(String load) {
		new SchemaReload(() -> {
			this.signals.incrementAndGet();
			this.log.append(load);
		}, () -> new LogText(this.log.toString()), Duration.ofSeconds(5)).run();
		assertThat(this.signals).hasValue(2);
	}

	@Test
	void aLoadThatNeverEndsIsReportedWithTheLog() {
		SchemaReload reload = new SchemaReload(this.signals::incrementAndGet, () -> new LogText("no connection"),
				Duration.ofMillis(1));
		assertThatExceptionOfType(EmbeddedPostgrestException.class).isThrownBy(reload::run)
			.withMessageContaining("did not load the schema within PT0.001S")
			.withMessageContaining("no connection");
	}

}
