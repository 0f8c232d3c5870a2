package dev.dbpool.benchmark.fault;

import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.TimeoutException;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;

import org.springframework.core.codec.DecodingException;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;

class FailureTests {

	@Test
	void causesGiveTheReason() {
		assertThat(Failure.of(new IllegalStateException(new ConnectException())))
			.isEqualTo(new Failure("refused", false));
		assertThat(Failure.of(new IllegalStateException(new IOException())))
			.isEqualTo(new Failure("connection lost", true));
		assertThat(Failure.of(new TimeoutException())).isEqualTo(new Failure("timeout", true));
		assertThat(
				Failure.of(CallNotPermittedException.createCallNotPermittedException(CircuitBreaker.ofDefaults("a"))))
			.isEqualTo(new Failure("breaker open", false));
	}

	@Test
	void anErrorOfTheServerHasItsStatus() {
		assertThat(Failure.of(answer(503))).isEqualTo(new Failure("HTTP 503", false));
		assertThat(Failure.of(answer(502))).isEqualTo(new Failure("HTTP 502", true));
	}

	@Test
	void anAnswerThatCannotBeReadIsWrongWhateverItsStatus() {
		WebClientResponseException page = answer(200);
		page.initCause(new DecodingException("a page"));
		assertThat(Failure.of(page)).isEqualTo(new Failure("wrong answer", true));
	}

	private static WebClientResponseException answer(int status) {
		return WebClientResponseException.create(status, "", HttpHeaders.EMPTY, new byte[0], null);
	}

}
