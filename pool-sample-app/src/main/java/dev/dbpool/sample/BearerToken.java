package dev.dbpool.sample;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Reads the header {@code Authorization}.
 */
final class BearerToken {

	private static final String SCHEME = "Bearer ";

	private BearerToken() {
	}

	static Optional<String> in(@Nullable String authorization) {
		if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
			return Optional.empty();
		}
		return Optional.of(authorization.substring(SCHEME.length()).strip()).filter((token) -> !token.isEmpty());
	}

}
