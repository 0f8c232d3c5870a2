package dev.dbpool.benchmark.call;

import java.math.BigDecimal;

/**
 * A row of an answer.
 *
 * @param id its number
 * @param name its name
 * @param category where it belongs
 * @param price what it costs
 * @param stock how many there are
 */
record Item(long id, String name, int category, BigDecimal price, int stock) {

	static final String COLUMNS = "id,name,category,price,stock";

	static String json(int rows) {
		StringBuilder json = new StringBuilder("[");
		for (int i = 1; i <= rows; i++) {
			json.append((i == 1) ? "" : ", \n ")
				.append("{\"id\":%d,\"name\":\"Item number %d\",\"category\":%d,\"price\":%d.%02d,\"stock\":%d}"
					.formatted(i, i, i / 100, i * 37 / 100, i * 37 % 100, i * 7 % 250));
		}
		return json.append("]").toString();
	}

}
