package dev.dbpool.sample;

import java.math.BigDecimal;

/**
 * What is for sale.
 */
record Product(long id, String name, String category, String description, BigDecimal price, Shop shop) {

	static final String COLUMNS = "id, name, category, description, price, shop:shops(" + Shop.COLUMNS + ")";

}
