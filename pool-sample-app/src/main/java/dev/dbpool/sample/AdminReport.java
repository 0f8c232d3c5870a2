package dev.dbpool.sample;

import java.math.BigDecimal;
import java.util.List;

/**
 * How the marketplace is doing.
 */
record AdminReport(Totals totals, List<ShopSales> topShops) {

	record Totals(long users, long shops, long products, long unlistedProducts, long orders, BigDecimal revenue) {

		static final String COLUMNS = "users, shops, products, unlistedProducts:unlisted_products, orders, revenue";

	}

	record ShopSales(long id, String name, String city, long orders, BigDecimal revenue) {

		static final String COLUMNS = "id, name, city, orders, revenue";

	}

}
