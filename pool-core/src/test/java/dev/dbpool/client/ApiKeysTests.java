package dev.dbpool.client;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

import dev.dbpool.postgrest.http.RequestHeaders;
import org.junit.jupiter.api.Test;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ApiKeysTests {

	private static final String ANON = jwt("{\"role\":\"anon\"}");

	private static final String SERVICE = jwt("{\"iss\":\"supabase\", \"role\" : \"service_role\"}");

	@Test
	void aLegacyKeyIsSentAsApiKeyAndAsBearer() {
		RequestHeaders headers = ApiKeys.of(ANON, null).headersFor(Identity.ANON);
		assertThat(headers.first("apikey")).isEqualTo(ANON);
		assertThat(headers.first(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer " + ANON);
	}

	@Test
	void aNewKeyIsSentAsApiKeyOnly() {
		ApiKeys keys = ApiKeys.of("sb_publishable_made-up", "sb_secret_made-up");
		assertThat(keys.headersFor(Identity.ANON).first("apikey")).isEqualTo("sb_publishable_made-up");
		assertThat(keys.headersFor(Identity.ANON).contains(HttpHeaders.AUTHORIZATION)).isFalse();
		assertThat(keys.headersFor(Identity.SERVICE).first("apikey")).isEqualTo("sb_secret_made-up");
		assertThat(keys.headersFor(Identity.SERVICE).contains(HttpHeaders.AUTHORIZATION)).isFalse();
	}

	@Test
	void aUserIsSentWithTheAnonymousKeyAndTheirToken() {
		RequestHeaders headers = ApiKeys.of("sb_publishable_made-up", null)
			.headersFor(Identity.user("their.own.token"));
		assertThat(headers.first("apikey")).isEqualTo("sb_publishable_made-up");
		assertThat(headers.first(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer their.own.token");
	}

	@Test
	void aServiceKeyInThePlaceOfTheAnonymousOneIsRefusedWithoutShowingIt() {
		for (String serviceKey : new String[] { SERVICE, "sb_secret_made-up" }) {
			assertThatIllegalArgumentException().isThrownBy(() -> ApiKeys.of(serviceKey, null))
				.withMessageContaining("the anonymous key is a service key, which bypasses row-level security")
				.withMessageNotContaining(serviceKey);
		}
	}

	@Test
	void anAnonymousKeyInThePlaceOfTheServiceKeyIsRefusedWithoutShowingIt() {
		for (String anonKey : new String[] { ANON, "sb_publishable_made-up" }) {
			assertThatIllegalArgumentException().isThrownBy(() -> ApiKeys.of(ANON, anonKey))
				.withMessageContaining("the service role key is an anonymous key")
				.withMessageNotContaining(anonKey);
			assertThatIllegalArgumentException().isThrownBy(() -> ApiKeys.withoutAnonKey(anonKey));
		}
	}

	@Test
	void malformedKeysAreRefusedWithoutShowingThem() {
		assertThatIllegalArgumentException().isThrownBy(() -> ApiKeys.of(" ", null))
			.withMessageContaining("the anonymous key is blank");
		assertThatIllegalArgumentException().isThrownBy(() -> ApiKeys.of(ANON, "made\nup"))
			.withMessageContaining("the service role key has characters that no key has")
			.withMessageNotContaining("made");
	}

	@Test
	void keysAndTokensShowInNoText() {
		ApiKeys keys = ApiKeys.of(ANON, SERVICE);
		assertThat(keys).hasToString("ApiKeys[anon set, service set]");
		assertThat(Identity.user("their.own.token")).hasToString("user");
	}

	private static String jwt(String payload) {
		Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
		return encoder.encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
				+ encoder.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + ".c2lnbmF0dXJl";
	}

}
