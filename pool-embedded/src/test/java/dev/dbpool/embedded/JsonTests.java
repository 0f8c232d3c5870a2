package dev.dbpool.embedded;

import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The JSON of claims.
 */
class JsonTests {

	@Test
	void writesEveryKindOfValue() {
		Map<String, Object> claims = new LinkedHashMap<>();
		claims.put("text", "a");
		claims.put("number", 1.5);
		claims.put("truth", true);
		claims.put("time", Instant.ofEpochSecond(12, 999));
		claims.put("list", Arrays.asList(1, null, List.of()));
		claims.put("map", Map.of("key", "value"));
		assertThat(Json.write(claims)).isEqualTo(
				"{\"text\":\"a\",\"number\":1.5,\"truth\":true,\"time\":12,\"list\":[1,null,[]],\"map\":{\"key\":\"value\"}}");
	}

	@Test
	void escapesWhatJsonDoesNotAllowInText() {
		assertThat(Json.write(Map.of("a\"b", "c\\d\n\u0001ü"))).isEqualTo("{\"a\\\"b\":\"c\\\\d\\u000a\\u0001ü\"}");
	}

	@Test
	void refusesWhatHasNoForm() {
		assertThatIllegalArgumentException().isThrownBy(() -> Json.write(Map.of("a", new Object())))
			.withMessageContaining("java.lang.Object");
		assertThatIllegalArgumentException().isThrownBy(() -> Json.write(Map.of("a", Double.NaN)))
			.withMessageContaining("NaN");
	}

}
