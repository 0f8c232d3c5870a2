package dev.dbpool.postgrest.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

import dev.dbpool.postgrest.value.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.DecodingException;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/**
 * The answer to one request, all of it in memory, to be read as what was asked for. What
 * the server sent is read as it is, or is an error: a list is not empty by having no
 * body, no null is left out, and a good status with other content is no success.
 * Immutable.
 * <p>
 * The methods run on the calling thread and never wait. They throw
 * {@link DataAccessException}s, or what
 * {@link TransportExceptionTranslator#translate(PostgrestRequest, Throwable)} makes one
 * of, such as a {@link DecodingException}.
 */
public final class Answer {

	private static final String CSV = "CSV";

	private static final Map<String, Predicate<MediaType>> KINDS = Map.of(CSV,
			(type) -> type.getSubtype().equals("csv"), "JSON",
			(type) -> type.getSubtype().equals("json") || "json".equals(type.getSubtypeSuffix()), "plan",
			(type) -> type.getSubtype().startsWith("vnd.pgrst.plan"));

	/** What PostgREST sends nearly always, so that it is not parsed each time. */
	private static final String JSON_OF_POSTGREST = "application/json; charset=utf-8";

	private static final Optional<MediaType> JSON_TYPE = Optional.of(MediaType.parseMediaType(JSON_OF_POSTGREST));

	private static final int LONGEST_BLANK = 16;

	private static final int LONG = 256 * 1024;

	private final PostgrestRequest request;

	private final HttpStatusCode status;

	private final HttpHeaders headers;

	private final @Nullable AnswerBytes body;

	private final JsonCodecs codecs;

	private Answer(PostgrestRequest request, HttpStatusCode status, HttpHeaders headers, @Nullable AnswerBytes body,
			JsonCodecs codecs) {
		this.request = request;
		this.status = status;
		this.headers = headers;
		this.body = body;
		this.codecs = codecs;
	}

	/**
	 * An answer.
	 * @param request what was asked for
	 * @param status the status
	 * @param headers the headers
	 * @param body the body, which must not change any more; of one that is no success
	 * {@link AnswerBytes.Limit#ERROR_BYTES} at most, or {@code null} if it was cut off
	 * @param codecs what JSON is read with
	 * @return the answer
	 */
	public static Answer of(PostgrestRequest request, HttpStatusCode status, HttpHeaders headers,
			byte @Nullable [] body, JsonCodecs codecs) {
		return new Answer(request, status, headers, (body != null) ? AnswerBytes.of(body) : null, codecs);
	}

	/**
	 * An answer whose body has arrived in parts.
	 * @param request what was asked for
	 * @param status the status
	 * @param headers the headers
	 * @param body the body, to which nothing is added any more
	 * @param codecs what JSON is read with
	 * @return the answer
	 */
	public static Answer of(PostgrestRequest request, HttpStatusCode status, HttpHeaders headers, AnswerBytes body,
			JsonCodecs codecs) {
		return new Answer(request, status, headers, body, codecs);
	}

	Answer with(AnswerBytes body) {
		return new Answer(this.request, this.status, this.headers, body, this.codecs);
	}

	/**
	 * Reads the answer if it is a success. One that does not confirm a preference on
	 * which the effect of a write depends is an error. Errors of the JVM become failures
	 * of this operation: Reactor would let them go past its subscriber.
	 * @param <T> the type of the value
	 * @param defaults the preferences that were sent besides those of the request
	 * @param reader reads the answer
	 * @return what the reader returns
	 * @throws DataAccessException if the status is not 2xx
	 */
	public <T> @Nullable T read(Preferences defaults, Function<Answer, @Nullable T> reader) {
		requireSuccess(defaults);
		try {
			return reader.apply(this);
		}
		catch (VirtualMachineError | LinkageError ex) {
			throw new DecodingException(String.valueOf(ex), ex);
		}
	}

	private void requireSuccess(Preferences defaults) {
		if (!isSuccess()) {
			throw ErrorAnswers.read(this);
		}
		Optional<DataAccessException> ignored = ignoredPreference(defaults);
		if (ignored.isPresent()) {
			throw ignored.get();
		}
	}

