package dev.dbpool.transport;

import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.DefaultHeaders.NameValidator;
import io.netty.handler.codec.DefaultHeaders.ValueValidator;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of one request or answer, in the order in which they were added. A
 * message has so few that a search through a list costs less than the hash table of
 * Netty's own headers, which is several times as large. Checks names and values as that
 * does. Not safe for concurrent use.
 */
public final class HttpFields extends HttpHeaders {

	private static final int USUAL_FIELDS = 8;

	private static final int COLON_AND_SPACE = (':' << 8) | ' ';

	private static final int END_OF_LINE = ('\r' << 8) | '\n';

	private static final NameValidator<CharSequence> NAMES = DefaultHttpHeadersFactory.headersFactory()
		.getNameValidator();

	private static final ValueValidator<CharSequence> VALUES = DefaultHttpHeadersFactory.headersFactory()
		.getValueValidator();

	/**
	 * Makes the fields of decoded answers.
	 */
	static final HttpHeadersFactory FACTORY = new HttpHeadersFactory() {

		@Override
		public HttpHeaders newHeaders() {
			return new HttpFields();
		}

		@Override
		public HttpHeaders newEmptyHeaders() {
			return new HttpFields();
		}

	};

	/** Names and values by turns. */
	private String[] fields;

	private int end;

	/**
	 * Creates an empty list.
	 */
	public HttpFields() {
		this(new String[2 * USUAL_FIELDS], 0);
	}

	private HttpFields(String[] fields, int end) {
		this.fields = fields;
		this.end = end;
	}

	private int find(String name, int start) {
		for (int i = start; i < this.end; i += 2) {
			if (this.fields[i].equalsIgnoreCase(name)) {
				return i;
			}
		}
		return -1;
	}

	@Override
	public @Nullable String get(String name) {
		int index = find(name, 0);
		return (index >= 0) ? this.fields[index + 1] : null;
	}

	@Override
	public List<String> getAll(String name) {
		int first = find(name, 0);
		if (first < 0) {
			return List.of();
		}
		List<String> values = new ArrayList<>();
		for (int i = first; i >= 0; i = find(name, i + 2)) {
			values.add(this.fields[i + 1]);
		}
		return values;
	}

