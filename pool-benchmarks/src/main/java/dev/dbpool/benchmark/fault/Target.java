package dev.dbpool.benchmark.fault;

import java.net.URI;

/**
 * Where a client sends its requests.
 *
 * @param url the root of the REST API
 * @param key the API key and bearer token of each request
 */
record Target(URI url, String key) {

}
