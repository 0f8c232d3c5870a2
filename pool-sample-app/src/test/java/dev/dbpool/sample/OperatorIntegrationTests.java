package dev.dbpool.sample;

import java.util.List;

import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

@MarketplaceTest
class OperatorIntegrationTests {

	@Autowired
	private WebTestClient web;

	@Autowired
	private PostgrestServer server;

	@Autowired
	private AdminToken adminToken;

	@Test
	void healthShowsLanesCountersAndBreaker() {
		this.web.get()
			.uri("/actuator/health/databasePool")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.status")
			.isNotEmpty()
			.jsonPath("$.details.lanes.read.max")
			.isEqualTo(10)
			.jsonPath("$.details.lanes.write.max")
			.isEqualTo(10)
			.jsonPath("$.details.lanes.read.acquired")
			.isNumber()
			.jsonPath("$.details.circuitBreaker.state")
			.isEqualTo("CLOSED");
	}

	@Test
	void prometheusContainsTheMetersOfThePool() {
		this.web.get().uri("/api/products").exchange().expectStatus().isOk().expectBody();
		assertThat(body("/actuator/prometheus"))
			.contains("dbpool_connections{lane=\"read\",pool=\"default\",state=\"idle\"}")
			.contains("operation=\"GET /api/products\"");
	}

	@Test
	void otherEndpointsOfTheActuatorAreClosed() {
		for (String endpoint : List.of("env", "heapdump", "configprops", "beans", "loggers")) {
			this.web.get().uri("/actuator/" + endpoint).exchange().expectStatus().isNotFound().expectBody();
		}
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "/actuator/health", "/actuator/health/databasePool", "/actuator/prometheus", "/actuator/info",
					"/actuator/databasepool", "/actuator/databasepool/connections", "/actuator/databasepool/operations",
					"/actuator/databasepool/events", "/actuator/pooldashboard", "/", "/demo/users" })
	void noKeyIsShown(String path) {
		assertThat(body(path)).isNotBlank()
			.doesNotContain(this.server.anonKey(), this.server.serviceKey(), this.server.jdbcPassword(),
					this.adminToken.generated().orElseThrow());
	}

	@Test
	void startPageIsThereAndLoadsNothingFromElsewhere() {
		String page = this.web.get()
			.uri("/")
			.exchange()
			.expectStatus()
			.isOk()
			.expectHeader()
			.contentTypeCompatibleWith(MediaType.TEXT_HTML)
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
		assertThat(page).contains("Marketplace").doesNotContain("http://", "https://");
	}

	@Test
	void unknownPathIsAProblem() {
		this.web.get()
			.uri("/nowhere")
			.exchange()
			.expectStatus()
			.isNotFound()
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody();
	}

	private String body(String path) {
		String body = this.web.get()
			.uri(path)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
		assertThat(body).isNotNull();
		return body;
	}

}
