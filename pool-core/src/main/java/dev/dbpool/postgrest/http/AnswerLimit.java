package dev.dbpool.postgrest.http;

import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * The largest answer that is kept in memory as a whole. A longer one is cancelled, which
 * closes its connection.
 *
 * @param size the size of the body
 * @param name how messages name the setting
 */
record AnswerLimit(DataSize size, String name) {

	/**
	 * The limit unless another one is set.
	 */
	static final AnswerLimit DEFAULT = new AnswerLimit(DataSize.ofMegabytes(32), "maxAnswerSize");

	AnswerLimit {
		if (size.toBytes() <= 0) {
			throw new IllegalArgumentException("The limit of answers is " + size + ". Set it to more than zero");
		}
	}

	ClientResponse applyTo(ClientResponse response) {
		long announced = response.headers().contentLength().orElse(0);
		return response.mutate().body((body) -> limited(body, announced)).build();
	}

	private Flux<DataBuffer> limited(Flux<DataBuffer> body, long announced) {
		return Flux.defer(() -> {
			long[] received = new long[1];
			return body.handle((buffer, sink) -> {
				received[0] += buffer.readableByteCount();
				if (Math.max(received[0], announced) <= this.size.toBytes()) {
					sink.next(buffer);
				}
				else {
					DataBufferUtils.release(buffer);
					sink.error(new ExceededException(this));
				}
			});
		});
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
