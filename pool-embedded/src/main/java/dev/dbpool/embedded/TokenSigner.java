package dev.dbpool.embedded;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs JSON Web Tokens with HMAC SHA-256 (RFC 7515, RFC 7519).
 */
final class TokenSigner {

	private static final String ALGORITHM = "HmacSHA256";

	private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

	private static final String HEADER = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");

	private static final Duration KEY_LIFETIME = Duration.ofDays(3650);

	private static final Duration USER_TOKEN_LIFETIME = Duration.ofHours(1);

	private final String secret;

	private final Clock clock;

	TokenSigner(String secret, Clock clock) {
		this.secret = secret;
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
		String content = HEADER + '.' + encode(Json.write(claims));
		return content + '.' + BASE64.encodeToString(signature(content));
	}

	private byte[] signature(String content) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(new SecretKeySpec(this.secret.getBytes(StandardCharsets.US_ASCII), ALGORITHM));
			return mac.doFinal(content.getBytes(StandardCharsets.US_ASCII));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java runtime lacks " + ALGORITHM, ex);
		}
	}

	private static String encode(String json) {
		return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
	}

}
