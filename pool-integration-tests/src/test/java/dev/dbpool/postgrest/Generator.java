package dev.dbpool.postgrest;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes names and values out of what has a meaning somewhere between caller and database.
 */
final class Generator {

	private static final List<String> TOKENS = List.of("\"", "'", ",", ".", "(", ")", "\\", "%", "*", "_", ":", ";",
			"&", "=", "+", "#", "?", "{", "}", "[", "]", "<", ">", "-", "|", "~", "^", "$", "@", "!", " ", "\n", "\r\n",
			"\t", "é", "😀", "漢", "ß", "\u00a0", "\u202e", "a", "B", "7", "null", "true", "eq.", "not.", "in.(",
			"is.null", "and(", "or=(", "->>", "->", "::text", "!inner", "...", "%25", "%00", "select", "order", "limit",
			"\"\"", "\\\"", "--", "/*", "';", "$1", "{}", "(\"", "\\n", "\\x41", ".desc", ".nullsfirst");

	private static final int MAX_NAME_BYTES = 63;

	private final Random random;

	Generator(long seed) {
		this.random = new Random(seed);
	}

	Set<String> names(int count, Predicate<String> allowed) {
		Set<String> names = new LinkedHashSet<>();
		while (names.size() < count) {
			String name = text(8);
			if (!name.isBlank() && name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES
					&& allowed.test(name)) {
				names.add(name);
			}
		}
		return names;
	}

	List<String> values(int count) {
		Set<String> values = new LinkedHashSet<>(List.of("", TOKENS.get(this.random.nextInt(TOKENS.size()))));
		while (values.size() < count) {
			values.add(text(10));
		}
		return List.copyOf(values);
	}

	private String text(int maxTokens) {
		int tokens = 1 + this.random.nextInt(maxTokens);
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < tokens; i++) {
			text.append(TOKENS.get(this.random.nextInt(TOKENS.size())));
		}
		return text.toString();
	}

}
