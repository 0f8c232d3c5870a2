package dev.dbpool.benchmark.fault;

/**
 * A row of the tables that are read.
 *
 * @param id its key
 * @param name its text
 */
record Item(int id, String name) {

	static final String COLUMNS = "id,name";

}
