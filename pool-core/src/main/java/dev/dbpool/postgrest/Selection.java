package dev.dbpool.postgrest;

/**
 * The text of a {@code select}, without the whitespace that people add to read it.
 */
final class Selection {

	private Selection() {
	}

	static String of(String... columns) {
		String selection = compact(String.join(",", columns));
		if (selection.isEmpty()) {
			throw new IllegalArgumentException("Nothing is selected");
		}
		return selection;
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
