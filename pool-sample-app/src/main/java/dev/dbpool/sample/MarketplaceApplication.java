package dev.dbpool.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Starts the marketplace.
 */
@SpringBootApplication(proxyBeanMethods = false)
final class MarketplaceApplication {

	private MarketplaceApplication() {
	}

	public static void main(String[] args) {
		SpringApplication.run(MarketplaceApplication.class, args);
	}

}
