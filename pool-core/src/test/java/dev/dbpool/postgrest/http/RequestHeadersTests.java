package dev.dbpool.postgrest.http;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class RequestHeadersTests {

	@Test
	void fieldsKeepTheirOrderAndAllTheirValues() {
		HttpHeaders headers = new HttpHeaders();
		headers.add("X-Two", "a");
		headers.add("Accept", "text/csv");
		headers.add("X-Two", "b");
		RequestHeaders fields = RequestHeaders.of(headers).and(RequestHeaders.of("X-Last", "c"));
		assertThat(sent(fields)).containsExactly("X-Two: a", "X-Two: b", "Accept: text/csv", "X-Last: c");
		assertThat(fields.toHttpHeaders().get("x-two")).containsExactly("a", "b");
	}

	@Test
	void namesAreFoundInAnyCase() {
		RequestHeaders fields = RequestHeaders.of("Accept", "text/csv");
		assertThat(fields.first("ACCEPT")).isEqualTo("text/csv");
		assertThat(fields.contains("accept")).isTrue();
		assertThat(fields.contains("Host")).isFalse();
	}

	@Test
	void withReplacesAllValuesOfAName() {
		RequestHeaders fields = RequestHeaders.of("prefer", "a", "Accept", "b", "PREFER", "c");
		assertThat(sent(fields.with("Prefer", "d"))).containsExactly("Accept: b", "Prefer: d");
		assertThat(sent(fields)).hasSize(3);
	}

	@Test
	void valuesAreSentAsUtf8() {
		assertThat(sent(RequestHeaders.of("X-Name", "J\u00fc"))).containsExactly("X-Name: J\u00c3\u00bc");
	}

	@Test
	void valuesArePassedOnAsTheyAre() {
		List<String> values = new ArrayList<>();
		RequestHeaders.of("X-Name", "J\u00fc").forEach((name, value) -> values.add(value));
		assertThat(values).containsExactly("J\u00fc");
	}

	@Test
	void aNameWithoutAValueIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> RequestHeaders.of("Accept"))
			.withMessageContaining("there are 1 texts");
	}

	@Test
	void noValueGetsIntoALog() {
		assertThat(RequestHeaders.of("apikey", "made-up")).hasToString("[apikey]");
	}

	private static List<String> sent(RequestHeaders fields) {
		List<String> sent = new ArrayList<>();
		fields.forEachOnTheWire((name, value) -> sent.add(name + ": " + value));
		return sent;
	}

}
