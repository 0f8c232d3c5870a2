package dev.dbpool.embedded;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;

/**
 * Plain requests to a server.
 */
record Rest(PostgrestServer server, HttpClient client) {

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private static final Duration SILENCE = Duration.ofMillis(300);

	Rest(PostgrestServer server) {
		this(server, HttpClient.newHttpClient());
	}

	HttpResponse<String> get(String path, String token) throws IOException, InterruptedException {
		return send(request(path, token).GET());
	}

	HttpResponse<String> post(String path, String token, String body) throws IOException, InterruptedException {
		return send(
				request(path, token).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
	}

	int status(String path, String token) {
		try {
			return get(path, token).statusCode();
		}
		catch (IOException ex) {
			return -1;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError(ex);
		}
	}

	/**
	 * Whether a server that accepts connections does not answer.
	 */
	boolean isSilent(String path, String token) {
		try {
			send(request(path, token).timeout(SILENCE).GET());
			return false;
		}
		catch (HttpTimeoutException ex) {
			return true;
		}
		catch (IOException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError(ex);
		}
	}

	private HttpRequest.Builder request(String path, String token) {
		return HttpRequest.newBuilder(URI.create(this.server.url() + path))
			.timeout(TIMEOUT)
			.header("Authorization", "Bearer " + token);
	}

	private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
		return this.client.send(request.build(), BodyHandlers.ofString());
	}

}