	boolean isSuccess() {
		return this.status.is2xxSuccessful();
	}

	/**
	 * The error that the answer does not confirm what it must.
	 */
	Optional<DataAccessException> ignoredPreference(Preferences defaults) {
		return this.request.isSafe() ? Optional.empty()
				: Preferences.toBeConfirmed(this.request, defaults).ignored(this);
	}

	/**
	 * What was asked for.
	 * @return the request
	 */
	public PostgrestRequest request() {
		return this.request;
	}

	/**
	 * The status.
	 * @return the status
	 */
	public HttpStatusCode status() {
		return this.status;
	}

	/**
	 * The headers.
	 * @return the headers
	 */
	public HttpHeaders headers() {
		return this.headers;
	}

	/**
	 * The body.
	 * @return its bytes, none without one
	 */
	public byte[] body() {
		if (this.body == null) {
			return new byte[0];
		}
		byte[] bytes = this.body.array();
		return (bytes.length == length()) ? bytes : Arrays.copyOf(bytes, length());
	}

	/**
	 * How long the body is.
	 * @return the number of its bytes
	 */
	public int length() {
		return (this.body != null) ? this.body.length() : 0;
	}

	/**
	 * Whether it takes so long to read this that other connections of an event loop would
	 * wait for it. Such an answer is read on another thread.
	 * @return whether the body has more than 256 KiB
	 */
	public boolean isLong() {
		return length() > LONG;
	}

	boolean isCutOff() {
		return this.body == null;
	}

	/**
	 * What JSON is read with.
	 * @return the codecs
	 */
	public JsonCodecs codecs() {
		return this.codecs;
	}

	/**
	 * All rows, nulls among them. What is no array counts as one row.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	public <T> List<T> list(ParameterizedTypeReference<T> type) {
		if (isOfVoidFunction()) {
			return List.of();
		}
		Rows<T> rows = this.codecs.rows(rowsInBody(), ResolvableType.forType(type), this.request);
		if (rows.isAbsent() && !isCall()) {
			throw ErrorAnswers.withoutBody(this);
		}
		return rows.list();
	}

	/**
	 * The one row. Null is an error.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	public <T> T row(ParameterizedTypeReference<T> type) {
		ResolvableType row = ResolvableType.forType(type);
		return this.codecs.<T>row(rowsInBody(), row, this.request).value(row, 0);
	}

	/**
	 * The value that a function returns.
	 * @param <T> the type of the value
	 * @param type the type of the value
	 * @return the value, or {@code null} if it is null or the function returns none
	 */
	public <T> @Nullable T value(ParameterizedTypeReference<T> type) {
		return isOfVoidFunction() ? null
				: this.codecs.<T>row(rowsInBody(), ResolvableType.forType(type), this.request).value();
	}

	private AnswerBytes rowsInBody() {
		requireJson();
		if (this.body == null || isBlank()) {
			throw ErrorAnswers.withoutBody(this);
		}
		return this.body;
	}

	private void requireJson() {
		if (!isJson()) {
			throw ErrorAnswers.unexpected(this, "JSON");
		}
	}

	/**
	 * The body as text.
	 * @param kind what it must be by its content type: {@code CSV}, {@code JSON} or
	 * {@code plan}
	 * @return the text
	 */
	public String text(String kind) {
		boolean expected = contentType().map((type) -> KINDS.getOrDefault(kind, (any) -> true).test(type)).orElse(true);
		if (!expected) {
			throw ErrorAnswers.unexpected(this, kind);
		}
		boolean mayBeEmpty = isOfVoidFunction() || (kind.equals(CSV) && this.status.isSameCodeAs(HttpStatus.OK));
		if (isBlank() && !mayBeEmpty) {
			throw ErrorAnswers.withoutBody(this);
		}
		return (this.body != null) ? new String(this.body.array(), 0, length(), StandardCharsets.UTF_8) : "";
	}

