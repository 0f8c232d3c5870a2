package dev.dbpool.client;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.dbpool.transport.TestCertificate;
import org.awaitility.Awaitility;

/**
 * A real nginx, if there is one on this machine.
 */
final class Nginx implements Http2Gateway {

	private static final List<String> USUAL_FOLDERS = List.of("/usr/sbin", "/usr/local/sbin", "/usr/local/bin",
			"/opt/homebrew/bin");

	private static final String CONFIGURATION = """
			daemon off;
			worker_processes 1;
			pid %1$s/nginx.pid;
			error_log %1$s/error.log warn;
			events {
				worker_connections 1024;
			}
			http {
				access_log off;
				client_body_temp_path %1$s/body;
				proxy_temp_path %1$s/proxy;
				fastcgi_temp_path %1$s/fastcgi;
				uwsgi_temp_path %1$s/uwsgi;
				scgi_temp_path %1$s/scgi;
				upstream postgrest {
					server %2$s;
					keepalive 64;
				}
				server {
					listen 127.0.0.1:%3$d ssl http2;
					server_name localhost;
					ssl_certificate %1$s/certificate.pem;
					ssl_certificate_key %1$s/key.pem;
					http2_max_concurrent_streams %4$d;
					keepalive_requests %5$d;
					location / {
						proxy_pass http://postgrest;
						proxy_http_version 1.1;
						proxy_set_header Connection "";
					}
				}
			}
			""";

	private final List<String> command;

	private final Path folder;

	private final int port;

	private Process process;

	private Nginx(Path program, Path folder, TestCertificate certificate, URI target, Limits limits) throws Exception {
		this.folder = folder;
		this.port = freePort();
		certificate.writeCertificate(folder.resolve("certificate.pem"));
		certificate.writeKey(folder.resolve("key.pem"));
		Path configuration = Files.writeString(folder.resolve("nginx.conf"),
				CONFIGURATION.formatted(folder, target.getAuthority(), this.port, limits.streams(), limits.requests()));
		this.command = List.of(program.toString(), "-p", folder.toString(), "-e", folder + "/error.log", "-c",
				configuration.toString());
		start();
	}

	/**
	 * Finds the program on the path, or where packages put it.
	 */
	static Optional<Path> program() {
		String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
		return Stream.concat(Arrays.stream(path.split(File.pathSeparator)), USUAL_FOLDERS.stream())
			.filter((folder) -> !folder.isEmpty())
			.map((folder) -> Path.of(folder, "nginx"))
			.filter(Files::isExecutable)
			.findFirst();
	}

	static Nginx start(Path program, TestCertificate certificate, URI target, Limits limits) throws Exception {
		return new Nginx(program, Files.createTempDirectory("dbpool-nginx"), certificate, target, limits);
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private void start() throws IOException {
		this.process = new ProcessBuilder(this.command).redirectErrorStream(true)
			.redirectOutput(this.folder.resolve("output.log").toFile())
			.start();
		Awaitility.await("nginx listens: " + this.folder).ignoreExceptions().until(() -> {
			try (Socket socket = new Socket("127.0.0.1", this.port)) {
				return socket.isConnected();
			}
		});
	}

	@Override
	public URI url() {
		return URI.create("https://localhost:" + this.port);
	}

	/**
	 * Kills the master and its worker, and starts them again.
	 */
	@Override
	public void kill() throws Exception {
		List<ProcessHandle> workers = this.process.descendants().toList();
		this.process.destroyForcibly().waitFor();
		workers.forEach(ProcessHandle::destroyForcibly);
		for (ProcessHandle worker : workers) {
			worker.onExit().get(10, TimeUnit.SECONDS);
		}
		start();
	}

	/**
	 * Replaces the worker in good order.
	 */
	void reload() throws Exception {
		new ProcessBuilder("kill", "-HUP", String.valueOf(this.process.pid())).start().waitFor();
	}

	@Override
	public void close() {
		this.process.destroy();
		this.process.onExit().join();
		try (Stream<Path> files = Files.walk(this.folder)) {
			files.sorted((first, second) -> second.compareTo(first)).map(Path::toFile).forEach(File::delete);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
