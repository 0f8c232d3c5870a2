package dev.dbpool.postgrest;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import dev.dbpool.postgrest.Failure.Execution;
import dev.dbpool.postgrest.Failure.Kind;

import org.springframework.dao.DataAccessException;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Preferences that change what a request does, and that servers may ignore silently: they
 * count only when the answer confirms them.
 */
final class Preferences {

	private Preferences() {
	}

	/**
	 * Makes the exception for an answer that does not confirm all of the preferences.
	 */
	static Optional<DataAccessException> ignored(List<String> required, PostgrestRequest request,
			ClientResponse response) {
		List<String> applied = response.headers()
			.header("Preference-Applied")
			.stream()
			.flatMap((header) -> Arrays.stream(header.split("[,\\s]+")))
			.toList();
		List<String> ignored = required.stream().filter((preference) -> !applied.contains(preference)).toList();
		return ignored.isEmpty() ? Optional.empty() : Optional.of(Translation.answered(request,
				"PostgREST ignored the preference " + String.join(", ", ignored) + reason(ignored),
				PostgrestError.of(response.statusCode()), Failure.permanent(Kind.PERMANENT, Execution.COMPLETED)));
	}

	private static String reason(List<String> ignored) {
		return ignored.contains("tx=rollback") ? ", which needs its setting db-tx-end = commit-allow-override"
				: ", which needs a newer version";
	}

}
