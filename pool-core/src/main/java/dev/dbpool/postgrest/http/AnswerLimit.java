package dev.dbpool.postgrest.http;

import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.util.unit.DataSize;

/**
 * The largest answer that is kept in memory as a whole. A longer one is cancelled, which
 * closes its connection.
 *
 * @param size the size of the body
 * @param name how messages name the setting
 */
public record AnswerLimit(DataSize size, String name) {

	/**
	 * The limit unless another one is set.
	 */
	public static final AnswerLimit DEFAULT = new AnswerLimit(DataSize.ofMegabytes(32), "maxAnswerSize");

	/**
	 * The most bytes of an error that are read, and of any answer that is not what was
	 * asked for.
	 */
	public static final int ERROR_BYTES = 32 * 1024;

	/**
	 * Checks the size.
	 * @param size the size of the body
	 * @param name how messages name the setting
	 */
	public AnswerLimit {
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

		ExceededException(AnswerLimit limit) {
			super("it is longer than %d bytes, the most that is kept in memory. Ask for fewer rows by limit(…), read them one by one by stream(…), or increase %s"
				.formatted(limit.size().toBytes(), limit.name()));
		}

	}

}
