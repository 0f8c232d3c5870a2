package dev.dbpool.postgrest.http;

import java.io.IOException;

import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.error.TransportCause;
import io.netty.handler.timeout.ReadTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.core.codec.DecodingException;
import org.springframework.core.codec.EncodingException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Failure}: each line of the table of what may be retried.
 */
class FailureTests {

	private static final JsonCodecs CODECS = JsonCodecs.of(WebClient.builder());

	@ParameterizedTest(name = "{0} {1}")
	@CsvSource(delimiter = '|', textBlock = """
			# code   | status | kind                | execution   | retries of a read | of a write | counts
			PGRST000 | 503    | TRANSIENT           | NOT_RUN     | unlimited | unlimited | true
			PGRST001 | 503    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			PGRST002 | 503    | TRANSIENT           | NOT_RUN     | unlimited | unlimited | true
			PGRST003 | 504    | OVERLOAD            | NOT_RUN     | 2         | 2         | true
			57014    | 500    | SLOW_QUERY          | ROLLED_BACK | 0         | 0         | false
			40P01    | 500    | CONFLICT            | ROLLED_BACK | 3         | 3         | false
			55P03    | 500    | CONFLICT            | ROLLED_BACK | 0         | 0         | false
			40001    | 500    | CONFLICT            | ROLLED_BACK | unlimited | unlimited | false
			53300    | 503    | OVERLOAD            | ROLLED_BACK | unlimited | unlimited | true
			53100    | 503    | OVERLOAD            | ROLLED_BACK | unlimited | unlimited | true
			08006    | 503    | OVERLOAD            | ROLLED_BACK | unlimited | unlimited | true
			08007    | 503    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			57P01    | 503    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			57P03    | 503    | TRANSIENT           | NOT_RUN     | unlimited | unlimited | true
			PGRST301 | 401    | AUTHENTICATION      | NOT_RUN     | 0         | 0         | false
			PGRST303 | 401    | AUTHENTICATION      | NOT_RUN     | 0         | 0         | false
			PGRST302 | 401    | CREDENTIALS_MISSING | NOT_RUN     | 0         | 0         | false
			42501    | 401    | PERMISSION          | ROLLED_BACK | 0         | 0         | false
			42501    | 403    | PERMISSION          | ROLLED_BACK | 0         | 0         | false
			23505    | 409    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			23503    | 409    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			25006    | 405    | WRONG_LANE          | ROLLED_BACK | 0         | 0         | false
			PGRST116 | 406    | RESULT              | ROLLED_BACK | 0         | 0         | false
			PGRST100 | 400    | PERMANENT           | NOT_RUN     | 0         | 0         | false
			22P02    | 400    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			23502    | 400    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			23514    | 400    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			P0001    | 400    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			PGRST103 | 416    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			PGRST201 | 300    | PERMANENT           | NOT_RUN     | 0         | 0         | false
			PGRST203 | 300    | PERMANENT           | NOT_RUN     | 0         | 0         | false
			PGRST202 | 404    | UNKNOWN_OBJECT      | NOT_RUN     | 1         | 1         | false
			PGRST205 | 404    | UNKNOWN_OBJECT      | NOT_RUN     | 1         | 1         | false
			42P01    | 404    | UNKNOWN_OBJECT      | ROLLED_BACK | 1         | 1         | false
			42883    | 404    | UNKNOWN_OBJECT      | ROLLED_BACK | 1         | 1         | false
			PT429    | 429    | RATE_LIMIT          | ROLLED_BACK | unlimited | unlimited | false
			PT503    | 503    | TRANSIENT           | ROLLED_BACK | unlimited | unlimited | true
			PT502    | 502    | TRANSIENT           | ROLLED_BACK | unlimited | unlimited | true
			PT403    | 403    | PERMISSION          | ROLLED_BACK | 0         | 0         | false
			PT404    | 404    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			PT402    | 402    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			502      | 502    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			50200    | 502    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			A1234    | 520    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			53300    | 527    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			50300    | 503    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			50400    | 504    | OVERLOAD            | UNKNOWN     | 2         | 0         | true
			bad_gate | 503    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			         | 502    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			         | 520    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			         | 522    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			         | 544    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			         | 503    | TRANSIENT           | UNKNOWN     | unlimited | 0         | true
			         | 504    | OVERLOAD            | UNKNOWN     | 2         | 0         | true
			         | 429    | RATE_LIMIT          | NOT_RUN     | unlimited | unlimited | false
			         | 500    | PERMANENT           | UNKNOWN     | 0         | 0         | false
			         | 401    | CREDENTIALS_MISSING | NOT_RUN     | 0         | 0         | false
			         | 403    | PERMISSION          | ROLLED_BACK | 0         | 0         | false
			         | 404    | UNKNOWN_OBJECT      | NOT_RUN     | 1         | 1         | false
			         | 406    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			         | 409    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			         | 416    | PERMANENT           | ROLLED_BACK | 0         | 0         | false
			         | 301    | PERMANENT           | NOT_RUN     | 0         | 0         | false
			""")
	void answersMeanWhatTheTableSays(String code, int status, Kind kind, Execution execution, String read, String write,
			boolean counts) {
		String body = (code != null) ? "{\"code\":\"" + code + "\",\"message\":\"m\"}" : "";
		Failure failure = Failure
			.of(answer(HttpMethod.POST, ClientResponse.create(HttpStatusCode.valueOf(status)).body(body).build()));
		assertThat(failure.kind()).isEqualTo(kind);
		assertThat(failure.execution()).isEqualTo(execution);
		assertRetries(failure, true, read);
		assertRetries(failure, false, write);
		assertThat(failure.countsAgainstServer()).isEqualTo(counts);
	}

