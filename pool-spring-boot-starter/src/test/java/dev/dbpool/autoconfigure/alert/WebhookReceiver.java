package dev.dbpool.autoconfigure.alert;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToIntFunction;

import com.sun.net.httpserver.HttpServer;

/**
 * A local receiver of webhooks.
 */
final class WebhookReceiver implements AutoCloseable {

	private final List<String> bodies = new CopyOnWriteArrayList<>();

	private final HttpServer server;

	/**
	 * Starts a receiver.
	 * @param status what it answers to a body
	 */
	WebhookReceiver(ToIntFunction<String> status) {
		try {
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.server.createContext("/", (exchange) -> {
			String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
			this.bodies.add(body);
			exchange.sendResponseHeaders(status.applyAsInt(body), -1);
			exchange.close();
		});
		this.server.start();
	}

	String url() {
		return "http://localhost:" + this.server.getAddress().getPort() + "/services/T0/B0/s3cr3t";
	}

	List<String> bodies() {
		return this.bodies;
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

}
