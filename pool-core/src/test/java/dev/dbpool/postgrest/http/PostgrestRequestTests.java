package dev.dbpool.postgrest.http;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PostgrestRequestTests {

	@ParameterizedTest
	@ValueSource(strings = { "/cars HTTP/1.1\r\nHost: evil.org\r\n\r\n", "/cars?select= *", "/cars\n", "/cars\u0000",
			"/cars?name=eq.\u00e4", "/cars\u007f" })
	void refusesATargetThatIsNotEncoded(String target) {
		assertThatIllegalArgumentException().isThrownBy(() -> PostgrestRequest.of(HttpMethod.GET, target))
			.withMessageContaining("must be encoded");
	}

	@Test
	void namesTheCharacterThatMustBeEncodedAndNotTheTarget() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> PostgrestRequest.of(HttpMethod.GET, "/cars?secret=eq.a b"))
			.withMessage("The target has a character at 17 that must be encoded: U+0020");
	}

	@Test
	void takesAnEncodedTarget() {
		String target = "/cars?select=*&name=eq.%C3%A4&or=(a.eq.1,b.eq.2)";
		assertThat(PostgrestRequest.of(HttpMethod.GET, target).target()).isEqualTo(target);
	}

}