	private static void assertRetries(Failure failure, boolean idempotent, String expected) {
		int limit = expected.equals("unlimited") ? 1_000_000 : Integer.parseInt(expected);
		assertThat(failure.mayRetry(idempotent, limit)).isEqualTo(expected.equals("unlimited"));
		if (limit > 0) {
			assertThat(failure.mayRetry(idempotent, limit - 1)).isTrue();
		}
	}

	@Test
	void requestThatCannotBeWrittenDoesNotBlameItsBody() {
		assertThat(TransportCause.of(new EncodingException("The head of the request is too long")))
			.map(TransportCause::happened)
			.hasValue("The request could not be written");
	}

	@Test
	void aRefusedTokenIsKnownByItsChallengeWhereThereIsNoBody() {
		Throwable answer = answer(HttpMethod.HEAD,
				ClientResponse.create(HttpStatusCode.valueOf(401))
					.header("WWW-Authenticate", "Bearer error=\"invalid_token\", error_description=\"JWT expired\"")
					.build());
		assertThat(Failure.of(answer).kind()).isEqualTo(Kind.AUTHENTICATION);
	}

	@Test
	void theCodeOfAnAnswerWithoutABodyIsInItsProxyStatus() {
		Throwable answer = answer(HttpMethod.HEAD,
				ClientResponse.create(HttpStatusCode.valueOf(404))
					.header("Proxy-Status", "gateway; error=http_request_error, PostgREST; error=PGRST205")
					.build());
		assertThat(PostgrestException.in(answer).orElseThrow().error().code()).contains("PGRST205");
		assertThat(Failure.of(answer).kind()).isEqualTo(Kind.UNKNOWN_OBJECT);
	}

	@Test
	void theServersWishToWaitIsKept() {
		assertThat(retryAfter("4")).contains(Duration.ofSeconds(4));
		assertThat(retryAfter("0")).contains(Duration.ZERO);
		assertThat(retryAfter("Wed, 21 Oct 2015 07:28:00 GMT")).contains(Duration.ZERO);
		assertThat(retryAfter("soon")).isEmpty();
	}

	private static Optional<Duration> retryAfter(String value) {
		return Failure
			.of(answer(HttpMethod.GET,
					ClientResponse.create(HttpStatusCode.valueOf(503)).header("Retry-After", value).build()))
			.retryAfter();
	}

