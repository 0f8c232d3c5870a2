package dev.dbpool.postgrest.http;

import java.util.Arrays;

import org.springframework.core.io.buffer.DataBufferLimitException;

/**
 * The body of an answer while it arrives, on the heap: buffers that carry the parts are
 * shared by all connections, and soon free again. To be used by one thread at a time.
 */
public final class AnswerBytes {

	private final AnswerLimit limit;

	private byte[] bytes = {};

	private int length;

	/**
	 * An empty body.
	 * @param limit how long it may become
	 */
	public AnswerBytes(AnswerLimit limit) {
		this.limit = limit;
	}

	/**
	 * Makes room for a part, which the caller copies to the former {@link #length()}.
	 * @param added how many bytes the part has
	 * @param announced how long the whole body is as the server says, or less than that
	 * if it does not
	 * @return the array
	 * @throws DataBufferLimitException if the body is longer than the limit
	 */
	public byte[] grow(int added, long announced) {
		long needed = Math.max((long) this.length + added, announced);
		if (needed > this.limit.bytes()) {
			throw this.limit.exceeded();
		}
		if (needed > this.bytes.length) {
			long doubled = Math.min(2L * this.bytes.length, this.limit.bytes());
			this.bytes = Arrays.copyOf(this.bytes, (int) Math.max(needed, doubled));
		}
		this.length += added;
		return this.bytes;
	}

	/**
	 * The bytes, and room for more.
	 * @return the array, of which the first {@link #length()} bytes are the body
	 */
	public byte[] array() {
		return this.bytes;
	}

	/**
	 * How long the body is so far.
	 * @return the number of its bytes
	 */
	public int length() {
		return this.length;
	}

}
