package dev.dbpool.sample;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

import org.junit.jupiter.api.Test;

import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The web server of Reactor Netty before 1.3.8 could stop reading a kept-alive connection
 * whose next request arrived before the last answer had ended (reactor-netty#4361).
 */
@MarketplaceTest
class EarlyRequestIntegrationTests {

	private static final String REQUEST = "GET /api/products HTTP/1.1\r\nHost: localhost\r\n\r\n";

	@LocalServerPort
	private int port;

	@Test
	void aRequestThatComesBeforeTheEndOfTheLastAnswerIsAnswered() throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port);
				InputStream in = new BufferedInputStream(socket.getInputStream())) {
			socket.setTcpNoDelay(true);
			socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
			send(socket);
			for (int i = 0; i < 50; i++) {
				send(socket);
				assertThat(readAnswer(in)).startsWith("HTTP/1.1 200 ");
			}
			assertThat(readAnswer(in)).startsWith("HTTP/1.1 200 ");
		}
	}

	private static void send(Socket socket) throws IOException {
		socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
	}

	/**
	 * Reads one answer, chunked or with a length.
	 * @return its head
	 */
	private static String readAnswer(InputStream in) throws IOException {
		StringBuilder head = new StringBuilder();
		for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
			head.append(line).append('\n');
		}
		String fields = head.toString().toLowerCase(Locale.ROOT);
		if (fields.contains("transfer-encoding: chunked")) {
			int size;
			do {
				size = Integer.parseInt(readLine(in), 16);
				in.readNBytes(size);
				readLine(in);
			}
			while (size > 0);
		}
		else {
			fields.lines()
				.filter((line) -> line.startsWith("content-length:"))
				.findFirst()
				.ifPresent((line) -> skip(in, Integer.parseInt(line.substring(15).strip())));
		}
		return head.toString();
	}

	private static void skip(InputStream in, int bytes) {
		try {
			in.readNBytes(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String readLine(InputStream in) throws IOException {
		StringBuilder line = new StringBuilder();
		while (true) {
			int next = in.read();
			if (next == -1) {
				throw new EOFException();
			}
			if (next == '\n') {
				return line.toString().strip();
			}
			line.append((char) next);
		}
	}

}
