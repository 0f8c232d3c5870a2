package dev.dbpool.transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class HttpProbeTests {

	@ParameterizedTest
	@ValueSource(strings = { "", "rest/v1", "//evil.org/", "http://evil.org/", "/a b" })
	void refusesPathsThatAreNotOnesOfTheServer(String path) {
		assertThatIllegalArgumentException().isThrownBy(() -> HttpProbe.options(path));
	}

	@Test
	void takesAnyStatusForASignOfLifeByDefault() {
		assertThat(HttpProbe.options("/").isAlive(503)).isTrue();
	}

	@Test
	void asksThePredicateWhenThereIsOne() {
		HttpProbe probe = HttpProbe.options("/").aliveWhen((status) -> status == 200);
		assertThat(probe.isAlive(200)).isTrue();
		assertThat(probe.isAlive(503)).isFalse();
	}

	@Test
	void describesItselfWithoutHeadersAndQuery() {
		HttpHeaders headers = new HttpHeaders();
		headers.set("apikey", "secret");
		assertThat(HttpProbe.options("/rest/v1/?apikey=secret").withHeaders(() -> headers))
			.hasToString("OPTIONS /rest/v1/");
	}

}
