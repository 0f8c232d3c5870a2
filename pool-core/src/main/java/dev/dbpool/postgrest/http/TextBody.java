package dev.dbpool.postgrest.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;

import reactor.core.publisher.Mono;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads bodies as the text that they are.
 */
final class TextBody {

	private static final String CSV = "CSV";

	private static final Map<String, Predicate<MediaType>> KINDS = Map.of(CSV,
			(type) -> type.getSubtype().equals("csv"), "JSON",
			(type) -> type.getSubtype().equals("json") || "json".equals(type.getSubtypeSuffix()), "plan",
			(type) -> type.getSubtype().startsWith("vnd.pgrst.plan"));

	private TextBody() {
	}

	/**
	 * Reads all of the text.
	 * @param kind what it must be, by its content type
	 */
	static Mono<String> read(PostgrestRequest request, ClientResponse response, String kind) {
		boolean expected = ErrorResponseReader.contentType(response)
			.map((type) -> KINDS.getOrDefault(kind, (any) -> true).test(type))
			.orElse(true);
		if (!expected) {
			return ErrorResponseReader.unexpected(request, response, kind).flatMap(Mono::error);
		}
		boolean mayBeEmpty = JsonBody.isOfVoidFunction(request, response)
				|| (kind.equals(CSV) && response.statusCode().isSameCodeAs(HttpStatus.OK));
		return AnswerBody.bytes(response)
			.flatMap((body) -> (AnswerBody.isBlank(body) && !mayBeEmpty)
					? ErrorResponseReader.withoutBody(request, response)
					: Mono.just(body.toString(StandardCharsets.UTF_8)));
	}

}
