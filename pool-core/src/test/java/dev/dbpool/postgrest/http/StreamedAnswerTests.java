package dev.dbpool.postgrest.http;

import java.time.Duration;
import java.util.Map;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.publisher.TestPublisher.Violation;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
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
	@ValueSource(ints = { 200, 500 })
	void aPartThatArrivesAfterACancelIsReleasedByAWholeAnswer(int status) {
		assertReleased(answer(status).whole(AnswerBytes.Limit.DEFAULT).subscribe());
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 500 })
	void aPartThatArrivesAfterACancelIsReleasedByAStream(int status) {
		ParameterizedTypeReference<Map<String, Object>> rows = ParameterizedTypeReference.forType(Map.class);
		assertReleased(answer(status).read(Preferences.NONE, (answer) -> answer.elements(rows)).subscribe());
	}

	@Test
	void aPartThatMakesTheAnswerTooLongIsReleasedOnce() {
		NettyDataBuffer part = part("[{\"id\":1},");
		part.getNativeBuffer().retain();
		StepVerifier.create(answer(200).whole(new AnswerBytes.Limit(DataSize.ofBytes(5), "maxAnswerSize")))
			.then(() -> this.body.next(part))
			.expectError(DataBufferLimitException.class)
			.verify(Duration.ofSeconds(10));
		assertThat(part.getNativeBuffer().refCnt()).isOne();
		part.getNativeBuffer().release();
	}

	private void assertReleased(Disposable reader) {
		NettyDataBuffer before = part("[{\"id\":1},");
		this.body.next(before);
		assertThat(before.getNativeBuffer().refCnt()).isZero();
		reader.dispose();
		NettyDataBuffer late = part("{\"id\":2},");
		this.body.next(late);
		assertThat(late.getNativeBuffer().refCnt()).isZero();
	}

	private static NettyDataBuffer part(String text) {
		return new NettyDataBufferFactory(ByteBufAllocator.DEFAULT)
			.wrap(ByteBufUtil.writeUtf8(ByteBufAllocator.DEFAULT, text));
	}

	private StreamedAnswer answer(int status) {
		HttpHeaders headers = new HttpHeaders();
		headers.setContentType(MediaType.APPLICATION_JSON);
		return StreamedAnswer.of(PostgrestRequest.of(HttpMethod.GET, "/cars"), HttpStatus.valueOf(status), headers,
				this.body.flux(), JsonCodecs.of(ExchangeStrategies.withDefaults()));
	}

}
