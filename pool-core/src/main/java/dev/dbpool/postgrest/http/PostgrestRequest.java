package dev.dbpool.postgrest.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.Json;
import dev.dbpool.postgrest.value.Names;
import dev.dbpool.postgrest.value.StorableText;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;

/**
 * A request to PostgREST, complete and encoded. Immutable: it can be sent again as it is.
 */
public final class PostgrestRequest {

	private static final Pattern COLUMNS_GIVEN = Pattern.compile("[?&]columns=");

	private final HttpMethod method;

	private final String target;

	private final RequestHeaders fields;

	private final @Nullable Object body;

	private final boolean idempotent;

	private final Preferences defaults;

	private @Nullable String description;

	private @Nullable HttpHeaders headers;

	private PostgrestRequest(HttpMethod method, String target, RequestHeaders fields, @Nullable Object body,
			boolean idempotent, Preferences defaults) {
		this.method = method;
		this.target = target;
		this.fields = fields;
		this.body = body;
		this.idempotent = idempotent;
		this.defaults = defaults;
	}

	/**
	 * A request without headers and body.
	 * @param method the HTTP method
	 * @param target the path below the REST root and the query, encoded, starting with a
	 * slash
	 * @return the request
	 * @throws IllegalArgumentException when the target does not start with a slash, or
	 * has a character that must be encoded
	 */
	public static PostgrestRequest of(HttpMethod method, String target) {
		return of(method, target, RequestHeaders.NONE);
	}

	/**
	 * A request without a body.
	 * @param method the HTTP method
	 * @param target the path below the REST root and the query, encoded, starting with a
	 * slash
	 * @param headers its headers
	 * @return the request
	 * @throws IllegalArgumentException when the target does not start with a slash, or
	 * has a character that must be encoded
	 */
	public static PostgrestRequest of(HttpMethod method, String target, HttpHeaders headers) {
		return of(method, target, RequestHeaders.of(headers));
	}

	/**
	 * A request without a body.
	 * @param method the HTTP method
	 * @param target the path below the REST root and the query, encoded, starting with a
	 * slash
	 * @param headers its headers
	 * @return the request
	 * @throws IllegalArgumentException when the target does not start with a slash, or
	 * has a character that must be encoded
	 */
	public static PostgrestRequest of(HttpMethod method, String target, RequestHeaders headers) {
		if (!target.startsWith("/")) {
			throw new IllegalArgumentException("A target starts with a slash, unlike '" + target + "'");
		}
		requireEncoded(target);
		return new PostgrestRequest(method, target, headers, null, false, Preferences.NONE);
	}

	/**
	 * Refuses what would end the target on the request line, or the line.
	 */
	private static void requireEncoded(String target) {
		for (int i = 0; i < target.length(); i++) {
			char character = target.charAt(i);
			if (character <= ' ' || character >= 127) {
				throw new IllegalArgumentException("The target has a character at %d that must be encoded: %s"
					.formatted(i, String.format("U+%04X", (int) character)));
			}
		}
	}

	/**
	 * This request with one more value of a header.
	 * @param name the header's name
	 * @param value its value
	 * @return a new request
	 * @throws IllegalArgumentException when either cannot be sent
	 */
	public PostgrestRequest withHeader(String name, String value) {
		HttpHeaders extended = this.fields.toHttpHeaders();
		extended.add(Headers.requireName(name), Headers.requireValue(name, value));
		return new PostgrestRequest(this.method, this.target, RequestHeaders.of(extended), this.body, this.idempotent,
				this.defaults);
	}

	/**
	 * This request with preferences, unless it has its own values for them.
	 */
	PostgrestRequest preferring(Preferences defaults) {
		HttpHeaders extended = this.fields.toHttpHeaders();
		defaults.addTo(extended);
		return new PostgrestRequest(this.method, this.target, RequestHeaders.of(extended), this.body, this.idempotent,
				this.defaults.with(defaults.unlessIn(Preferences.of(headers()))));
	}

	/**
	 * Those of its preferences that it has by default rather than of its own.
	 */
	Preferences defaults() {
		return this.defaults;
	}

	/**
	 * This request as it is sent: with preferences, with the body as bytes and its type,
	 * and, if it adds rows whose columns only the codec knows, such as records that leave
	 * out what is null, with their columns.
	 * @param preferences preferences that are sent unless the request has its own values
	 * for them
	 * @param codecs what JSON is written with
	 * @return the request; a body that no known codec of the client encodes is left as it
	 * is
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in the body
	 * @throws org.springframework.core.codec.CodecException when the body cannot be
	 * encoded
	 */
	public PostgrestRequest encoded(Preferences preferences, JsonCodecs codecs) {
		if (this.body == null && preferences == Preferences.NONE) {
			return this;
		}
		HttpHeaders headers = this.fields.toHttpHeaders();
		preferences.addTo(headers);
		if (this.body == null) {
			return sent(this.target, headers, null);
		}
		MediaType type = headers.getContentType();
		if (type == null) {
			headers.setContentType(MediaType.APPLICATION_JSON);
		}
		else if (!Answer.isJson(type)) {
			return sent(this.target, headers, encode(type, this.body, codecs));
		}
		Optional<byte[]> json = codecs.bytes(this.body);
		String target = needsColumns() ? json.map(this::withColumns).orElse(this.target) : this.target;
		return sent(target, headers, json.<Object>map((bytes) -> bytes).orElse(this.body));
	}

