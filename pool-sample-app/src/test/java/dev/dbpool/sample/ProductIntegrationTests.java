package dev.dbpool.sample;

import java.math.BigDecimal;
import java.net.URI;
import java.util.List;

import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

@MarketplaceTest
class ProductIntegrationTests {

	private static final int LISTED = 4750;

	/** Not listed, and sold by the shop of user 23. */
	private static final String HIDDEN = "/api/products/20";

	@Autowired
	private WebTestClient web;

	@Autowired
	private PostgrestServer server;

	@LocalServerPort
	private int port;

	@Test
	void searchFindsByPartOfTheNameCategoryAndPrice() {
		Page<Product> page = search("/api/products?q=LAMP&category=home&minPrice=50&maxPrice=100&size=10");
		assertThat(page.items()).hasSize(10).allSatisfy((product) -> {
			assertThat(product.name()).contains("Lamp");
			assertThat(product.category()).isEqualTo("home");
			assertThat(product.price()).isBetween(new BigDecimal("50"), new BigDecimal("100"));
			assertThat(product.shop().name()).isNotBlank();
		});
		assertThat(page.total()).isGreaterThan(10);
	}

	@Test
	void searchFindsByShop() {
		assertThat(search("/api/products?shop=7").items()).isNotEmpty()
			.allSatisfy((product) -> assertThat(product.shop().id()).isEqualTo(7));
	}

	@Test
	void pagesDoNotOverlapAndReportTheTotal() {
		Page<Product> first = search("/api/products?sort=cheapest&size=30");
		Page<Product> second = search("/api/products?sort=cheapest&size=30&page=1");
		assertThat(first.total()).isEqualTo(LISTED);
		assertThat(second.number()).isEqualTo(1);
		assertThat(second.items()).hasSize(30).doesNotContainAnyElementsOf(first.items());
		assertThat(second.items().get(0).price()).isGreaterThanOrEqualTo(first.items().get(29).price());
	}

	@Test
	void pageBehindTheLastOneIsEmpty() {
		Page<Product> page = search("/api/products?page=100000&size=100");
		assertThat(page.items()).isEmpty();
		assertThat(page.total()).isEqualTo(LISTED);
	}

	@Test
	void sortPutsTheDearestFirst() {
		assertThat(search("/api/products?sort=dearest").items()).extracting(Product::price)
			.isSortedAccordingTo((left, right) -> right.compareTo(left));
	}

	@Test
	void wildcardsOfSqlAreLettersInASearch() {
		assertThat(search("/api/products?q=%25").total()).isZero();
		assertThat(search("/api/products?q=_").total()).isZero();
		assertThat(search("/api/products?q=a%5C").total()).isZero();
	}

	@Test
	void filterCannotBeEscapedFrom() {
		assertThat(search("/api/products?q=x&category=home&select=*&or=(listed.is.false)").items()).isEmpty();
		assertThat(search("/api/products?category=home%26listed%3Dis.false").items()).isEmpty();
	}

	@Test
	void badFilterIsAProblemThatNamesTheField() {
		problem("/api/products?size=0", HttpStatus.BAD_REQUEST).jsonPath("$.errors.size").isNotEmpty();
		problem("/api/products?page=-1", HttpStatus.BAD_REQUEST).jsonPath("$.errors.page").isNotEmpty();
		problem("/api/products?minPrice=cheap", HttpStatus.BAD_REQUEST).jsonPath("$.errors.minPrice")
			.isEqualTo("is not of the right kind");
		problem("/api/products?sort=price;drop", HttpStatus.BAD_REQUEST).jsonPath("$.detail")
			.isEqualTo("'sort' is one of name, cheapest, dearest, newest.");
		problem("/api/products/abc", HttpStatus.BAD_REQUEST).jsonPath("$.detail")
			.isEqualTo("The value of 'id' is not of the right kind.");
	}

	@Test
	void oneProductIsRead() {
		this.web.get()
			.uri("/api/products/42")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.name")
			.isEqualTo("Quiet Bicycle Bell No. 42")
			.jsonPath("$.shop.city")
			.isNotEmpty();
	}

	@Test
	void unknownProductIsAProblem() {
		problem("/api/products/999999", HttpStatus.NOT_FOUND).jsonPath("$.detail")
			.isEqualTo("There is no product 999999.");
	}

	@Test
	void unlistedProductIsSeenByItsOwnerAlone() {
		problem(HIDDEN, HttpStatus.NOT_FOUND);
		read(HIDDEN, this.server.userToken(Users.id(1))).expectStatus().isNotFound().expectBody();
		read(HIDDEN, this.server.userToken(Users.id(23))).expectStatus().isOk().expectBody();
	}

	@Test
	void callerIsNotTakenForAnonymousWhenTheTokenIsBad() {
		read("/api/products", "nonsense").expectStatus().isUnauthorized().expectBody();
		this.web.get()
			.uri("/api/products")
			.header("Authorization", "Basic YTpi")
			.exchange()
			.expectStatus()
			.isUnauthorized()
			.expectBody();
	}

	@Test
	void exportHoldsEveryListedProductOnALineOfItsOwn() {
		List<Product> products = this.web.get()
			.uri("/api/products/export")
			.exchange()
			.expectStatus()
			.isOk()
			.expectHeader()
			.contentType(MediaType.APPLICATION_NDJSON)
			.returnResult(Product.class)
			.getResponseBody()
			.collectList()
			.block();
		assertThat(products).hasSize(LISTED).extracting(Product::id).doesNotHaveDuplicates().doesNotContain(20L);
	}

	private Page<Product> search(String uri) {
		Page<Product> page = this.web.get()
			.uri(URI.create("http://127.0.0.1:" + this.port + uri))
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(new ParameterizedTypeReference<Page<Product>>() {
			})
			.returnResult()
			.getResponseBody();
		assertThat(page).isNotNull();
		return page;
	}

	private WebTestClient.ResponseSpec read(String uri, String token) {
		return this.web.get().uri(uri).headers((headers) -> headers.setBearerAuth(token)).exchange();
	}

	private WebTestClient.BodyContentSpec problem(String uri, HttpStatus status) {
		return this.web.get()
			.uri(uri)
			.exchange()
			.expectStatus()
			.isEqualTo(status)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.status")
			.isEqualTo(status.value());
	}

}
