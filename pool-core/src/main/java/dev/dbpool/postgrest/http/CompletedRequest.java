package dev.dbpool.postgrest.http;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.Json;
import dev.dbpool.postgrest.value.Names;
import dev.dbpool.postgrest.value.StorableText;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;

/**
 * A request as it is sent.
 *
 * @param target path and query
 * @param body JSON as bytes, or what is left to encode
 */
record CompletedRequest(String target, @Nullable Object body) {

	private static final Pattern COLUMNS_GIVEN = Pattern.compile("[?&]columns=");

	/**
	 * Encodes the body of a request, and completes one that adds rows whose columns only
	 * the codec knows, such as records that leave out what is null.
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in the body
	 */
	static CompletedRequest of(PostgrestRequest request, Supplier<RowJson> json) {
		String target = request.target();
		Object body = request.body();
		if (body == null) {
			return new CompletedRequest(target, null);
		}
		if (!isJson(request)) {
			return new CompletedRequest(target, (body instanceof CharSequence text)
					? StorableText.require(text.toString(), "body of the request to", request.path()) : body);
		}
		Optional<byte[]> encoded = json.get().bytes(body);
		Optional<String> columns = needsColumns(request)
				? encoded.flatMap((bytes) -> RowJson.differing(Json.propertyNames(bytes))).map(Names::columns)
				: Optional.empty();
		String separator = (target.indexOf('?') < 0) ? "?" : "&";
		return new CompletedRequest(
				columns.map((names) -> target + separator + "columns=" + Names.encode(names)).orElse(target),
				encoded.<Object>map((bytes) -> bytes).orElse(body));
	}

	private static boolean isJson(PostgrestRequest request) {
		MediaType type = request.headers().getContentType();
		return type == null || JsonBody.isJson(type);
	}

	private static boolean needsColumns(PostgrestRequest request) {
		return request.body() instanceof Collection<?> rows && request.method().equals(HttpMethod.POST)
				&& rows.size() > 1 && !rows.stream().allMatch(Map.class::isInstance)
				&& !request.target().startsWith("/rpc/") && !COLUMNS_GIVEN.matcher(request.target()).find();
	}

}