	@Test
	void anEmptyCodeIsABackendThatDied() {
		Throwable failure = answer(HttpMethod.POST,
				ClientResponse.create(HttpStatusCode.valueOf(400))
					.header("Content-Type", "application/json")
					.body("{\"code\":\"\",\"message\":\"\",\"details\":null,\"hint\":null}")
					.build());
		assertThat(Failure.of(failure))
			.isEqualTo(new Failure(Kind.TRANSIENT, Execution.UNKNOWN, Integer.MAX_VALUE, Optional.empty()));
		assertThat(failure).hasMessageContaining("PostgREST lost its connection to the database");
	}

	@Test
	void aConnectionThatWasNotOpenedHasSentNothing() {
		assertTransport(new ConnectException("refused"), Kind.TRANSIENT, Execution.NOT_RUN, Integer.MAX_VALUE);
		assertTransport(new UnknownHostException("x"), Kind.TRANSIENT, Execution.NOT_RUN, Integer.MAX_VALUE);
	}

	@Test
	void aConnectionThatWasLostMayHaveSentEverything() {
		assertTransport(new IOException("reset"), Kind.TRANSIENT, Execution.UNKNOWN, Integer.MAX_VALUE);
		assertTransport(new IllegalStateException("any"), Kind.TRANSIENT, Execution.UNKNOWN, Integer.MAX_VALUE);
	}

	@Test
	void aRequestThatTheConnectionRefusesIsNotTheServersFault() {
		assertTransport(new IllegalArgumentException("another host"), Kind.PERMANENT, Execution.UNKNOWN, 0);
	}

	@Test
	void aTimeoutMayHaveRunAndCountsAgainstTheServer() {
		assertTransport(ReadTimeoutException.INSTANCE, Kind.TIMEOUT, Execution.UNKNOWN, Integer.MAX_VALUE);
		assertTransport(new TimeoutException(), Kind.TIMEOUT, Execution.UNKNOWN, Integer.MAX_VALUE);
		assertThat(Failure.of(new TimeoutException()).countsAgainstServer()).isTrue();
	}

	private static void assertTransport(Exception cause, Kind kind, Execution execution, int maxRetries) {
		Failure failure = new Failure(kind, execution, maxRetries, Optional.empty());
		assertThat(Failure
			.of(new WebClientRequestException(cause, HttpMethod.GET, URI.create("http://x/"), new HttpHeaders())))
			.isEqualTo(failure);
	}

	@Test
	void whatCouldNotBeReadWasDoneAndWhatCouldNotBeWrittenWasNot() {
		assertThat(Failure.of(new DecodingException("x")).execution()).isEqualTo(Execution.COMPLETED);
		assertThat(Failure.of(new EncodingException("x")).execution()).isEqualTo(Execution.NOT_RUN);
		assertThat(Failure.of(new IncorrectResultSizeDataAccessException(1)).kind()).isEqualTo(Kind.RESULT);
	}

	@Test
	void anythingElseIsNotRepeated() {
		Failure failure = Failure.of(new IllegalStateException("mine"));
		assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
		assertThat(failure.mayRetry(true, 0)).isFalse();
		assertThat(failure.countsAgainstServer()).isFalse();
	}

	@ParameterizedTest
	@EnumSource(Execution.class)
	void onlyWhatHadNoEffectIsRepeatedByAnyone(Execution execution) {
		Failure failure = Failure.retryable(Kind.TRANSIENT, execution, 1);
		assertThat(failure.mayRetry(true, 0)).isTrue();
		assertThat(failure.mayRetry(true, 1)).isFalse();
		assertThat(failure.mayRetry(false, 0))
			.isEqualTo(execution == Execution.NOT_RUN || execution == Execution.ROLLED_BACK);
	}

	private static Throwable answer(HttpMethod method, ClientResponse response) {
		byte[] body = response.bodyToMono(byte[].class).blockOptional().orElse(new byte[0]);
		return ErrorAnswers.read(Answer.of(PostgrestRequest.of(method, "/t"), response.statusCode(),
				response.headers().asHttpHeaders(), body, CODECS));
	}

}
