package dev.dbpool.postgrest;

import java.util.List;

import dev.dbpool.postgrest.Failure.Execution;
import dev.dbpool.postgrest.Failure.Kind;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * The header in which PostgREST tells a count: {@code 0-9/103}, or <code>&#42;/103</code>
 * without rows.
 */
final class ContentRange {

	private ContentRange() {
	}

	static Mono<Long> readTotal(PostgrestRequest request, ClientResponse response) {
		List<String> ranges = response.headers().header(HttpHeaders.CONTENT_RANGE);
		String total = ranges.isEmpty() ? "" : ranges.get(0).substring(ranges.get(0).indexOf('/') + 1);
		if (total.isEmpty() || !total.chars().allMatch(Character::isDigit)) {
			return response.releaseBody()
				.then(Mono.error(() -> Translation.answered(request,
						"The answer has no count of rows; does a proxy drop the Content-Range header?",
						PostgrestError.of(response.statusCode()),
						Failure.permanent(Kind.PERMANENT, Execution.COMPLETED))));
		}
		return response.releaseBody().thenReturn(Long.valueOf(total));
	}

}
