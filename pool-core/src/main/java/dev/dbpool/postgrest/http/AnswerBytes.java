package dev.dbpool.postgrest.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.util.unit.DataSize;

/**
 * The body of an answer while it arrives, on the heap: buffers that carry the parts are
 * shared by all connections, and soon free again. A body whose length was announced is
 * kept in one array. Any other is kept in blocks, out of which rows are read: an array
 * that grows would be copied over and over. To be used by one thread at a time while
 * parts are added, and by any number after that.
 */
public final class AnswerBytes {

	private static final int LARGEST_BLOCK = 64 * 1024;

	private final Limit limit;

	private static final byte[] EMPTY = {};

	/** The blocks before the last one. */
	private List<byte[]> full = List.of();

	private byte[] block = EMPTY;

	/** How much of the block is filled. */
	private int filled;

	private int length;

	/**
	 * An empty body.
	 * @param limit how long it may become
	 */
	public AnswerBytes(Limit limit) {
		this.limit = limit;
	}

	/**
	 * Adds a part.
	 * @param size how many bytes the part has
	 * @param announced how long the whole body is as the server says, or less than that
	 * if it does not
	 * @param part copies its next bytes; called once or more
	 * @throws DataBufferLimitException if the body is longer than the limit; nothing is
	 * added
	 */
	public void add(int size, long announced, Part part) {
		long needed = Math.max((long) this.length + size, announced);
		if (needed > this.limit.bytes()) {
			throw this.limit.exceeded();
		}
		int missing = size;
		while (missing > 0) {
			if (this.filled == this.block.length) {
				next((int) Math.max(missing, Math.max(needed - this.length, 0)), announced > 0);
			}
			int copied = Math.min(missing, this.block.length - this.filled);
			part.copyTo(this.block, this.filled, copied);
			this.filled += copied;
			this.length += copied;
			missing -= copied;
		}
	}

	private void next(int needed, boolean exact) {
		if (this.filled > 0) {
			if (this.full.isEmpty()) {
				this.full = new ArrayList<>();
			}
			this.full.add(this.block);
		}
		int doubled = Math.min(2 * this.block.length, LARGEST_BLOCK);
		this.block = new byte[exact ? needed : Math.max(needed, doubled)];
		this.filled = 0;
	}

	/**
	 * A body that is there as a whole.
	 */
	static AnswerBytes of(byte[] body) {
		AnswerBytes bytes = new AnswerBytes(Limit.DEFAULT);
		bytes.block = body;
		bytes.filled = body.length;
		bytes.length = body.length;
		return bytes;
	}

	/**
	 * Returns whether all bytes are in one array, which {@link #array()} does not copy.
	 */
	boolean isOneArray() {
		return this.full.isEmpty();
	}

	/**
	 * The bytes, and perhaps room for more.
	 * @return the array, of which the first {@link #length()} bytes are the body
	 */
	public byte[] array() {
		if (isOneArray()) {
			return this.block;
		}
		byte[] joined = new byte[this.length];
		int offset = 0;
		for (byte[] before : this.full) {
			System.arraycopy(before, 0, joined, offset, before.length);
			offset += before.length;
		}
		System.arraycopy(this.block, 0, joined, offset, this.filled);
		return joined;
	}

	/**
	 * The bytes, read out of the blocks.
	 */
	InputStream stream() {
		List<InputStream> blocks = new ArrayList<>(this.full.size() + 1);
		this.full.forEach((before) -> blocks.add(new ByteArrayInputStream(before)));
		blocks.add(new ByteArrayInputStream(this.block, 0, this.filled));
		return new SequenceInputStream(Collections.enumeration(blocks));
	}

	/**
	 * How long the body is so far.
	 * @return the number of its bytes
	 */
	public int length() {
		return this.length;
	}

	/**
	 * A part of a body, such as a buffer.
	 */
	@FunctionalInterface
	public interface Part {

		/**
		 * Copies the next bytes of the part.
		 * @param target where to
		 * @param offset the index of the first
		 * @param count how many, not more than are left
		 */
		void copyTo(byte[] target, int offset, int count);

	}

	/**
	 * The largest answer that is kept in memory as a whole. A longer one is cancelled,
	 * which closes its connection.
	 *
	 * @param size the size of the body
	 * @param name how messages name the setting
	 */
	public record Limit(DataSize size, String name) {

		/**
		 * The limit unless another one is set.
		 */
		public static final Limit DEFAULT = new Limit(DataSize.ofMegabytes(32), "maxAnswerSize");

		/**
		 * The most bytes of an error that are read, and of any answer that is not what
		 * was asked for.
		 */
		public static final int ERROR_BYTES = 32 * 1024;

		/**
		 * Checks the size.
		 * @param size the size of the body
		 * @param name how messages name the setting
		 */
		public Limit {
			if (size.toBytes() <= 0) {
				throw new IllegalArgumentException("The limit of answers is " + size + ". Set it to more than zero");
			}
		}

		/**
		 * The most bytes that a body may have.
		 * @return the number of bytes, no more than an array can have
		 */
		public int bytes() {
			return (int) Math.min(this.size.toBytes(), Integer.MAX_VALUE - 8);
		}

		/**
		 * Makes the failure of an answer that is longer.
		 * @return the failure
		 */
		public DataBufferLimitException exceeded() {
			return new ExceededException(this);
		}

		/**
		 * An answer is longer than the limit.
		 */
		static final class ExceededException extends DataBufferLimitException {

			private static final long serialVersionUID = 1L;

			ExceededException(Limit limit) {
				super("it is longer than %d bytes, the most that is kept in memory. Ask for fewer rows by limit(…), read them one by one by stream(…), or increase %s"
					.formatted(limit.size().toBytes(), limit.name()));
			}

		}

	}

}
