package dev.dbpool.benchmark.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;

/**
 * A server in a JVM of its own, so that its processor time is not that of the clients. It
 * prints its port, and ends when its standard input does, which is when the benchmark
 * ends.
 */
public final class ServerProcess implements AutoCloseable {

	private static final int SECONDS_TO_END = 10;

	private final Process process;

	private final int port;

	private ServerProcess(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	/**
	 * Starts a server and waits until it listens.
	 * @param main a class whose main method calls {@link #serve}
	 * @param arguments the arguments of the main method
	 * @return the running server
	 * @throws IOException if it ends before it listens
	 */
	static ServerProcess start(Class<?> main, List<String> arguments) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
						"-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), main.getName()));
		command.addAll(arguments);
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
		String port = output.readLine();
		if (port == null) {
			throw new IOException(main.getSimpleName() + " ended before it listened; see its output above");
		}
		return new ServerProcess(process, Integer.parseInt(port));
	}

	/**
	 * Listens on a free port of 127.0.0.1, prints it, and returns when standard input
	 * ends.
	 */
	static void serve(ChannelHandler connections) throws Exception {
		EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
		try {
			Channel channel = new ServerBootstrap().group(loops)
				.channel(NioServerSocketChannel.class)
				.option(ChannelOption.SO_BACKLOG, 1024)
				.childOption(ChannelOption.TCP_NODELAY, true)
				.childHandler(connections)
				.bind("127.0.0.1", 0)
				.sync()
				.channel();
			System.out.println(((InetSocketAddress) channel.localAddress()).getPort());
			System.in.readAllBytes();
		}
		finally {
			loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
		}
	}

	/**
	 * Returns where the server listens.
	 * @return the port on 127.0.0.1
	 */
	public int port() {
		return this.port;
	}

	@Override
	public void close() {
		try {
			this.process.getOutputStream().close();
			if (!this.process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (IOException ex) {
			this.process.destroyForcibly();
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
	}

}
