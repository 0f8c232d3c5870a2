package dev.dbpool.sample;

import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

@MarketplaceTest
class AdminIntegrationTests {

	@Autowired
	private WebTestClient web;

	@Autowired
	private PostgrestServer server;

	@Autowired
	private AdminToken adminToken;

	@Test
	void serviceSeesWhatPoliciesHideFromOthers() {
		AdminReport report = report(this.adminToken.generated().orElseThrow()).expectStatus()
			.isOk()
			.expectBody(AdminReport.class)
			.returnResult()
			.getResponseBody();
		assertThat(report).isNotNull();
		assertThat(report.totals().products()).isEqualTo(5000);
		assertThat(report.totals().unlistedProducts()).isEqualTo(250);
		assertThat(report.totals().orders()).isGreaterThanOrEqualTo(6000);
		assertThat(report.topShops()).hasSize(5)
			.isSortedAccordingTo((left, right) -> right.revenue().compareTo(left.revenue()));
	}

	@Test
	void reportIsClosedToEveryoneElse() {
		this.web.get()
			.uri("/api/admin/report")
			.exchange()
			.expectStatus()
			.isUnauthorized()
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody();
		report(this.server.userToken(Users.id(1))).expectStatus().isUnauthorized().expectBody();
		report(this.server.serviceKey()).expectStatus().isUnauthorized().expectBody();
		report("").expectStatus().isUnauthorized().expectBody();
	}

	private WebTestClient.ResponseSpec report(String token) {
		return this.web.get().uri("/api/admin/report").headers((headers) -> headers.setBearerAuth(token)).exchange();
	}

}
