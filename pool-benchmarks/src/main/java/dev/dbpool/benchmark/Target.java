package dev.dbpool.benchmark;

import java.net.URI;

import dev.dbpool.benchmark.server.Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Where the clients send their requests.
 *
 * @param url the root of the REST API
 * @param key the API key and bearer token of each request
 * @param certificate what the clients trust if the URL is that of a TLS server
 */
public record Target(URI url, String key, @Nullable Certificate certificate) {

	URI query(Query query, int key) {
		return URI.create(this.url + query.uri().replace("{key}", String.valueOf(key)));
	}

}
