package dev.dbpool.benchmark.call;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.netty.buffer.Unpooled;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * Answers every request with the same rows, on threads of its own.
 */
final class StubServer implements AutoCloseable {

	static final String THREADS = "stub-server";

	private final LoopResources loops = LoopResources.create(THREADS, 1, true);

	private final DisposableServer server;

	StubServer(String json) {
		byte[] body = json.getBytes(StandardCharsets.UTF_8);
		this.server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.runOn(this.loops)
			.handle((request, response) -> response.header("Content-Type", "application/json; charset=utf-8")
				.header("Content-Length", String.valueOf(body.length))
				.send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body))))
			.bindNow();
	}

	URI url() {
		return URI.create("http://127.0.0.1:" + this.server.port());
	}

	@Override
	public void close() {
		this.server.disposeNow();
		this.loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
	}

}
