package dev.dbpool.transport;

import java.net.URI;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OriginTests {

	@ParameterizedTest
	@ValueSource(strings = { "https://db.example.com/rest/v1/cars?select=*", "https://db.example.com",
			"https://db.example.com:443/", "HTTPS://DB.Example.com/cars", "/rest/v1/cars", "/" })
	void includesUrisWithTheSameSchemeHostAndPort(String uri) {
		assertThat(Origin.of(URI.create("https://db.example.com/ignored")).includes(URI.create(uri))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://db.example.com/", "https://db.example.com:8443/", "https://example.com/",
			"https://db.example.com.evil.org/", "https://db.example.com@evil.org/", "https://user@db.example.com/",
			"https://db.example.com:443@evil.org/", "//evil.org/cars", "cars", "mailto:db@example.com",
			"ws://db.example.com/", "https://db_1.example.com/" })
	void excludesAllOtherUris(String uri) {
		assertThat(Origin.of(URI.create("https://db.example.com")).includes(URI.create(uri))).isFalse();
	}

	@Test
	void takesTheDefaultPortOfTheSchemeWhenThereIsNone() {
		Origin origin = Origin.of(URI.create("http://localhost:80"));
		assertThat(origin.includes(URI.create("http://localhost/"))).isTrue();
		assertThat(origin.includes(URI.create("http://localhost:443/"))).isFalse();
	}

	@Test
	void knowsIpv6Addresses() {
		Origin origin = Origin.of(URI.create("http://[::1]:3000/rest"));
		assertThat(origin.includes(URI.create("http://[::1]:3000/cars"))).isTrue();
		assertThat(origin.resolve("/cars")).hasToString("http://[::1]:3000/cars");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ftp://db.example.com", "db.example.com", "/rest/v1", "https:///rest", "https:db",
			"https://my_db:3000" })
	void refusesBaseUrlsThatLeadNowhere(String url) {
		assertThatIllegalArgumentException().isThrownBy(() -> Origin.of(URI.create(url)))
			.withMessageStartingWith("The base URL ");
	}

	@Test
	void refusesABaseUrlWithAPasswordWithoutRepeatingIt() {
		assertThatIllegalArgumentException().isThrownBy(() -> Origin.of(URI.create("https://me:secret@db.example.com")))
			.withMessageContaining("must not hold a user or password")
			.withMessageNotContaining("secret");
	}

	@Test
	void describesUrisWithoutTheirSecrets() {
		assertThat(Origin.describe(URI.create("https://me:secret@evil.org:1/path-secret?apikey=secret")))
			.isEqualTo("https://evil.org:1");
	}

}
