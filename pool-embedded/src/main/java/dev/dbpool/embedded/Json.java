package dev.dbpool.embedded;

import java.time.Instant;
import java.util.Iterator;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Writes the claims of a token as JSON.
 */
final class Json {

	private final StringBuilder out = new StringBuilder();

	private Json() {
	}

	static String write(Map<?, ?> object) {
		Json json = new Json();
		json.object(object);
		return json.out.toString();
	}

	private void value(@Nullable Object value) {
		if (value == null || value instanceof Boolean) {
			this.out.append(value);
		}
		else if (value instanceof CharSequence || value instanceof Character || value instanceof Enum<?>) {
			string(value.toString());
		}
		else if (value instanceof Number number) {
			number(number);
		}
		else if (value instanceof Instant instant) {
			this.out.append(instant.getEpochSecond());
		}
		else if (value instanceof Map<?, ?> map) {
			object(map);
		}
		else if (value instanceof Iterable<?> iterable) {
			array(iterable);
		}
		else {
			throw new IllegalArgumentException("a claim cannot be a " + value.getClass().getName()
					+ "; use strings, numbers, booleans, Instants, maps or iterables");
		}
	}

	private void object(Map<?, ?> map) {
		this.out.append('{');
		for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator(); entries.hasNext();) {
			Map.Entry<?, ?> entry = entries.next();
			string(String.valueOf(entry.getKey()));
			this.out.append(':');
			value(entry.getValue());
			if (entries.hasNext()) {
				this.out.append(',');
			}
		}
		this.out.append('}');
	}

	private void array(Iterable<?> values) {
		this.out.append('[');
		for (Iterator<?> elements = values.iterator(); elements.hasNext();) {
			value(elements.next());
			if (elements.hasNext()) {
				this.out.append(',');
			}
		}
		this.out.append(']');
	}

	private void number(Number number) {
		if (!Double.isFinite(number.doubleValue())) {
			throw new IllegalArgumentException("a claim cannot be " + number);
		}
		this.out.append(number);
	}

	private void string(String text) {
		this.out.append('"');
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c == '"' || c == '\\') {
				this.out.append('\\').append(c);
			}
			else if (c < ' ') {
				this.out.append("\\u%04x".formatted((int) c));
			}
			else {
				this.out.append(c);
			}
		}
		this.out.append('"');
	}

}
