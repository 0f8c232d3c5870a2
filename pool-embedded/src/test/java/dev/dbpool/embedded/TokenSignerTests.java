package dev.dbpool.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The form of tokens. That PostgREST takes them is shown on the real server.
 */
class TokenSignerTests {

	private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

	private final TokenSigner signer = new TokenSigner("0123456789abcdef0123456789abcdef",
			Clock.fixed(NOW, ZoneOffset.UTC));

	@Test
	void signatureIsThatOfRfc7515() {
		// computed with: printf '%s.%s' header payload | openssl dgst -sha256 -hmac
		assertThat(this.signer.sign(Map.of("role", "anon"))).isEqualTo(
				"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.ytPNx9wJmeFw4OOTmOS_64ia5P6_0XDnzE3qay3Yurs");
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
	void claimsOfEveryKindAreWritten() {
		Map<String, Object> claims = new LinkedHashMap<>();
		claims.put("text", "a\"b\n<ü>");
		claims.put("number", 1.5);
		claims.put("truth", true);
		claims.put("time", Instant.ofEpochSecond(12, 999));
		claims.put("list", Arrays.asList(1, null, List.of()));
		claims.put("map", Map.of("time", Instant.EPOCH));
		JsonMapper json = new JsonMapper();
		assertThat(json.readTree(claims(this.signer.sign(claims)))).isEqualTo(json.readTree(
				"""
						{"text": "a\\"b\\n<ü>", "number": 1.5, "truth": true, "time": 12, "list": [1, null, []], "map": {"time": 0}}
						"""));
	}

	@Test
	void claimsThatJsonCannotHoldAreRejected() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.signer.sign(Map.of("a", new Object())))
			.withMessageContaining("java.lang.Object");
		assertThatIllegalArgumentException().isThrownBy(() -> this.signer.sign(Map.of("a", Double.NaN)))
			.withMessageContaining("NaN");
	}

	@Test
	void claimsAreTakenAsTheyAre() {
		assertThat(claims(this.signer.sign(Map.of()))).isEqualTo("{}");
	}

	private static String claims(String token) {
		return new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
	}

}
