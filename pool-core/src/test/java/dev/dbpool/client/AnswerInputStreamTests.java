package dev.dbpool.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class AnswerInputStreamTests {

	private static final Flux<DataBuffer> GONE = Flux.error(new EOFException("gone"));

	@Test
	void aLostConnectionIsNoEmptyBody() {
		assertThatExceptionOfType(IOException.class).isThrownBy(body(GONE)::read)
			.isNotInstanceOf(EOFException.class)
			.withMessage("gone")
			.withCauseInstanceOf(EOFException.class);
	}

	@Test
	void aLostConnectionIsReportedAfterWhatArrived() throws IOException {
		DataBuffer arrived = DefaultDataBufferFactory.sharedInstance.wrap("[{".getBytes(StandardCharsets.UTF_8));
		InputStream body = body(Flux.just(arrived).concatWith(GONE));
		assertThat(body.readNBytes(2)).asString().isEqualTo("[{");
		assertThatExceptionOfType(IOException.class).isThrownBy(body::readAllBytes)
			.isNotInstanceOf(EOFException.class)
			.withMessage("gone");
	}

	@Test
	void otherFailuresStayAsTheyAre() {
		IllegalStateException failure = new IllegalStateException("a defect");
		assertThatIllegalStateException().isThrownBy(body(Flux.error(failure))::read).isSameAs(failure);
	}

	private static InputStream body(Flux<DataBuffer> buffers) {
		return new AnswerInputStream(DataBufferUtils.subscriberInputStream(buffers, 1));
	}

}
