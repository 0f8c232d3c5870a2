package dev.dbpool.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import dev.dbpool.transport.Http2TestServer;
import dev.dbpool.transport.TestCertificate;
import io.netty.handler.codec.http2.Http2Error;

/**
 * A gateway in this process, which works as nginx does.
 */
final class NettyGateway implements Http2Gateway {

	private static final Set<String> OF_A_CONNECTION = Set.of("connection", "transfer-encoding", "content-length",
			"host", "keep-alive");

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final URI target;

	private final Limits limits;

	private final Http2TestServer server;

	NettyGateway(TestCertificate certificate, URI target, Limits limits) {
		this.target = target;
		this.limits = limits;
		this.server = Http2TestServer.start(certificate, limits.streams(), this::pass).answerProbes(this::pass);
	}

	private void pass(Http2TestServer.Request request) {
		if (request.peer().handled() == this.limits.requests()) {
			request.peer().goAway(request.peer().lastHandled(), Http2Error.NO_ERROR);
		}
		HttpRequest.Builder passed = HttpRequest
			.newBuilder(URI.create("http://" + this.target.getAuthority() + request.path()))
			.method(request.method(), BodyPublishers.ofByteArray(request.body().getBytes(StandardCharsets.ISO_8859_1)));
		request.fields((name, value) -> {
			if (!OF_A_CONNECTION.contains(name)) {
				passed.header(name, value);
			}
		});
		this.client.sendAsync(passed.build(), BodyHandlers.ofByteArray()).whenComplete((answer, failure) -> {
			if (failure != null) {
				request.answer(502, "Bad Gateway");
			}
			else {
				answer(request, answer);
			}
		});
	}

	private static void answer(Http2TestServer.Request request, HttpResponse<byte[]> answer) {
		List<String> fields = new ArrayList<>();
		answer.headers().map().forEach((name, values) -> {
			if (!OF_A_CONNECTION.contains(name)) {
				values.forEach((value) -> fields.addAll(List.of(name, value)));
			}
		});
		request.head(answer.statusCode(), answer.body().length == 0, fields.toArray(String[]::new));
		if (answer.body().length > 0) {
			request.data(new String(answer.body(), StandardCharsets.ISO_8859_1), true);
		}
	}

	@Override
	public URI url() {
		return this.server.url();
	}

	@Override
	public void kill() {
		this.server.cutAll();
	}

	@Override
	public void close() {
		this.server.close();
	}

}
