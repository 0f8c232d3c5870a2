package dev.dbpool.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import org.jspecify.annotations.Nullable;

/**
 * Signs JSON Web Tokens with HMAC SHA-256.
 */
final class TokenSigner {

	private static final JWSHeader HEADER = new JWSHeader.Builder(JWSAlgorithm.HS256).type(JOSEObjectType.JWT).build();

	private static final Duration KEY_LIFETIME = Duration.ofDays(3650);

	private static final Duration USER_TOKEN_LIFETIME = Duration.ofHours(1);

	private final byte[] secret;

	private final Clock clock;

	TokenSigner(String secret, Clock clock) {
		this.secret = secret.getBytes(StandardCharsets.US_ASCII);
		this.clock = clock;
	}

	String key(String role) {
		Instant now = this.clock.instant();
		return sign(Map.of("iss", "dbpool-embedded", "role", role, "iat", now, "exp", now.plus(KEY_LIFETIME)));
	}

	String userToken(String subject) {
		Instant now = this.clock.instant();
		return sign(Map.of("iss", "dbpool-embedded", "aud", "authenticated", "role", "authenticated", "sub", subject,
				"iat", now, "exp", now.plus(USER_TOKEN_LIFETIME)));
	}

	String sign(Map<String, ?> claims) {
		try {
			JWSObject token = new JWSObject(HEADER, new Payload(object(claims)));
			token.sign(new MACSigner(this.secret));
			return token.serialize();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException("a token could not be signed: " + ex.getMessage(), ex);
		}
	}

	private static Map<String, @Nullable Object> object(Map<?, ?> claims) {
		Map<String, @Nullable Object> object = new LinkedHashMap<>();
		claims.forEach((name, value) -> object.put(String.valueOf(name), value(value)));
		return object;
	}

	/**
	 * Converts a value to one that Nimbus writes as JSON: it would write an unknown type
	 * field by field.
	 */
	private static @Nullable Object value(@Nullable Object value) {
		if (value == null || value instanceof Boolean || value instanceof Number) {
			return value;
		}
		if (value instanceof CharSequence || value instanceof Character || value instanceof Enum<?>) {
			return value.toString();
		}
		if (value instanceof Instant instant) {
			return instant.getEpochSecond();
		}
		if (value instanceof Map<?, ?> map) {
			return object(map);
		}
		if (value instanceof Iterable<?> iterable) {
			List<@Nullable Object> array = new ArrayList<>();
			iterable.forEach((element) -> array.add(value(element)));
			return array;
		}
		throw new IllegalArgumentException("a claim cannot be a " + value.getClass().getName()
				+ "; use strings, numbers, booleans, Instants, maps or iterables");
	}

}
