package dev.dbpool.sample;

/**
 * Who sells a product.
 */
record Shop(long id, String name, String city) {

	static final String COLUMNS = "id, name, city";

}
