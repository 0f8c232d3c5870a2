package dev.dbpool.postgrest;

import java.time.Duration;

import dev.dbpool.embedded.PostgrestServer;
import reactor.netty.http.client.HttpClient;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Clients of a real PostgREST.
 */
final class Stack {

	private Stack() {
	}

	static PostgrestClient anon(PostgrestServer server) {
		return as(server, server.anonKey());
	}

	static PostgrestClient service(PostgrestServer server) {
		return as(server, server.serviceKey());
	}

	static PostgrestClient as(PostgrestServer server, String token) {
		return as(server, token, Duration.ofSeconds(10));
	}

	static PostgrestClient as(PostgrestServer server, String token, Duration timeout) {
		return over(server, token, HttpClient.create().responseTimeout(timeout));
	}

	static PostgrestClient over(PostgrestServer server, String token, HttpClient http) {
		return PostgrestClient.create(WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(
					http.disableRetry(true).httpResponseDecoder((decoder) -> decoder.maxHeaderSize(64 * 1024))))
			.baseUrl(server.url().toString())
			.defaultHeaders((headers) -> headers.setBearerAuth(token))
			.build());
	}

}
