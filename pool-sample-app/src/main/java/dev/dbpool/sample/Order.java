package dev.dbpool.sample;

import java.math.BigDecimal;
import java.time.OffsetDateTime;

import org.jspecify.annotations.Nullable;

/**
 * A number of one product that a customer bought.
 *
 * @param product is {@code null} if the product is no longer listed
 */
record Order(long id, int quantity, BigDecimal unitPrice, String status, @Nullable String reference,
		OffsetDateTime createdAt, @Nullable OrderedProduct product) {

	static final String COLUMNS = """
			id, quantity, unitPrice:unit_price, status, reference, createdAt:created_at, \
			product:products(id, name)""";

	record OrderedProduct(long id, String name) {
	}

}
