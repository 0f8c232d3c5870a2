package dev.dbpool.postgrest;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.dbpool.postgrest.value.StorableText;

/**
 * The text of a {@code select}, without the whitespace that people add to read it.
 */
final class Selection {

	private static final int MOST_KNOWN = 1_000;

	private static final int LONGEST_KNOWN = 500;

	/** What was checked before, since most selections are constants. */
	private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();

	private Selection() {
	}

	static String of(String... columns) {
		String text = (columns.length == 1) ? columns[0] : String.join(",", columns);
		String known = KNOWN.get(text);
		if (known != null) {
			return known;
		}
		String selection = checked(text);
		if (KNOWN.size() < MOST_KNOWN && text.length() <= LONGEST_KNOWN) {
			KNOWN.put(text, selection);
		}
		return selection;
	}

	private static String checked(String text) {
		String selection = compact(text);
		if (selection.isEmpty()) {
			throw new IllegalArgumentException("Nothing is selected: name columns, or * for all");
		}
		check(selection);
		ColumnPath.requireKeysOfPostgrest(selection);
		return StorableText.require(selection, "selection", selection);
	}

	static String of(Selectable first, Selectable... more) {
		String selection = Stream.concat(Stream.of(first), Arrays.stream(more))
			.map(Selectable::text)
			.collect(Collectors.joining(","));
		return StorableText.require(selection, "selection", selection);
	}

	/**
	 * Finds what PostgREST would refuse in words that name no place.
	 */
	private static void check(String selection) {
		int depth = 0;
		boolean quoted = false;
		for (int i = 0; i < selection.length(); i++) {
			char character = selection.charAt(i);
			if (character == '"') {
				quoted = !quoted;
			}
			else if (quoted) {
				i += (character == '\\') ? 1 : 0;
			}
			else if (character == '(') {
				depth++;
			}
			else if (character == ')' && --depth < 0) {
				throw wrong(selection, "a closing parenthesis without an opening one at " + i);
			}
			else if (character == ',' && (i == 0 || i == selection.length() - 1
					|| "(,".indexOf(selection.charAt(i - 1)) >= 0 || selection.charAt(i + 1) == ')')) {
				throw wrong(selection, "nothing beside the comma at " + i);
			}
		}
		if (quoted || depth > 0) {
			throw wrong(selection, quoted ? "an open double quote" : "an open parenthesis");
		}
	}

	private static IllegalArgumentException wrong(String selection, String what) {
		return new IllegalArgumentException("The selection '" + selection + "' has " + what);
	}

	/**
	 * Drops whitespace beside commas, parentheses and the ends, but not in names.
	 */
	private static String compact(String text) {
		StringBuilder compact = new StringBuilder(text.length());
		boolean quoted = false;
		boolean space = false;
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (!quoted && Character.isWhitespace(character)) {
				space = true;
				continue;
			}
			if (space && !isEdge(compact) && ",()".indexOf(character) < 0) {
				compact.append(' ');
			}
			space = false;
			compact.append(character);
			if (quoted && character == '\\' && i + 1 < text.length()) {
				compact.append(text.charAt(++i));
			}
			else if (character == '"') {
				quoted = !quoted;
			}
		}
		return compact.toString();
	}

	private static boolean isEdge(StringBuilder text) {
		return text.isEmpty() || ",(".indexOf(text.charAt(text.length() - 1)) >= 0;
	}

}
