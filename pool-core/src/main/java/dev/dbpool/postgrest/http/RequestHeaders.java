package dev.dbpool.postgrest.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * Header fields of a request, in the order in which they are sent. A list is what a
 * request needs: it has few fields, which are looked up seldom and copied each time.
 * Immutable.
 */
public final class RequestHeaders {

	/**
	 * No fields.
	 */
	public static final RequestHeaders NONE = new RequestHeaders(new String[0]);

	/** Names and values by turns. */
	private final String[] fields;

	private RequestHeaders(String[] fields) {
		this.fields = fields;
	}

	/**
	 * Fields.
	 * @param fields names and values by turns
	 * @return the fields
	 */
	public static RequestHeaders of(String... fields) {
		if (fields.length % 2 != 0) {
			throw new IllegalArgumentException("A name or a value is missing: there are " + fields.length
					+ " texts, which have to be names and values by turns");
		}
		return (fields.length == 0) ? NONE : new RequestHeaders(fields.clone());
	}

	/**
	 * The fields in headers of Spring.
	 * @param headers the headers
	 * @return a copy
	 */
	public static RequestHeaders of(HttpHeaders headers) {
		if (headers.isEmpty()) {
			return NONE;
		}
		List<String> fields = new ArrayList<>();
		headers.forEach((name, values) -> values.forEach((value) -> {
			fields.add(name);
			fields.add(value);
		}));
		return new RequestHeaders(fields.toArray(new String[0]));
	}

	/**
	 * These fields, and another one in the place of those that have its name.
	 * @param name the name
	 * @param value the value
	 * @return the fields
	 */
	public RequestHeaders with(String name, String value) {
		List<String> changed = new ArrayList<>(this.fields.length + 2);
		for (int i = 0; i < this.fields.length; i += 2) {
			if (!this.fields[i].equalsIgnoreCase(name)) {
				changed.add(this.fields[i]);
				changed.add(this.fields[i + 1]);
			}
		}
		changed.add(name);
		changed.add(value);
		return new RequestHeaders(changed.toArray(new String[0]));
	}

	/**
	 * These fields, followed by others.
	 * @param others the others, which may have the same names
	 * @return the fields
	 */
	public RequestHeaders and(RequestHeaders others) {
		String[] all = Arrays.copyOf(this.fields, this.fields.length + others.fields.length);
		System.arraycopy(others.fields, 0, all, this.fields.length, others.fields.length);
		return new RequestHeaders(all);
	}

	/**
	 * Returns the first value of a field.
	 * @param name the name, in upper or lower case
	 * @return the value, or {@code null} if there is no such field
	 */
	public @Nullable String first(String name) {
		for (int i = 0; i < this.fields.length; i += 2) {
			if (this.fields[i].equalsIgnoreCase(name)) {
				return this.fields[i + 1];
			}
		}
		return null;
	}

	/**
	 * Returns whether there is a field of a name.
	 * @param name the name, in upper or lower case
	 * @return whether there is one
	 */
	public boolean contains(String name) {
		return first(name) != null;
	}

	/**
	 * Passes on each name and value as HTTP clients have to be given them: they write
	 * each character of a value as one byte, so that a value which is not ASCII is passed
	 * on as the bytes of its UTF-8.
	 * @param fields receives the fields in their order
	 */
	public void forEachOnTheWire(BiConsumer<String, String> fields) {
		for (int i = 0; i < this.fields.length; i += 2) {
			fields.accept(this.fields[i], onTheWire(this.fields[i + 1]));
		}
	}

	/**
	 * Passes on each name and value as it is.
	 * @param fields receives the fields in their order
	 */
	public void forEach(BiConsumer<String, String> fields) {
		for (int i = 0; i < this.fields.length; i += 2) {
			fields.accept(this.fields[i], this.fields[i + 1]);
		}
	}

	private static String onTheWire(String value) {
		for (int i = 0; i < value.length(); i++) {
			if (value.charAt(i) > 127) {
				return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
			}
		}
		return value;
	}

	/**
	 * Returns the fields as headers of Spring.
	 * @return a copy
	 */
	public HttpHeaders toHttpHeaders() {
		HttpHeaders headers = new HttpHeaders();
		for (int i = 0; i < this.fields.length; i += 2) {
			headers.add(this.fields[i], this.fields[i + 1]);
		}
		return headers;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other || (other instanceof RequestHeaders headers && Arrays.equals(this.fields, headers.fields));
	}

	@Override
	public int hashCode() {
		return Arrays.hashCode(this.fields);
	}

	/**
	 * The names, so that no secret gets into a log.
	 */
	@Override
	public String toString() {
		List<String> names = new ArrayList<>();
		for (int i = 0; i < this.fields.length; i += 2) {
			names.add(this.fields[i]);
		}
		return names.toString();
	}

}
