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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.value.Json;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;

/**
 * Makes the exceptions for answers that are no success, or not what was asked for: those
 * of PostgREST, and those of proxies that know nothing of it.
 */
final class ErrorAnswers {

	private static final int MAX_EXCERPT = 200;

	/**
	 * What PostgREST sends as a code. Gateways have codes of their own, which say nothing
	 * about the statement.
	 */
	private static final Pattern CODE = Pattern.compile("PGRST.*|[0-9A-Z]{5}");

	private static final Pattern PROXY_STATUS = Pattern.compile("\\bPostgREST\\s*;\\s*error=\"?(\\w{1,20})");

	private ErrorAnswers() {
	}

	/**
	 * Makes the exception for an answer whose status is not 2xx.
	 */
	static DataAccessException read(Answer answer) {
		PostgrestRequest request = answer.request();
		HttpStatusCode status = answer.status();
		HttpHeaders headers = answer.headers();
		Map<String, @Nullable Object> json = Json.readObject(answer.body());
		if ("".equals(json.get("code"))) {
			return ExceptionTranslator.answered(request, "PostgREST lost its connection to the database",
					PostgrestError.of(status), FailureTable.LOST_BACKEND);
		}
		PostgrestError error = error(status, json, headers);
		Failure failure = failure(status, error, headers).after(retryAfter(headers));
		String happened = error.message().orElseGet(() -> describe(answer));
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
		Optional<String> code = text(body, "code").or(() -> body.isEmpty() ? proxyStatus(headers) : Optional.empty())
			.filter((text) -> isCode(status, text));
		if (code.isEmpty() && status.isSameCodeAs(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE)) {
			return ContentRange.total(headers)
				.map(ContentRange::notSatisfiable)
				.orElseGet(() -> PostgrestError.of(status));
		}
		return new PostgrestError(Optional.of(status), code, message.map(Secrets::mask), text(body, "details"),
				text(body, "hint"));
	}

	/**
	 * Returns the code of an answer without a body, which PostgREST 13 and later send in
	 * a header.
	 */
	private static Optional<String> proxyStatus(HttpHeaders headers) {
		return Optional.ofNullable(headers.getFirst("Proxy-Status"))
			.map(PROXY_STATUS::matcher)
			.filter(Matcher::find)
			.map((found) -> found.group(1));
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

	private static String describe(Answer answer) {
		HttpStatusCode status = answer.status();
		HttpStatus known = HttpStatus.resolve(status.value());
		String name = "The answer is " + status.value() + ((known != null) ? " " + known.getReasonPhrase() : "");
		String kind = status.is3xxRedirection() ? redirection(answer.headers()) : "";
		if (answer.isCutOff()) {
			return name + kind + ", its body was cut off";
		}
		String excerpt = excerpt(answer);
		return name + kind
				+ (excerpt.isEmpty() ? withoutBody(answer.request().method()) : ", not from PostgREST: " + excerpt);
	}

	/**
	 * Says where an answer points, without user information and query, which may hold
	 * secrets.
	 */
	private static String redirection(HttpHeaders headers) {
		String location = headers.getFirst(HttpHeaders.LOCATION);
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
	 * PostgREST.
	 */
	static DataAccessException unexpected(Answer answer, String expected) {
		String type = answer.headers().getOrEmpty(HttpHeaders.CONTENT_TYPE).stream().findFirst().orElse("");
		return unexpectedContent(answer, "The answer is " + type + " instead of " + expected + ": " + excerpt(answer)
				+ " Does the base URL end with the REST path?");
	}

	/**
	 * Makes the exception for an answer that has a good status, but no content where
	 * PostgREST sends some.
	 */
	static DataAccessException withoutBody(Answer answer) {
		return unexpectedContent(answer, "The answer has a good status, but no rows and no value in its body."
				+ " PostgREST sends some; does a proxy drop them?");
	}

	/**
	 * Makes the exception for an answer that has a body where PostgREST sends none.
	 */
	static DataAccessException unwanted(Answer answer) {
		return unexpectedContent(answer, "The answer has a body though none was asked for: " + excerpt(answer));
	}

	private static DataAccessException unexpectedContent(Answer answer, String happened) {
		return ExceptionTranslator.answered(answer.request(), happened, PostgrestError.of(answer.status()),
				Failure.permanent(Kind.PERMANENT, Execution.UNKNOWN));
	}

	/**
	 * Makes the exception for an answer without a count of rows.
	 */
	static DataAccessException missingTotal(Answer answer) {
		return ExceptionTranslator.answered(answer.request(),
				"The answer has no count of rows; does a proxy drop the Content-Range header?",
				PostgrestError.of(answer.status()), Failure.permanent(Kind.PERMANENT, Execution.COMPLETED));
	}

	private static String excerpt(Answer answer) {
		Charset charset = answer.contentType().map(MediaType::getCharset).orElse(StandardCharsets.UTF_8);
		byte[] body = answer.body();
		String text = new String(body, 0, Math.min(body.length, AnswerBytes.Limit.ERROR_BYTES), charset);
		return shortened(Secrets.mask(text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip()));
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
