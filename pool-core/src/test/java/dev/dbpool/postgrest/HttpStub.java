package dev.dbpool.postgrest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import reactor.netty.http.client.HttpClient;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A server that sends bytes, be they HTTP or not, and closes the connection.
 */
public final class HttpStub implements AutoCloseable {

	private final ServerSocket server;

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final List<String> answers;

	private final boolean keepOpen;

	/** Referenced, since a socket that is garbage-collected is closed. */
	private final List<Socket> open = new CopyOnWriteArrayList<>();

	private HttpStub(List<String> answers, boolean keepOpen) {
		this.answers = answers;
		this.keepOpen = keepOpen;
		try {
			this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Thread thread = new Thread(this::serve, "http-stub");
		thread.setDaemon(true);
		thread.start();
	}

	public static HttpStub sending(String answer) {
		return new HttpStub(List.of(answer), false);
	}

	public static HttpStub silent() {
		return new HttpStub(List.of(""), true);
	}

	public static HttpStub answering(int status, String headers, String body) {
		return sending(answer(status, headers, body));
	}

	/**
	 * Sends each answer once, and the last one from then on.
	 */
	public static HttpStub answering(String... answers) {
		return new HttpStub(List.of(answers), false);
	}

	public static String answer(int status, String headers, String body) {
		int length = body.getBytes(StandardCharsets.UTF_8).length;
		return "HTTP/1.1 " + status + " X\r\nContent-Length: " + length + "\r\n" + headers + "\r\n" + body;
	}

	private void serve() {
		while (!this.server.isClosed()) {
			try {
				Socket socket = this.server.accept();
				this.open.add(socket);
				this.requests.add(readHead(socket.getInputStream()));
				String answer = this.answers.get(Math.min(this.requests.size(), this.answers.size()) - 1);
				socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
				socket.getOutputStream().flush();
				if (!this.keepOpen) {
					socket.close();
				}
			}
			catch (IOException ex) {
				// the client went away, or the server was closed
			}
		}
	}

	private static String readHead(InputStream input) throws IOException {
		StringBuilder head = new StringBuilder();
		while (head.indexOf("\r\n\r\n") < 0) {
			int character = input.read();
			if (character < 0) {
				break;
			}
			head.append((char) character);
		}
		int length = 0;
		for (String line : head.toString().split("\r\n")) {
			if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
				length = Integer.parseInt(line.substring(15).strip());
			}
		}
		return head + new String(input.readNBytes(length), StandardCharsets.UTF_8);
	}

	public List<String> requests() {
		return this.requests;
	}

	public String url() {
		return "http://127.0.0.1:" + this.server.getLocalPort();
	}

	public PostgrestClient client() {
		return PostgrestClient.create(builder().build());
	}

	public WebClient.Builder builder() {
		HttpClient http = HttpClient.newConnection()
			.compress(true)
			.responseTimeout(this.keepOpen ? Duration.ofMillis(300) : Duration.ofSeconds(30))
			.disableRetry(true);
		return WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(http))
			.baseUrl(url() + "/rest/v1/")
			.defaultHeader("apikey", "sb_secret_verysecret");
	}

	@Override
	public void close() {
		try {
			this.server.close();
			for (Socket socket : this.open) {
				socket.close();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