	@Override
	public @Nullable Integer getInt(CharSequence name) {
		String value = get(name);
		try {
			return (value != null) ? Integer.valueOf(value.strip()) : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	@Override
	public int getInt(CharSequence name, int defaultValue) {
		Integer value = getInt(name);
		return (value != null) ? value : defaultValue;
	}

	@Override
	public @Nullable Short getShort(CharSequence name) {
		String value = get(name);
		try {
			return (value != null) ? Short.valueOf(value.strip()) : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	@Override
	public short getShort(CharSequence name, short defaultValue) {
		Short value = getShort(name);
		return (value != null) ? value : defaultValue;
	}

	@Override
	public @Nullable Long getTimeMillis(CharSequence name) {
		String value = get(name);
		Date date = (value != null) ? DateFormatter.parseHttpDate(value) : null;
		return (date != null) ? date.getTime() : null;
	}

	@Override
	public long getTimeMillis(CharSequence name, long defaultValue) {
		Long value = getTimeMillis(name);
		return (value != null) ? value : defaultValue;
	}

	@Override
	public List<Map.Entry<String, String>> entries() {
		List<Map.Entry<String, String>> entries = new ArrayList<>();
		for (int i = 0; i < this.end; i += 2) {
			entries.add(new SimpleImmutableEntry<>(this.fields[i], this.fields[i + 1]));
		}
		return entries;
	}

	@Override
	public boolean contains(String name) {
		return find(name, 0) >= 0;
	}

	@Override
	@Deprecated
	public Iterator<Map.Entry<String, String>> iterator() {
		return entries().iterator();
	}

	/**
	 * Returns the fields in their order. An entry is valid until the next one is asked
	 * for.
	 */
	@Override
	public Iterator<Map.Entry<CharSequence, CharSequence>> iteratorCharSequence() {
		return new FieldIterator();
	}

	@Override
	public boolean isEmpty() {
		return this.end == 0;
	}

	@Override
	public int size() {
		return this.end / 2;
	}

	@Override
	public Set<String> names() {
		Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
		for (int i = 0; i < this.end; i += 2) {
			names.add(this.fields[i]);
		}
		return names;
	}

	@Override
	public HttpFields add(String name, Object value) {
		String text = (value instanceof Date date) ? DateFormatter.format(date) : value.toString();
		NAMES.validateName(name);
		VALUES.validate(text);
		if (this.end == this.fields.length) {
			this.fields = Arrays.copyOf(this.fields, 2 * this.end);
		}
		this.fields[this.end] = name;
		this.fields[this.end + 1] = text;
		this.end += 2;
		return this;
	}

	@Override
	public HttpFields add(String name, Iterable<?> values) {
		values.forEach((value) -> add(name, value));
		return this;
	}

	@Override
	public HttpFields addInt(CharSequence name, int value) {
		return add(name.toString(), String.valueOf(value));
	}

	@Override
	public HttpFields addShort(CharSequence name, short value) {
		return add(name.toString(), String.valueOf(value));
	}

	@Override
	public HttpFields set(String name, Object value) {
		return remove(name).add(name, value);
	}

	@Override
	public HttpFields set(String name, Iterable<?> values) {
		return remove(name).add(name, values);
	}

	@Override
	public HttpFields setInt(CharSequence name, int value) {
		return set(name.toString(), String.valueOf(value));
	}

	@Override
	public HttpFields setShort(CharSequence name, short value) {
		return set(name.toString(), String.valueOf(value));
	}

	@Override
	public HttpFields remove(String name) {
		for (int i = find(name, 0); i >= 0; i = find(name, i)) {
			System.arraycopy(this.fields, i + 2, this.fields, i, this.end - i - 2);
			this.end -= 2;
		}
		return this;
	}

	@Override
	public HttpFields clear() {
		this.end = 0;
		return this;
	}

	/**
	 * Returns a copy, whose names and values need not be checked again.
	 */
	@Override
	public HttpFields copy() {
		return new HttpFields(this.fields.clone(), this.end);
	}

	/**
	 * Writes the fields as HTTP/1.1 does, each character as one byte. Netty's encoder
	 * does the same one character after the other.
	 */
	void writeTo(ByteBuf buffer) {
		for (int i = 0; i < this.end; i += 2) {
			buffer.writeBytes(this.fields[i].getBytes(StandardCharsets.ISO_8859_1));
			ByteBufUtil.writeShortBE(buffer, COLON_AND_SPACE);
			buffer.writeBytes(this.fields[i + 1].getBytes(StandardCharsets.ISO_8859_1));
			ByteBufUtil.writeShortBE(buffer, END_OF_LINE);
		}
	}

	/**
	 * Goes through the fields without an object for each.
	 */
	private final class FieldIterator
			implements Iterator<Map.Entry<CharSequence, CharSequence>>, Map.Entry<CharSequence, CharSequence> {

		private int next;

		@Override
		public boolean hasNext() {
			return this.next < HttpFields.this.end;
		}

		@Override
		public Map.Entry<CharSequence, CharSequence> next() {
			if (!hasNext()) {
				throw new NoSuchElementException();
			}
			this.next += 2;
			return this;
		}

		@Override
		public CharSequence getKey() {
			return HttpFields.this.fields[this.next - 2];
		}

		@Override
		public CharSequence getValue() {
			return HttpFields.this.fields[this.next - 1];
		}

		@Override
		public CharSequence setValue(CharSequence value) {
			CharSequence before = getValue();
			HttpFields.this.fields[this.next - 1] = value.toString();
			return before;
		}

	}

}
