package dev.dbpool.sample;

import java.nio.file.Path;
import java.util.Optional;

import dev.dbpool.autoconfigure.dashboard.Browser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page of the marketplace in a real browser.
 */
@MarketplaceTest
class PageIntegrationTests {

	@LocalServerPort
	private int port;

	private Browser browser;

	@BeforeEach
	void open(@TempDir Path profile) throws Exception {
		Optional<String> chromium = Browser.program();
		Assumptions.assumeTrue(chromium.isPresent(), "No chromium on the PATH: the page is not tried in a browser");
		this.browser = Browser.open(chromium.get(), profile.resolve("user"), "http://127.0.0.1:" + this.port + "/");
	}

	@AfterEach
	void close() {
		if (this.browser != null) {
			this.browser.close();
		}
	}

	@Test
	void aUserSearchesSignsInAndBuys() {
		this.browser.awaitTrue("products.tBodies[0].rows.length === 10");
		this.browser.evaluate("document.querySelector('[name=q]').value = 'lamp'");
		this.browser.click("#search button", "Search");
		this.browser.awaitTrue("[...products.tBodies[0].rows].every((row) => row.textContent.includes('Lamp'))");
		this.browser.click("#next", "Next");
		this.browser.awaitTrue("byId('position').textContent.startsWith('page 2 of ')");

		this.browser.click("#products button", "Buy");
		this.browser.awaitTrue("byId('order-message').textContent.startsWith('401')");
		this.browser.awaitTrue("!byId('sign-in').disabled");
		this.browser.click("#sign-in", "Sign in");
		this.browser.awaitTrue("byId('who').textContent.endsWith('and see only what is yours.')");
		this.browser.awaitTrue("byId('search-message').textContent.endsWith(' products')");
		this.browser.click("#products button", "Buy");
		this.browser.awaitTrue("/^Order \\d+ is placed: .*Lamp/.test(byId('order-message').textContent)");
		this.browser.awaitTrue("orders.tBodies[0].rows[0].textContent.includes('Lamp')");
	}

	@Test
	void thePoolIsShownAndFitsANarrowWindow() {
		this.browser.awaitTrue("byId('status').textContent === 'UP' && byId('breaker').textContent === 'CLOSED'");
		this.browser.awaitTrue("document.querySelectorAll('.lane').length === 2");
		this.browser.awaitTrue("products.tBodies[0].rows.length === 10");
		this.browser.resize(390, 844);
		this.browser
			.awaitTrue("innerWidth === 390 && getComputedStyle(document.querySelector('.lesser')).display === 'none'");
		assertThat(
				this.browser.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
			.isEqualTo("true");
	}

	@Test
	void aSearchThatFailsSaysWhy() {
		this.browser.awaitTrue("products.tBodies[0].rows.length === 10");
		this.browser.evaluate("document.querySelector('[name=maxPrice]').value = '-1'");
		this.browser.evaluate("turnTo(0)");
		this.browser.awaitTrue("byId('search-message').classList.contains('error')");
		assertThat(this.browser.evaluate("byId('search-message').textContent")).startsWith("400: ")
			.contains("maxPrice");
	}

}
