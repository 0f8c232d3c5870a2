package dev.dbpool.sample;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

import dev.dbpool.embedded.PostgrestServer;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.util.Assert;
import org.springframework.web.server.ResponseStatusException;

/**
 * What opens the admin endpoints: the property {@code marketplace.admin-token}. Without
 * it, one is made up on the embedded stack, and the endpoints stay closed on any other.
 */
@Component
final class AdminToken {

	private static final int MIN_LENGTH = 16;

	private static final int GENERATED_BYTES = 24;

	private final Optional<String> generated;

	private final Optional<String> token;

	AdminToken(@Value("${marketplace.admin-token:}") String configured, ObjectProvider<PostgrestServer> embedded) {
		Assert.isTrue(configured.isEmpty() || configured.length() >= MIN_LENGTH,
				"marketplace.admin-token is shorter than " + MIN_LENGTH + " characters. Set a longer one");
		this.generated = (configured.isEmpty() && embedded.getIfAvailable() != null) ? Optional.of(generate())
				: Optional.empty();
		this.token = configured.isEmpty() ? this.generated : Optional.of(configured);
	}

	private static String generate() {
		byte[] bytes = new byte[GENERATED_BYTES];
		new SecureRandom().nextBytes(bytes);
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	/**
	 * Returns the token, if it was made up here and so must be shown.
	 */
	Optional<String> generated() {
		return this.generated;
	}

	/**
	 * Lets the request pass or not.
	 * @param authorization value of the header of that name
	 * @throws UnauthorizedException if it does not hold the token
	 * @throws ResponseStatusException if there is no token
	 */
	void require(@Nullable String authorization) {
		String expected = this.token.orElseThrow(() -> new ResponseStatusException(HttpStatus.FORBIDDEN,
				"The admin endpoints are closed, since no marketplace.admin-token is set."));
		String given = BearerToken.in(authorization).orElse("");
		if (!MessageDigest.isEqual(bytes(expected), bytes(given))) {
			throw new UnauthorizedException("Send the header 'Authorization: Bearer <admin token>'.");
		}
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
