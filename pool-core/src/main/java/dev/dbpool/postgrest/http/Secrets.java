package dev.dbpool.postgrest.http;

import java.util.regex.Pattern;

/**
 * Masks what looks like a token or a key in text that others wrote, should a proxy repeat
 * a request in its error page.
 */
final class Secrets {

	private static final Pattern SECRET = Pattern
		.compile("eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]*)?|sb_(secret|publishable)_[A-Za-z0-9_-]+"
				+ "|(?i:bearer\\s+)[A-Za-z0-9._~+/-]{8,}=*");

	private Secrets() {
	}

	static String mask(String text) {
		return SECRET.matcher(text).replaceAll("***");
	}

}
