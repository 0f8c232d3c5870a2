package dev.dbpool.postgrest;

import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * The description of a database that PostgREST gives at its root.
 */
final class OpenApi {

	private OpenApi() {
	}

	static Mono<JsonNode> read(PostgrestExchange exchange, @Nullable String schema) {
		PostgrestRequest root = PostgrestRequest.of(HttpMethod.GET, "/")
			.withHeader(HttpHeaders.ACCEPT, "application/openapi+json");
		PostgrestRequest request = (schema != null) ? root.withHeader("Accept-Profile", schema) : root;
		return exchange.mono(request, (answer) -> answer.json("JSON"));
	}

}
