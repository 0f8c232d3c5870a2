package dev.dbpool.postgrest.http;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.publisher.TestPublisher.Violation;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.client.ExchangeStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each part of an answer is released once: a second release would free bytes that another
 * connection reads.
 */
class StreamedAnswerTests {

	private final TestPublisher<DataBuffer> body = TestPublisher.createNoncompliant(Violation.DEFER_CANCELLATION,
			Violation.REQUEST_OVERFLOW);

	@ParameterizedTest
	@MethodSource("statusesAndSubscribers")
	void aPartThatArrivesAfterACancelIsReleasedByAWholeAnswer(int status, boolean discards) {
		assertReleased(answer(status).whole(AnswerBytes.Limit.DEFAULT).flux(), discards);
	}

	@ParameterizedTest
	@MethodSource("statusesAndSubscribers")
	void aPartThatArrivesAfterACancelIsReleasedByAStream(int status, boolean discards) {
		ParameterizedTypeReference<Map<String, Object>> rows = ParameterizedTypeReference.forType(Map.class);
		assertReleased(answer(status).read(Preferences.NONE, (answer) -> answer.elements(rows)).map(Object.class::cast),
				discards);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aPartThatMakesTheAnswerTooLongIsReleasedOnce(boolean discards) {
		NettyDataBuffer part = part("[{\"id\":1},");
		StepVerifier
			.create(subscribed(answer(200).whole(new AnswerBytes.Limit(DataSize.ofBytes(5), "maxAnswerSize")).flux(),
					discards))
			.then(() -> this.body.next(part))
			.expectError(DataBufferLimitException.class)
			.verify(Duration.ofSeconds(10));
		assertReleasedOnce(part);
	}

	static Stream<Arguments> statusesAndSubscribers() {
		return Stream.of(200, 500)
			.flatMap((status) -> Stream.of(Arguments.of(status, false), Arguments.of(status, true)));
	}

	private void assertReleased(Flux<?> reading, boolean discards) {
		Disposable reader = subscribed(reading, discards).subscribe();
		NettyDataBuffer before = part("[{\"id\":1},");
		this.body.next(before);
		assertReleasedOnce(before);
		reader.dispose();
		NettyDataBuffer late = part("{\"id\":2},");
		this.body.next(late);
		assertReleasedOnce(late);
	}

	/**
	 * Returns what a subscriber sees that releases what is discarded, as those of WebFlux
	 * do, or does not care.
	 */
	private static <T> Flux<T> subscribed(Flux<T> reading, boolean discards) {
		return discards ? reading.doOnDiscard(DataBuffer.class, DataBufferUtils::release) : reading;
	}

	private static void assertReleasedOnce(NettyDataBuffer part) {
		assertThat(part.getNativeBuffer().refCnt()).as("the reference of the reader").isOne();
		part.getNativeBuffer().release();
	}

	/**
	 * Makes a part of which there is a second reference, as that of a decoder.
	 */
	private static NettyDataBuffer part(String text) {
		return new NettyDataBufferFactory(ByteBufAllocator.DEFAULT)
			.wrap(ByteBufUtil.writeUtf8(ByteBufAllocator.DEFAULT, text).retain());
	}

	private StreamedAnswer answer(int status) {
		HttpHeaders headers = new HttpHeaders();
		headers.setContentType(MediaType.APPLICATION_JSON);
		return StreamedAnswer.of(PostgrestRequest.of(HttpMethod.GET, "/cars"), HttpStatus.valueOf(status), headers,
				this.body.flux(), JsonCodecs.of(ExchangeStrategies.withDefaults()));
	}

}
