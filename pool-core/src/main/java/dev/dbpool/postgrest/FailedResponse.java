package dev.dbpool.postgrest;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.Failure.Execution;
import dev.dbpool.postgrest.Failure.Kind;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads answers that are no success: those of PostgREST, and those of proxies that know
 * nothing of it.
 */
final class FailedResponse {

	private static final int MAX_BODY = 32 * 1024;

	private static final int MAX_EXCERPT = 200;

	/**
	 * What PostgREST sends as a code. Gateways have codes of their own, which say nothing
	 * about the statement.
	 */
	private static final Pattern CODE = Pattern.compile("PGRST.*|[0-9A-Z]{5}");

	private FailedResponse() {
	}

	/**
	 * Makes the exception for an answer whose status is not 2xx. Its body is consumed.
	 */
	static Mono<DataAccessException> read(PostgrestRequest request, ClientResponse response) {
		return body(response).map((body) -> translate(request, response, body))
			.onErrorResume((cutOff) -> Mono.just(translate(request, response, null)));
	}

	private static DataAccessException translate(PostgrestRequest request, ClientResponse response,
			byte @Nullable [] body) {
		HttpStatusCode status = response.statusCode();
		HttpHeaders headers = response.headers().asHttpHeaders();
		Map<String, @Nullable Object> json = (body != null) ? Json.readObject(body) : Map.of();
		if ("".equals(json.get("code"))) {
			return Translation.answered(request, "PostgREST lost its connection to the database",
					PostgrestError.of(status), FailureTable.LOST_BACKEND);
		}
		PostgrestError error = error(status, json);
		Failure failure = error.code()
			.map(FailureTable::byCode)
			.orElseGet(() -> FailureTable.byStatus(status, headers.getFirst(HttpHeaders.WWW_AUTHENTICATE)))
			.after(retryAfter(headers));
		String happened = error.message().orElseGet(() -> describe(request.method(), status, response, body));
		return Translation.answered(request, happened, error, failure);
	}

	private static PostgrestError error(HttpStatusCode status, Map<String, @Nullable Object> body) {
		Optional<String> message = text(body, "message").or(() -> text(body, "msg")).or(() -> text(body, "error"));
		Optional<String> code = text(body, "code").filter((text) -> CODE.matcher(text).matches());
		return new PostgrestError(Optional.of(status), code, message.map(Secrets::mask), text(body, "details"),
				text(body, "hint"));
	}

	private static Optional<String> text(Map<String, @Nullable Object> body, String name) {
		Object value = body.get(name);
		if (value == null) {
			return Optional.empty();
		}
		String text = (value instanceof Map<?, ?> || value instanceof Iterable<?>) ? Json.write(value)
				: value.toString();
		return text.isBlank() ? Optional.empty() : Optional.of(text);
	}

	private static String describe(HttpMethod method, HttpStatusCode status, ClientResponse response,
			byte @Nullable [] body) {
		HttpStatus known = HttpStatus.resolve(status.value());
		String name = "The answer is " + status.value() + ((known != null) ? " " + known.getReasonPhrase() : "");
		String kind = status.is3xxRedirection() ? ", which is not followed" : "";
		if (body == null) {
			return name + kind + ", its body was cut off";
		}
		String excerpt = excerpt(body, response);
		return name + kind + (excerpt.isEmpty() ? withoutBody(method) : ", not from PostgREST: " + excerpt);
	}

	private static String withoutBody(HttpMethod method) {
		return method.equals(HttpMethod.HEAD) ? ", and an answer to HEAD cannot say why: ask by GET"
				: ", without a body";
	}

	/**
	 * Makes the exception for an answer that has a good status, but not the content of
	 * PostgREST. Its body is consumed.
	 */
	static Mono<DataAccessException> unexpected(PostgrestRequest request, ClientResponse response, String expected) {
		String type = response.headers().contentType().map(MediaType::toString).orElse("");
		return body(response).map((body) -> Translation.answered(request,
				"The answer is " + type + " instead of " + expected + ": " + excerpt(body, response)
						+ " Does the base URL end with the REST path?",
				PostgrestError.of(response.statusCode()), Failure.permanent(Kind.PERMANENT, Execution.UNKNOWN)));
	}

	/**
	 * Reads no more than an error needs; the rest of a longer body is not waited for.
	 */
	private static Mono<byte[]> body(ClientResponse response) {
		Flux<DataBuffer> start = DataBufferUtils.takeUntilByteCount(response.body(BodyExtractors.toDataBuffers()),
				MAX_BODY);
		return DataBufferUtils.join(start).map((buffer) -> {
			byte[] bytes = new byte[buffer.readableByteCount()];
			buffer.read(bytes);
			DataBufferUtils.release(buffer);
			return bytes;
		}).defaultIfEmpty(new byte[0]);
	}

	private static String excerpt(byte[] body, ClientResponse response) {
		Charset charset = response.headers().contentType().map(MediaType::getCharset).orElse(StandardCharsets.UTF_8);
		String text = Secrets.mask(new String(body, charset).replaceAll("[\\s\\p{Cntrl}]+", " ").strip());
		return (text.length() <= MAX_EXCERPT) ? text : text.substring(0, MAX_EXCERPT);
	}

	private static Optional<Duration> retryAfter(HttpHeaders headers) {
		String value = headers.getFirst(HttpHeaders.RETRY_AFTER);
		if (value == null) {
			return Optional.empty();
		}
		try {
			if (value.matches("\\d{1,9}")) {
				return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
			}
			Duration wait = Duration.between(Instant.now(),
					ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME));
			return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
		}
		catch (DateTimeException ex) {
			return Optional.empty();
		}
	}

}
