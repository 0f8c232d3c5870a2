package dev.dbpool.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;

import dev.dbpool.client.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application whose server cannot be used says so once, and once that it can.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
@Tag("slow")
class OutageLogTests {

	private final ServerSocket server = listen();

	private volatile String answer = "";

	@BeforeEach
	void start() {
		Thread thread = new Thread(this::serve, "server");
		thread.setDaemon(true);
		thread.start();
	}

	@AfterEach
	void stop() throws IOException {
		this.server.close();
	}

	@Test
	void eachStateIsLoggedOnceWhateverTheNumberOfAttempts(CapturedOutput output) {
		URI url = URI.create("http://localhost:" + this.server.getLocalPort());
		try (TestApplication application = TestApplication.start(url, "db.pool.enable-health-checks=false",
				"db.pool.keep-alive-interval=0")) {
			await().until(() -> openFailures(application) >= 12);
			assertThat(warnings(output)).containsExactlyInAnyOrder(outage("read"), outage("write"));
			this.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
			await().until(() -> output.getOut().contains("Pool 'read' can open connections again")
					&& output.getOut().contains("Pool 'write' can open connections again"));
			assertThat(warnings(output)).hasSize(2);
			assertThat(output).doesNotContain("Exception");
		}
	}

	private String outage(String lane) {
		return "Pool '" + lane + "' cannot open connections, and goes on trying: localhost:"
				+ this.server.getLocalPort()
				+ " closed the connection instead of answering the probe OPTIONS /rest/v1/:"
				+ " check scheme, host and port of db.pool.url";
	}

	private static List<String> warnings(CapturedOutput output) {
		return output.getOut()
			.lines()
			.filter((line) -> line.contains(" WARN ") || line.contains(" ERROR "))
			.map((line) -> line.substring(line.indexOf(" : ") + 3))
			.filter((line) -> line.startsWith("Pool '"))
			.toList();
	}

	private static long openFailures(TestApplication application) {
		return application.client().pool(Lane.READ).snapshot().openFailures()
				+ application.client().pool(Lane.WRITE).snapshot().openFailures();
	}

	private static ServerSocket listen() {
		try {
			return new ServerSocket(0, 50, InetAddress.getByName("localhost"));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void serve() {
		try {
			while (true) {
				answer(this.server.accept());
			}
		}
		catch (IOException ex) {
			// closed
		}
	}

	private void answer(Socket peer) throws IOException {
		try {
			peer.getInputStream().read(new byte[8192]);
			peer.getOutputStream().write(this.answer.getBytes());
		}
		catch (IOException ex) {
			// the client has given up
		}
		if (this.answer.isEmpty()) {
			peer.close();
		}
	}

}
