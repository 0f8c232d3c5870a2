package dev.dbpool.postgrest.http;

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

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.value.Json;
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
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads answers that are no success: those of PostgREST, and those of proxies that know
 * nothing of it.
 */
final class ErrorResponseReader {

	private static final int MAX_BODY = 32 * 1024;

	private static final int MAX_EXCERPT = 200;

	/**
	 * What PostgREST sends as a code. Gateways have codes of their own, which say nothing
	 * about the statement.
	 */
	private static final Pattern CODE = Pattern.compile("PGRST.*|[0-9A-Z]{5}");

	private ErrorResponseReader() {
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
			return ExceptionTranslator.answered(request, "PostgREST lost its connection to the database",
					PostgrestError.of(status), FailureTable.LOST_BACKEND);
		}
		PostgrestError error = error(status, json, headers);
		Failure failure = failure(status, error, headers).after(retryAfter(headers));
		String happened = error.message().orElseGet(() -> describe(request.method(), status, response, body));
		return ExceptionTranslator.answered(request, happened, error,
				wasCommitted(request, headers) ? failure.committed() : failure);
	}

	private static Failure failure(HttpStatusCode status, PostgrestError error, HttpHeaders headers) {
		String challenge = headers.getFirst(HttpHeaders.WWW_AUTHENTICATE);
		if (error.code().filter(("PT" + status.value())::equals).isPresent()) {
			return FailureTable.raised(status, challenge);
		}
		return error.code().map(FailureTable::byCode).orElseGet(() -> FailureTable.byStatus(status, challenge));
	}

	/**
	 * PostgREST reports the range of the rows of what it has committed, and of nothing
	 * else. The status of that is no success where a function has set
	 * {@code response.status}, or where the rows that it returns begin after the last
	 * one.
	 */
	private static boolean wasCommitted(PostgrestRequest request, HttpHeaders headers) {
		return !request.isSafe() && headers.containsHeader(HttpHeaders.CONTENT_RANGE);
	}

	private static PostgrestError error(HttpStatusCode status, Map<String, @Nullable Object> body,
			HttpHeaders headers) {
		Optional<String> message = text(body, "message").or(() -> text(body, "msg")).or(() -> text(body, "error"));
		Optional<String> code = text(body, "code").filter((text) -> isCode(status, text));
		if (code.isEmpty() && status.isSameCodeAs(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE)) {
			return ContentRange.total(headers)
				.map(ContentRange::notSatisfiable)
				.orElseGet(() -> PostgrestError.of(status));
		}
		return new PostgrestError(Optional.of(status), code, message.map(Secrets::mask), text(body, "details"),
				text(body, "hint"));
	}

	/**
	 * Gateways repeat the status in their codes, and send some that PostgREST sends only
	 * where SQL asks for them.
	 */
	private static boolean isCode(HttpStatusCode status, String code) {
		if (code.equals("PT" + status.value())) {
			return true;
		}
		boolean ofGateway = status.value() == 502 || status.value() >= 520
				|| code.startsWith(String.valueOf(status.value()));
		return !ofGateway && CODE.matcher(code).matches();
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
		String kind = status.is3xxRedirection() ? redirection(response) : "";
		if (body == null) {
			return name + kind + ", its body was cut off";
		}
		String excerpt = excerpt(body, response);
		return name + kind + (excerpt.isEmpty() ? withoutBody(method) : ", not from PostgREST: " + excerpt);
	}

	/**
	 * Says where an answer points, without user information and query, which may hold
	 * secrets.
	 */
	private static String redirection(ClientResponse response) {
		String location = response.headers().asHttpHeaders().getFirst(HttpHeaders.LOCATION);
		if (location == null) {
			return ", which is not followed";
		}
		int query = location.indexOf('?');
		String target = ((query < 0) ? location : location.substring(0, query) + "?…").replaceFirst("//[^/]*@", "//");
		return " to " + shortened(target) + ", which is not followed. Check the base URL of the client";
	}

	private static String shortened(String text) {
		return (text.length() <= MAX_EXCERPT) ? text : text.substring(0, MAX_EXCERPT);
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
		String type = response.headers().header(HttpHeaders.CONTENT_TYPE).stream().findFirst().orElse("");
		return body(response)
			.map((body) -> unexpectedContent(request, response, "The answer is " + type + " instead of " + expected
					+ ": " + excerpt(body, response) + " Does the base URL end with the REST path?"));
	}

	/**
	 * The error that an answer has a good status, but no content where PostgREST sends
	 * some.
	 */
	static <T> Mono<T> withoutBody(PostgrestRequest request, ClientResponse response) {
		return response.releaseBody()
			.then(Mono.error(() -> unexpectedContent(request, response,
					"The answer has a good status, but no rows and no value in its body. PostgREST sends some;"
							+ " does a proxy drop them?")));
	}

	/**
	 * Reads the answer to a write that asked for no rows, which has no body. Anything
	 * else is not from PostgREST, so that it is unknown whether the write was made. A
	 * function answers with what it returns all the same.
	 */
	static Mono<Void> readNothing(PostgrestRequest request, ClientResponse response) {
		if (!JsonBody.isJson(response)) {
			return unexpected(request, response, "nothing").flatMap(Mono::error);
		}
		boolean wanted = JsonBody.isCall(request) || request.headers()
			.getOrEmpty("Prefer")
			.stream()
			.anyMatch((preference) -> preference.contains("return=representation"));
		return wanted ? response.releaseBody()
				: body(response)
					.flatMap((body) -> (body.length == 0) ? Mono.empty() : Mono.error(unexpectedContent(request,
							response, "The answer has a body though none was asked for: " + excerpt(body, response))));
	}

	private static DataAccessException unexpectedContent(PostgrestRequest request, ClientResponse response,
			String happened) {
		return ExceptionTranslator.answered(request, happened, PostgrestError.of(response.statusCode()),
				Failure.permanent(Kind.PERMANENT, Execution.UNKNOWN));
	}

	/**
	 * What an answer says that it is; what cannot be read as a type is bytes of any kind.
	 */
	static Optional<MediaType> contentType(ClientResponse response) {
		try {
			return response.headers().contentType();
		}
		catch (InvalidMediaTypeException ex) {
			return Optional.of(MediaType.APPLICATION_OCTET_STREAM);
		}
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
		Charset charset = contentType(response).map(MediaType::getCharset).orElse(StandardCharsets.UTF_8);
		String text = Secrets.mask(new String(body, charset).replaceAll("[\\s\\p{Cntrl}]+", " ").strip());
		return shortened(text);
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
