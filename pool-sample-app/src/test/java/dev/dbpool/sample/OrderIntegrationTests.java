package dev.dbpool.sample;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

@MarketplaceTest
class OrderIntegrationTests {

	@Autowired
	private WebTestClient web;

	@Autowired
	private PostgrestServer server;

	@Test
	void orderIsPlacedForTheSignedInUserAtThePriceOfTheProduct() {
		String token = newcomer();
		String location = place(token, "{\"productId\": 1, \"quantity\": 2}").expectStatus()
			.isCreated()
			.expectBody()
			.jsonPath("$.unitPrice")
			.isEqualTo(81.18)
			.jsonPath("$.status")
			.isEqualTo("placed")
			.jsonPath("$.product.name")
			.isEqualTo("Bold Lamp No. 1")
			.returnResult()
			.getResponseHeaders()
			.getFirst("Location");
		assertThat(location).startsWith("/api/orders/");
		read(location, token).expectStatus().isOk().expectBody();
		assertThat(orders(token).total()).isOne();
	}

	@Test
	void userSeesTheOwnOrdersOnly() {
		String owner = this.server.userToken(Users.id(2));
		Page<Order> own = orders(owner);
		assertThat(own.items()).isNotEmpty();
		String location = "/api/orders/" + own.items().get(0).id();
		read(location, owner).expectStatus().isOk().expectBody();
		read(location, this.server.userToken(Users.id(3))).expectStatus().isNotFound().expectBody();
		assertThat(orders(newcomer()).total()).isZero();
	}

	@Test
	void priceAndBuyerAreNotTheCallersToChoose() {
		String token = newcomer();
		place(token, "{\"productId\": 1, \"quantity\": 1, \"unitPrice\": 0.01, \"userId\": \"" + Users.id(1) + "\"}")
			.expectStatus()
			.isCreated()
			.expectBody()
			.jsonPath("$.unitPrice")
			.isEqualTo(81.18);
		assertThat(orders(token).total()).isOne();
	}

	@Test
	void sameReferenceCannotBeUsedTwice() {
		String token = newcomer();
		String draft = "{\"productId\": 5, \"quantity\": 1, \"reference\": \"birthday\"}";
		place(token, draft).expectStatus().isCreated().expectBody();
		problem(place(token, draft), HttpStatus.CONFLICT);
		place(newcomer(), draft).expectStatus().isCreated().expectBody();
	}

	@Test
	void unknownAndHiddenProductsCannotBeOrdered() {
		problem(place(newcomer(), "{\"productId\": 999999, \"quantity\": 1}"), HttpStatus.CONFLICT);
		problem(place(newcomer(), "{\"productId\": 20, \"quantity\": 1}"), HttpStatus.CONFLICT);
	}

	@Test
	void badDraftIsAProblemThatNamesTheField() {
		problem(place(newcomer(), "{\"productId\": 1}"), HttpStatus.BAD_REQUEST).jsonPath("$.errors.quantity")
			.isNotEmpty();
		problem(place(newcomer(), "{\"productId\": 1, \"quantity\": 0}"), HttpStatus.BAD_REQUEST)
			.jsonPath("$.errors.quantity")
			.isNotEmpty();
		problem(place(newcomer(), "{\"productId\": 1, \"quantity\": 1, \"reference\": \"\"}"), HttpStatus.BAD_REQUEST)
			.jsonPath("$.errors.reference")
			.isNotEmpty();
		problem(place(newcomer(), "{\"productId\": "), HttpStatus.BAD_REQUEST).jsonPath("$.detail")
			.isEqualTo("The body cannot be read: it is not the JSON that is expected here.");
	}

	@Test
	void ordersNeedAToken() {
		problem(this.web.get().uri("/api/orders").exchange().expectHeader().valueEquals("WWW-Authenticate", "Bearer"),
				HttpStatus.UNAUTHORIZED);
		problem(this.web.post()
			.uri("/api/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue("{\"productId\": 1, \"quantity\": 1}")
			.exchange(), HttpStatus.UNAUTHORIZED);
	}

	@Test
	void forgedAndExpiredTokensAreRefused() {
		problem(read("/api/orders", newcomer() + "x"), HttpStatus.UNAUTHORIZED);
		problem(read("/api/orders",
				this.server.token(
						Map.of("role", "authenticated", "sub", Users.id(1), "exp", Instant.now().minusSeconds(3600)))),
				HttpStatus.UNAUTHORIZED);
	}

	@Test
	void anonymousRoleHasNoOrders() {
		problem(read("/api/orders", this.server.anonKey()), HttpStatus.FORBIDDEN);
	}

	@Test
	void demoSignInGivesATokenOfThatUser() {
		String token = this.web.post()
			.uri("/demo/sign-in?user=grace")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(DemoController.SignedIn.class)
			.returnResult()
			.getResponseBody()
			.token();
		assertThat(orders(token).items()).containsExactlyElementsOf(orders(this.server.userToken(Users.id(2))).items());
		problem(this.web.post().uri("/demo/sign-in?user=unknown").exchange(), HttpStatus.NOT_FOUND);
		problem(this.web.post().uri("/demo/sign-in").exchange(), HttpStatus.BAD_REQUEST);
	}

	@Test
	void demoListsUsersToSignInAs() {
		this.web.get()
			.uri("/demo/users")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.length()")
			.isEqualTo(10);
	}

	private String newcomer() {
		return this.server.userToken(UUID.randomUUID().toString());
	}

	private WebTestClient.ResponseSpec place(String token, String draft) {
		return this.web.post()
			.uri("/api/orders")
			.headers((headers) -> headers.setBearerAuth(token))
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue(draft)
			.exchange();
	}

	private WebTestClient.ResponseSpec read(String uri, String token) {
		return this.web.get().uri(uri).headers((headers) -> headers.setBearerAuth(token)).exchange();
	}

	private Page<Order> orders(String token) {
		Page<Order> page = read("/api/orders", token).expectStatus()
			.isOk()
			.expectBody(new ParameterizedTypeReference<Page<Order>>() {
			})
			.returnResult()
			.getResponseBody();
		assertThat(page).isNotNull();
		return page;
	}

	private static WebTestClient.BodyContentSpec problem(WebTestClient.ResponseSpec response, HttpStatus status) {
		return response.expectStatus()
			.isEqualTo(status)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.status")
			.isEqualTo(status.value());
	}

}
