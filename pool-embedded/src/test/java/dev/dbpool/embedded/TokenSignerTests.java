package dev.dbpool.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The form of tokens. That PostgREST takes them is shown on the real server.
 */
class TokenSignerTests {

	private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

	private final TokenSigner signer = new TokenSigner("your-256-bit-secret", Clock.fixed(NOW, ZoneOffset.UTC));

	@Test
	void signatureIsThatOfRfc7515() {
		// computed with: printf '%s.%s' header payload | openssl dgst -sha256 -hmac
		assertThat(this.signer.sign(Map.of("role", "anon"))).isEqualTo(
				"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiJ9.gvv1ZxGe1J2jh-cRqElHqOfnvTAOG0QW1uPCQ7A7D_s");
	}

	@Test
	void userTokenIsValidForAnHour() {
		assertThat(claims(this.signer.userToken("sub-1"))).contains("\"role\":\"authenticated\"")
			.contains("\"sub\":\"sub-1\"")
			.contains("\"iat\":1700000000")
			.contains("\"exp\":1700003600");
	}

	@Test
	void keyIsValidForYears() {
		assertThat(claims(this.signer.key("service_role"))).contains("\"role\":\"service_role\"")
			.contains("\"exp\":2015360000");
	}

	@Test
	void claimsAreTakenAsTheyAre() {
		assertThat(claims(this.signer.sign(Map.of()))).isEqualTo("{}");
	}

	private static String claims(String token) {
		return new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
	}

}
