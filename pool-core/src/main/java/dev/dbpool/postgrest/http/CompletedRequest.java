package dev.dbpool.postgrest.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
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
 * A request as it is sent once: the headers may be extended by those of an identity.
 *
 * @param target path and query below the REST root, encoded
 * @param headers its headers as they are written to the wire, without those of an
 * identity; with a body, {@code Content-Type} is among them
 * @param body its body as bytes, {@code null} without one; what no known codec of the
 * client encodes is left as it is
 */
public record CompletedRequest(String target, RequestHeaders headers, @Nullable Object body) {

	private static final Pattern COLUMNS_GIVEN = Pattern.compile("[?&]columns=");

	/**
	 * Encodes the headers and the body of a request, and completes one that adds rows
	 * whose columns only the codec knows, such as records that leave out what is null.
	 * @param request the request
	 * @param defaults preferences that are sent unless the request has its own values for
	 * them
	 * @param codecs what JSON is written with
	 * @return what is sent
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in the body
	 * @throws org.springframework.core.codec.CodecException when the body cannot be
	 * encoded
	 */
	public static CompletedRequest of(PostgrestRequest request, Preferences defaults, JsonCodecs codecs) {
		Object body = request.body();
		if (body == null && defaults.list().isEmpty()) {
			return new CompletedRequest(request.target(), request.fields(), null);
		}
		HttpHeaders headers = request.fields().toHttpHeaders();
		defaults.addTo(headers);
		if (body == null) {
			return new CompletedRequest(request.target(), RequestHeaders.of(headers), null);
		}
		MediaType type = headers.getContentType();
		if (type == null) {
			headers.setContentType(MediaType.APPLICATION_JSON);
		}
		else if (!Answer.isJson(type)) {
			return new CompletedRequest(request.target(), RequestHeaders.of(headers),
					encode(request, type, body, codecs));
		}
		Optional<byte[]> json = codecs.bytes(body);
		String target = needsColumns(request)
				? json.map((bytes) -> withColumns(request.target(), bytes)).orElse(request.target()) : request.target();
		return new CompletedRequest(target, RequestHeaders.of(headers),
				json.<Object>map((bytes) -> bytes).orElse(body));
	}

	/**
	 * The path, so that no value and no header gets into a log.
	 */
	@Override
	public String toString() {
		return this.target.replaceFirst("\\?.*", "");
	}

	/**
	 * Bytes and texts of another type than JSON are sent as they are.
	 */
	private static Object encode(PostgrestRequest request, MediaType type, Object body, JsonCodecs codecs) {
		if (body instanceof CharSequence text) {
			Charset charset = (type.getCharset() != null) ? type.getCharset() : StandardCharsets.UTF_8;
			return StorableText.require(text.toString(), "body of the request to", request.path()).getBytes(charset);
		}
		return (body instanceof byte[]) ? body : codecs.bytes(body).<Object>map((bytes) -> bytes).orElse(body);
	}

	private static String withColumns(String target, byte[] json) {
		String separator = (target.indexOf('?') < 0) ? "?" : "&";
		return Names.differing(Json.propertyNames(json))
			.map((names) -> target + separator + "columns=" + Names.encode(Names.columns(names)))
			.orElse(target);
	}

	private static boolean needsColumns(PostgrestRequest request) {
		return request.body() instanceof Collection<?> rows && request.method().equals(HttpMethod.POST)
				&& rows.size() > 1 && !rows.stream().allMatch(Map.class::isInstance)
				&& !request.target().startsWith("/rpc/") && !COLUMNS_GIVEN.matcher(request.target()).find();
	}

}
