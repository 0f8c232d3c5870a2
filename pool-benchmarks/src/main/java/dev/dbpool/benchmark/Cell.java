package dev.dbpool.benchmark;

/**
 * A place in the tables.
 */
record Cell(Query query, int callers) {

}
