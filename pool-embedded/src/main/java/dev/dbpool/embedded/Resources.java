package dev.dbpool.embedded;

import java.io.InputStream;
import java.util.Optional;

/**
 * Files on the class path, as the application sees it.
 */
final class Resources {

	private static final String SCHEME = "classpath:";

	private Resources() {
	}

	/**
	 * Opens a resource by its name, with or without {@code classpath:} and a leading
	 * slash.
	 */
	static Optional<InputStream> open(String name) {
		String path = name.startsWith(SCHEME) ? name.substring(SCHEME.length()) : name;
		String resource = path.startsWith("/") ? path.substring(1) : path;
		ClassLoader context = Thread.currentThread().getContextClassLoader();
		InputStream stream = (context != null) ? context.getResourceAsStream(resource) : null;
		return Optional.ofNullable(
				(stream != null) ? stream : EmbeddedPostgrest.class.getClassLoader().getResourceAsStream(resource));
	}

}
