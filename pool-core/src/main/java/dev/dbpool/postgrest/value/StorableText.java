package dev.dbpool.postgrest.value;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Text that PostgreSQL can store and compare: any Unicode text except the character NUL
 * (U+0000) and unpaired surrogates. Servers change both silently: a NUL ends the text,
 * and a surrogate becomes another character, so that other rows would be meant. Text that
 * has one of them is refused before anything is sent.
 */
public final class StorableText {

	private static final int NONE = -1;

	private static final int UNICODE_ESCAPE = 6;

	private StorableText() {
	}

	/**
	 * Requires that PostgreSQL can store a text.
	 * @param text the text
	 * @param kind what the text is, such as {@code value for the column}
	 * @param name the name that goes with it
	 * @return the text
	 * @throws IllegalArgumentException if it contains NUL or an unpaired surrogate; the
	 * message has the kind and the name, not the text
	 */
	public static String require(String text, String kind, String name) {
		int index = indexOfUnstorable(text);
		if (index != NONE) {
			throw new UnstorableTextException("The " + kind + " '" + printable(name) + "' contains "
					+ describe(text.charAt(index)) + " at index " + index + UnstorableTextException.REASON);
		}
		return text;
	}

	/**
	 * Requires that PostgreSQL can store each text in a JSON document, names included,
	 * whether its characters are escaped or not.
	 * @param json the document
	 * @return the document
	 * @throws IllegalArgumentException if one of the texts contains NUL or an unpaired
	 * surrogate; the message has the JSON pointer of the text, not the text
	 */
	public static String requireInJson(String json) {
		if (indexOfUnstorable(json) != NONE || hasUnstorableEscape(json)) {
			throw UnstorableTextException.inJson(json);
		}
		return json;
	}

	/**
	 * Requires that PostgreSQL can store each text in a JSON document, names included,
	 * whether its characters are escaped or not.
	 * @param json the document in UTF-8
	 * @return the document
	 * @throws IllegalArgumentException if one of the texts contains NUL or an unpaired
	 * surrogate; the message has the JSON pointer of the text, not the text
	 */
	public static byte[] requireInJson(byte[] json) {
		CharSequence characters = new Bytes(ByteBuffer.wrap(json));
		if (hasUnstorableEscape(characters)) {
			throw UnstorableTextException.inJson(new String(json, StandardCharsets.UTF_8));
		}
		return json;
	}

	static boolean isStorable(String text) {
		return indexOfUnstorable(text) == NONE;
	}

	static int indexOfUnstorable(CharSequence text) {
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (Character.isHighSurrogate(character) && i + 1 < text.length()
					&& Character.isLowSurrogate(text.charAt(i + 1))) {
				i++;
			}
			else if (character == 0 || Character.isSurrogate(character)) {
				return i;
			}
		}
		return NONE;
	}

	private static boolean hasUnstorableEscape(CharSequence json) {
		for (int i = 0; i < json.length(); i++) {
			char character = json.charAt(i);
			if (character == 0) {
				return true;
			}
			if (character != '\\') {
				continue;
			}
			int escaped = escapedAt(json, i);
			if (escaped == NONE) {
				i++;
			}
			else if (Character.isHighSurrogate((char) escaped) && isLowSurrogate(escapedAt(json, i + UNICODE_ESCAPE))) {
				i += 2 * UNICODE_ESCAPE - 1;
			}
			else if (escaped == 0 || Character.isSurrogate((char) escaped)) {
				return true;
			}
			else {
				i += UNICODE_ESCAPE - 1;
			}
		}
		return false;
	}

	private static boolean isLowSurrogate(int character) {
		return character != NONE && Character.isLowSurrogate((char) character);
	}

	/**
	 * The UTF-16 unit whose escape is at a place, or {@code NONE}.
	 */
	private static int escapedAt(CharSequence json, int index) {
		if (index + UNICODE_ESCAPE > json.length() || json.charAt(index) != '\\' || json.charAt(index + 1) != 'u') {
			return NONE;
		}
		int value = 0;
		for (int i = index + 2; i < index + UNICODE_ESCAPE; i++) {
			int digit = Character.digit(json.charAt(i), 16);
			if (digit < 0) {
				return NONE;
			}
			value = value * 16 + digit;
		}
		return value;
	}

	static String describe(char unstorable) {
		return (unstorable == 0) ? "the character NUL (U+0000)"
				: "the unpaired surrogate U+%04X".formatted((int) unstorable);
	}

	/**
	 * A text with escapes in the place of what cannot be stored, for messages.
	 */
	static String printable(String text) {
		StringBuilder printable = new StringBuilder(text);
		for (int i = indexOfUnstorable(printable); i != NONE; i = indexOfUnstorable(printable)) {
			printable.replace(i, i + 1, "\\u%04X".formatted((int) printable.charAt(i)));
		}
		return printable.toString();
	}

	/**
	 * Bytes of UTF-8 as characters, where only ASCII matters.
	 *
	 * @param bytes the bytes
	 */
	private record Bytes(ByteBuffer bytes) implements CharSequence {

		@Override
		public int length() {
			return this.bytes.limit();
		}

		@Override
		public char charAt(int index) {
			return (char) (this.bytes.get(index) & 0xFF);
		}

		@Override
		public CharSequence subSequence(int start, int end) {
			return new Bytes(this.bytes.slice(start, end - start));
		}

	}

}
