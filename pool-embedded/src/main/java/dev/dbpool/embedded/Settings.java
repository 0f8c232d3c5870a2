package dev.dbpool.embedded;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the user asked for.
 *
 * @param port the port of PostgREST, 0 for a free one
 * @param shutdownGrace how long the end of the JVM waits for the user to close
 */
record Settings(List<String> scripts, List<String> schemas, Map<String, String> postgrestSettings,
		Map<String, String> postgresSettings, int port, Duration startupTimeout, Duration shutdownGrace) {

	List<Script> loadScripts() {
		return this.scripts.stream().map(Script::load).toList();
	}

}
