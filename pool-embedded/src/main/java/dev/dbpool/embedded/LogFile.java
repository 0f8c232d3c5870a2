package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file that a server's output goes to.
 */
record LogFile(Path path) {

	/**
	 * The last lines, for an error message.
	 */
	String tail() {
		return read().tail();
	}

	LogText read() {
		try {
			return new LogText(Files.readString(this.path, StandardCharsets.ISO_8859_1));
		}
		catch (IOException ex) {
			return new LogText("");
		}
	}

}
