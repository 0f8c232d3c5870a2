package dev.dbpool.autoconfigure.fleet;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.dbpool.embedded.LoopbackPorts;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.FileSystemUtils;

/**
 * A real {@code redis-server} on a free port of the loopback interface, which can be
 * killed, paused and started again on the same port.
 */
final class RedisServer implements AutoCloseable {

	private final Path directory;

	private final int port;

	private Process process;

	private RedisServer(Path directory, int port) {
		this.directory = directory;
		this.port = port;
		this.process = launch();
	}

	/**
	 * Starts a server. The test is skipped where there is no {@code redis-server} on the
	 * path.
	 */
	static RedisServer start() {
		Assumptions.assumeTrue(program().isPresent(),
				"there is no redis-server on the PATH: install the package redis-server to run this test");
		try {
			return new RedisServer(Files.createTempDirectory("dbpool-redis"), LoopbackPorts.take());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Optional<String> program() {
		return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
			.map((directory) -> Path.of(directory, "redis-server"))
			.filter(Files::isExecutable)
			.map(Path::toString)
			.findFirst();
	}

	private Process launch() {
		try {
			Process started = new ProcessBuilder(program().orElseThrow(), "--port", String.valueOf(this.port), "--bind",
					"127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir",
					this.directory.toString())
				.redirectErrorStream(true)
				.redirectOutput(this.directory.resolve("log").toFile())
				.start();
			Awaitility.await().atMost(Duration.ofSeconds(30)).until(this::accepts);
			return started;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private boolean accepts() {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.setSoTimeout(1000);
			socket.getOutputStream().write("PING\r\n".getBytes());
			return socket.getInputStream().read() == '+';
		}
		catch (IOException ex) {
			return false;
		}
	}

	int port() {
		return this.port;
	}

	/**
	 * Kills the server. What it has acknowledged is on disk.
	 */
	void kill() {
		try {
			this.process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	void startAgain() {
		this.process = launch();
	}

	void startAgainWithoutData() {
		FileSystemUtils.deleteRecursively(this.directory.resolve("appendonlydir").toFile());
		startAgain();
	}

	/**
	 * Connects to the server as Spring Boot does.
	 * @param commandTimeout the longest time of a command
	 */
	LettuceConnectionFactory connect(Duration commandTimeout) {
		LettuceConnectionFactory connections = new LettuceConnectionFactory(
				new RedisStandaloneConfiguration("127.0.0.1", this.port),
				LettuceClientConfiguration.builder().commandTimeout(commandTimeout).build());
		connections.afterPropertiesSet();
		connections.start();
		return connections;
	}

	@Override
	public void close() {
		kill();
		LoopbackPorts.release(this.port);
		FileSystemUtils.deleteRecursively(this.directory.toFile());
	}

}
