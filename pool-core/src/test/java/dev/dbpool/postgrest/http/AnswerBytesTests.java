package dev.dbpool.postgrest.http;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class AnswerBytesTests {

	private static final AnswerBytes.Limit LIMIT = new AnswerBytes.Limit(DataSize.ofKilobytes(600), "maxAnswerSize");

	private final Random random = new Random(4711);

	@ParameterizedTest
	@ValueSource(ints = { 1, 100, 5_000, 64 * 1024, 70_000, 500_000 })
	void partsOfAnySizeAreJoinedInTheirOrder(int length) {
		byte[] body = new byte[length];
		this.random.nextBytes(body);
		AnswerBytes bytes = new AnswerBytes(LIMIT);
		ByteBuffer rest = ByteBuffer.wrap(body);
		while (rest.hasRemaining()) {
			bytes.add(1 + this.random.nextInt(rest.remaining()) % 9_000, 0, rest::get);
		}
		assertThat(bytes.length()).isEqualTo(length);
		assertThat(Arrays.copyOf(bytes.array(), bytes.length())).isEqualTo(body);
		assertThat(bytes.stream()).hasBinaryContent(body);
		assertThat(bytes.stream()).hasBinaryContent(body);
	}

	@Test
	void moreCanBeAddedAfterAJoin() {
		AnswerBytes bytes = new AnswerBytes(LIMIT);
		ByteBuffer body = ByteBuffer.wrap("abcdef".getBytes());
		bytes.add(1, 0, body::get);
		bytes.add(3, 0, body::get);
		bytes.array();
		bytes.add(2, 0, body::get);
		assertThat(new String(bytes.array(), 0, bytes.length())).isEqualTo("abcdef");
	}

	@Test
	void anAnnouncedBodyIsKeptInOneArray() {
		AnswerBytes bytes = new AnswerBytes(LIMIT);
		ByteBuffer body = ByteBuffer.wrap(new byte[200_000]);
		bytes.add(10, 200_000, body::get);
		byte[] first = bytes.array();
		bytes.add(199_990, 200_000, body::get);
		assertThat(bytes.array()).isSameAs(first).hasSize(200_000);
	}

	@Test
	void aBodyBeyondTheLimitIsRefusedBeforeItIsKept() {
		AnswerBytes bytes = new AnswerBytes(LIMIT);
		assertThatExceptionOfType(DataBufferLimitException.class)
			.isThrownBy(() -> bytes.add(1, 600 * 1024 + 1, (target, offset, count) -> {
			}));
		assertThatExceptionOfType(DataBufferLimitException.class)
			.isThrownBy(() -> bytes.add(600 * 1024 + 1, 0, (target, offset, count) -> {
			}));
		assertThat(bytes.length()).isZero();
	}

}