	private PostgrestRequest sent(String target, HttpHeaders headers, @Nullable Object body) {
		return new PostgrestRequest(this.method, target, RequestHeaders.of(headers), body, this.idempotent,
				this.defaults);
	}

	/**
	 * Bytes and texts of another type than JSON are sent as they are.
	 */
	private Object encode(MediaType type, Object body, JsonCodecs codecs) {
		if (body instanceof CharSequence text) {
			Charset charset = (type.getCharset() != null) ? type.getCharset() : StandardCharsets.UTF_8;
			return StorableText.require(text.toString(), "body of the request to", path()).getBytes(charset);
		}
		return (body instanceof byte[]) ? body : codecs.bytes(body).<Object>map((bytes) -> bytes).orElse(body);
	}

	private String withColumns(byte[] json) {
		String separator = (this.target.indexOf('?') < 0) ? "?" : "&";
		return Names.differing(Json.propertyNames(json))
			.map((names) -> this.target + separator + "columns=" + Names.encode(Names.columns(names)))
			.orElse(this.target);
	}

	private boolean needsColumns() {
		return this.body instanceof Collection<?> rows && this.method.equals(HttpMethod.POST) && rows.size() > 1
				&& !rows.stream().allMatch(Map.class::isInstance) && !this.target.startsWith("/rpc/")
				&& !COLUMNS_GIVEN.matcher(this.target).find();
	}

	/**
	 * This request with a body.
	 * @param body what is sent as JSON; a string is sent as it is, as JSON text
	 * @return a new request
	 */
	public PostgrestRequest withBody(Object body) {
		return new PostgrestRequest(this.method, this.target, this.fields, Objects.requireNonNull(body),
				this.idempotent, this.defaults);
	}

	/**
	 * This request, declared to be harmless when it is repeated.
	 * @return a new request
	 */
	public PostgrestRequest asIdempotent() {
		return new PostgrestRequest(this.method, this.target, this.fields, this.body, true, this.defaults);
	}

	/**
	 * The HTTP method.
	 * @return the method
	 */
	public HttpMethod method() {
		return this.method;
	}

	/**
	 * Path and query relative to the REST root, such as
	 * {@code /cars?select=*&make=eq.VW}.
	 * @return the target, encoded
	 */
	public String target() {
		return this.target;
	}

	/**
	 * The path of the target, without the query: no values are in it.
	 * @return the path, encoded
	 */
	public String path() {
		int query = this.target.indexOf('?');
		return (query < 0) ? this.target : this.target.substring(0, query);
	}

	/**
	 * The headers that belong to the request. Those of an identity are added by who sends
	 * it.
	 * @return the headers, read-only
	 */
	public HttpHeaders headers() {
		HttpHeaders known = this.headers;
		if (known == null) {
			known = HttpHeaders.readOnlyHttpHeaders(this.fields.toHttpHeaders());
			this.headers = known;
		}
		return known;
	}

	/**
	 * Returns the header fields as they are sent.
	 * @return the fields
	 */
	public RequestHeaders fields() {
		return this.fields;
	}

	/**
	 * What is sent as JSON.
	 * @return the body, or {@code null} without one
	 */
	public @Nullable Object body() {
		return this.body;
	}

	/**
	 * Whether requests with a method only read: GET and HEAD, which PostgREST runs in
	 * read-only transactions, and OPTIONS, for which it runs no statement.
	 * @param method the method
	 * @return whether it is safe
	 */
	public static boolean isSafe(HttpMethod method) {
		return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) || method.equals(HttpMethod.OPTIONS);
	}

	/**
	 * Whether the request only reads, by its method.
	 * @return whether it is safe
	 */
	public boolean isSafe() {
		return isSafe(this.method);
	}

	/**
	 * Whether repeating the request does no harm: it is safe, a PUT, or was declared so.
	 * @return whether it is idempotent
	 */
	public boolean isIdempotent() {
		return this.idempotent || isSafe() || this.method.equals(HttpMethod.PUT);
	}

	/**
	 * The request in a few words that never contain a value, such as {@code GET /cars} or
	 * {@code POST /rpc/checkout}: the default name of an operation.
	 * @return the description
	 */
	public String describe() {
		String known = this.description;
		if (known == null) {
			known = this.method.name() + " " + path();
			this.description = known;
		}
		return known;
	}

	/**
	 * The description, so that no value and no header gets into a log.
	 */
	@Override
	public String toString() {
		return describe();
	}

}