	/**
	 * The body as a JSON tree, exact.
	 * @param kind what it must be by its content type: {@code JSON} or {@code plan}
	 * @return the tree, or {@code null} if the body is blank
	 */
	public @Nullable JsonNode json(String kind) {
		String text = text(kind);
		return text.isBlank() ? null : Json.readTree(text);
	}

	/**
	 * Requires that the answer is that of a write that asked for no rows, which has no
	 * body. Anything else is not from PostgREST, so that it is unknown whether the write
	 * was made. A function answers with what it returns all the same.
	 */
	public void requireNothing() {
		if (!isJson()) {
			throw ErrorAnswers.unexpected(this, "nothing");
		}
		boolean wanted = isCall() || this.request.headers()
			.getOrEmpty(Preferences.HEADER)
			.stream()
			.anyMatch((preference) -> preference.contains("return=representation"));
		if (!wanted && length() > 0) {
			throw ErrorAnswers.unwanted(this);
		}
	}

	/**
	 * The count of rows in the headers.
	 * @return the count, or empty without one
	 */
	public Optional<Long> total() {
		return ContentRange.total(this.headers);
	}

	/**
	 * The count of rows in the headers of an answer without rows. A missing one is an
	 * error.
	 * @return the count
	 */
	public long requiredTotal() {
		requireJson();
		long total = total().orElseThrow(this::missingTotal);
		if (!this.request.isSafe()) {
			requireNothing();
		}
		return total;
	}

	/**
	 * The error that the headers have no count of rows.
	 * @return the error
	 */
	public DataAccessException missingTotal() {
		return ErrorAnswers.missingTotal(this);
	}

	/**
	 * The count of rows in an error, if it is that the wanted rows begin after the last
	 * one.
	 * @param failure the error
	 * @return the count, or empty if this is another error
	 */
	public static Optional<Long> totalBefore(DataAccessException failure) {
		return ContentRange.totalBefore(failure);
	}

	/**
	 * The only row of some that were read. A row that is null is an error, since it must
	 * not look like none.
	 * @param <T> the type of a row
	 * @param rows the rows
	 * @param request the request
	 * @return the row, or {@code null} if there is none
	 */
	public static <T> @Nullable T atMostOne(List<T> rows, PostgrestRequest request) {
		if (rows.size() > 1) {
			throw ExceptionTranslator.tooManyRows(request);
		}
		if (rows.isEmpty()) {
			return null;
		}
		T row = rows.get(0);
		if (row == null) {
			throw ExceptionTranslator.nullRow(request);
		}
		return row;
	}

	private boolean isCall() {
		return this.request.path().startsWith("/rpc/");
	}

	/**
	 * Whether a function was called that returns {@code void}: PostgREST answers by 204
	 * then.
	 */
	boolean isOfVoidFunction() {
		return this.status.isSameCodeAs(HttpStatus.NO_CONTENT) && isCall();
	}

	/**
	 * What the answer says that it is; what cannot be read as a type is bytes of any
	 * kind.
	 */
	Optional<MediaType> contentType() {
		if (JSON_OF_POSTGREST.equals(this.headers.getFirst(HttpHeaders.CONTENT_TYPE))) {
			return JSON_TYPE;
		}
		try {
			return Optional.ofNullable(this.headers.getContentType());
		}
		catch (InvalidMediaTypeException ex) {
			return Optional.of(MediaType.APPLICATION_OCTET_STREAM);
		}
	}

	boolean isJson() {
		Optional<MediaType> type = contentType();
		return type == JSON_TYPE || type.map(Answer::isJson).orElse(true);
	}

	static boolean isJson(MediaType type) {
		return MediaType.APPLICATION_JSON.isCompatibleWith(type) || "json".equals(type.getSubtypeSuffix());
	}

	private boolean isBlank() {
		if (this.body == null) {
			return true;
		}
		if (length() > LONGEST_BLANK) {
			return false;
		}
		byte[] bytes = this.body.array();
		for (int i = 0; i < length(); i++) {
			if (!Character.isWhitespace(bytes[i])) {
				return false;
			}
		}
		return true;
	}

	/**
	 * The request and the status, so that no value and no header gets into a log.
	 */
	@Override
	public String toString() {
		return this.request + " " + this.status.value();
	}

}
