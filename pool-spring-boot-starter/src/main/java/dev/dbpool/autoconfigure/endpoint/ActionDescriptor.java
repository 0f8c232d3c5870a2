package dev.dbpool.autoconfigure.endpoint;

/**
 * What a write operation has done.
 *
 * @param pool name of the pool
 * @param action the operation
 * @param result what came of it, for people
 */
record ActionDescriptor(String pool, String action, String result) {

}
