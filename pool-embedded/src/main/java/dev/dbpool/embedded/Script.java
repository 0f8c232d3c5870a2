package dev.dbpool.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * An SQL script from the class path.
 */
record Script(String name, String sql) {

	static Script load(String name) {
		try (InputStream stream = Resources.open(name)
			.orElseThrow(
					() -> new EmbeddedPostgrestException("the script %s is not on the class path".formatted(name)))) {
			return new Script(name, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException("the script " + name + " could not be read", ex);
		}
	}

}
