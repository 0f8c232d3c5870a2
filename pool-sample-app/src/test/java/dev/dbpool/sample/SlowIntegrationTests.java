package dev.dbpool.sample;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

@MarketplaceTest
class SlowIntegrationTests {

	@Autowired
	private WebTestClient web;

	@Autowired
	private PooledClient client;

	@Test
	void moreQueriesThanConnectionsWaitForOneAndAreAnswered() {
		long before = acquired();
		this.web.get()
			.uri("/api/slow?seconds=0.1&times=40")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.json("{\"seconds\": 0.1, \"times\": 40}");
		assertThat(acquired() - before).isGreaterThanOrEqualTo(40);
		assertThat(this.client.pool(Lane.READ).snapshot().total()).isLessThanOrEqualTo(10);
	}

	/**
	 * Counts the leases of both lanes, since the write lane lends to reads that wait.
	 */
	private long acquired() {
		return this.client.pool(Lane.READ).snapshot().acquired() + this.client.pool(Lane.WRITE).snapshot().acquired();
	}

	@Test
	void queryThatTakesTooLongIsCancelledByTheDatabase() {
		this.web.get()
			.uri("/api/slow?seconds=5")
			.exchange()
			.expectStatus()
			.isEqualTo(504)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.detail")
			.isEqualTo("The database did not answer in time.");
	}

	@Test
	void slownessIsBounded() {
		this.web.get()
			.uri("/api/slow?seconds=6&times=101")
			.exchange()
			.expectStatus()
			.isBadRequest()
			.expectBody()
			.jsonPath("$.errors.seconds")
			.isNotEmpty()
			.jsonPath("$.errors.times")
			.isNotEmpty();
	}

}
