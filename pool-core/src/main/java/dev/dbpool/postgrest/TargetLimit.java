package dev.dbpool.postgrest;

import java.util.Comparator;
import java.util.List;

/**
 * Keeps URLs below the length that servers take, since what they answer beyond it is a
 * riddle: PostgREST closes the connection or sends a status 400 without JSON.
 * <p>
 * Long lists are refused rather than split: several requests see several states of the
 * data, and a part of a request may not be repeated like the whole.
 */
final class TargetLimit {

	/**
	 * PostgREST takes 50 kB for the request line and all headers together, of which
	 * tokens need a part; 30 kB were seen to pass.
	 */
	static final int MAX_LENGTH = 30_000;

	private TargetLimit() {
	}

	static IllegalArgumentException exceeded(RequestSpec spec, List<RequestSpec.Parameter> query, String target) {
		String longest = query.stream()
			.max(Comparator.comparingInt((parameter) -> parameter.encoded().length()))
			.map((parameter) -> describe(spec, parameter))
			.orElse("its path");
		return new IllegalArgumentException("The URL of " + spec.method + " " + spec.path + " has " + target.length()
				+ " characters, servers take " + MAX_LENGTH + ". The longest part is " + longest
				+ ". Ask in several requests, or send the values in a body: as an argument of a function,"
				+ " called by rpc(…) without readOnly()");
	}

	private static String describe(RequestSpec spec, RequestSpec.Parameter parameter) {
		String length = " with " + parameter.encoded().length() + " characters";
		return spec.rows.conditions()
			.stream()
			.filter((condition) -> condition.toParameter().equals(parameter))
			.findFirst()
			.map((condition) -> condition.describe() + length)
			.orElseGet(() -> "'" + parameter.key() + "'" + length);
	}

}
