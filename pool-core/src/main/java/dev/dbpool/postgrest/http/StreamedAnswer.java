package dev.dbpool.postgrest.http;

import java.util.Optional;
import java.util.function.Function;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;

/**
 * The answer to one request, whose body is read as it arrives. Immutable.
 */
public final class StreamedAnswer {

	private final Answer start;

	private final Flux<DataBuffer> body;

	private StreamedAnswer(Answer start, Flux<DataBuffer> body) {
		this.start = start;
		this.body = body;
	}

	/**
	 * An answer.
	 * @param request what was asked for
	 * @param status the status
	 * @param headers the headers
	 * @param body the parts of the body, to be subscribed to once
	 * @param codecs what JSON is read with
	 * @return the answer
	 */
	public static StreamedAnswer of(PostgrestRequest request, HttpStatusCode status, HttpHeaders headers,
			Flux<DataBuffer> body, JsonCodecs codecs) {
		return new StreamedAnswer(Answer.of(request, status, headers, (byte[]) null, codecs), body);
	}

	/**
	 * Reads the answer if it is a success. One that does not confirm a preference on
	 * which the effect of a write depends is an error.
	 * @param <T> the type of an element
	 * @param defaults the preferences that were sent besides those of the request
	 * @param reader reads the answer, and must consume its body
	 * @return what the reader returns
	 */
	public <T> Flux<T> read(Preferences defaults, Function<StreamedAnswer, Flux<T>> reader) {
		if (!this.start.isSuccess()) {
			return errorAnswer().flatMapMany((answer) -> Flux.error(ErrorAnswers.read(answer)));
		}
		Optional<DataAccessException> ignored = this.start.ignoredPreference(defaults);
		return ignored.map((failure) -> discard().thenMany(Flux.<T>error(failure))).orElseGet(() -> reader.apply(this));
	}

	/**
	 * The status.
	 * @return the status
	 */
	public HttpStatusCode status() {
		return this.start.status();
	}

	/**
	 * The headers.
	 * @return the headers
	 */
	public HttpHeaders headers() {
		return this.start.headers();
	}

	/**
	 * The parts of the body.
	 * @return the parts, to be subscribed to once; each has to be released
	 */
	public Flux<DataBuffer> body() {
		return this.body;
	}

	/**
	 * The rows one by one. One that is null is an error, since a stream has no nulls.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	public <T> Flux<T> elements(ParameterizedTypeReference<T> type) {
		if (this.start.isOfVoidFunction()) {
			return discard().thenMany(Flux.empty());
		}
		if (!this.start.isJson()) {
			return beginning().flatMapMany((answer) -> Flux.error(ErrorAnswers.unexpected(answer, "JSON")));
		}
		return elements(ResolvableType.forType(type));
	}

	/**
	 * Reads rows by a decoder of Spring, which releases the parts that are discarded.
	 * What the subscriber would do with them is left out: they are to be released once.
	 */
	private <T> Flux<T> elements(ResolvableType type) {
		return Flux.defer(() -> {
			boolean[] filled = new boolean[1];
			Flux<DataBuffer> observed = this.body.doOnNext((part) -> filled[0] = filled[0] || !isBlank(part));
			MediaType contentType = this.start.contentType().orElse(MediaType.APPLICATION_JSON);
			return this.start.codecs()
				.<T>elements(observed, contentType, type, this.start.request())
				.contextWrite((context) -> Operators.enableOnDiscard(Context.of(context), (released) -> {
				}))
				.concatWith(
						Mono.defer(() -> filled[0] ? Mono.empty() : Mono.error(ErrorAnswers.withoutBody(this.start))));
		});
	}

	private static boolean isBlank(DataBuffer part) {
		for (int i = part.readPosition(); i < part.writePosition(); i++) {
			if (!Character.isWhitespace(part.getByte(i))) {
				return false;
			}
		}
		return true;
	}

	private Mono<Void> discard() {
		return this.body.map(DataBufferUtils::release).then();
	}

	/**
	 * Reads all of a success, and no more of another answer than its error needs.
	 */
	Mono<Answer> whole(AnswerBytes.Limit limit) {
		if (!this.start.isSuccess()) {
			return errorAnswer();
		}
		long announced = this.start.headers().getContentLength();
		return collect(this.body, limit, announced);
	}

	private Mono<Answer> errorAnswer() {
		return beginning().onErrorReturn(this.start);
	}

	/**
	 * Reads no more than an error needs; the rest of a longer body is not waited for.
	 */
	private Mono<Answer> beginning() {
		return collect(DataBufferUtils.takeUntilByteCount(this.body, AnswerBytes.Limit.ERROR_BYTES),
				AnswerBytes.Limit.DEFAULT, 0);
	}

	/**
	 * Collects parts. Reactor discards one that arrives on the event loop while another
	 * thread cancels, and one that makes the answer too long. What the subscriber would
	 * do with it is left out, since writers of WebFlux would release it once more.
	 */
	private Mono<Answer> collect(Flux<DataBuffer> parts, AnswerBytes.Limit limit, long announced) {
		return parts.collect(() -> new AnswerBytes(limit), (bytes, part) -> add(part, bytes, announced))
			.contextWrite((context) -> Operators.enableOnDiscard(Context.of(context), StreamedAnswer::discard))
			.map(this.start::with);
	}

	private static void discard(Object part) {
		if (part instanceof DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}
	}

	private static void add(DataBuffer part, AnswerBytes bytes, long announced) {
		bytes.add(part.readableByteCount(), announced, part::read);
		DataBufferUtils.release(part);
	}

	/**
	 * The status and the request, so that no value and no header gets into a log.
	 */
	@Override
	public String toString() {
		return this.start.toString();
	}

}
