package dev.dbpool.embedded;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

import com.github.dockerjava.api.exception.DockerException;
import dev.dbpool.embedded.Container.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one server in a container. Its state is what the engine says; one thread at
 * a time moves it, under the monitor of this object.
 */
abstract class ContainerServer implements ServerControl {

	private static final Logger logger = LoggerFactory.getLogger(ContainerServer.class);

	private static final int STOP_SECONDS = 10;

	private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);

	private final String name;

	private final Container container;

	private final int port;

	private final Duration startupTimeout;

	private boolean closed;

	ContainerServer(String name, Container container, int port, Duration startupTimeout) {
		this.name = name;
		this.container = container;
		this.port = port;
		this.startupTimeout = startupTimeout;
	}

	/**
	 * Returns whether the server that was started has become ready.
	 */
	abstract boolean isReady();

	@Override
	public final synchronized void start() {
		if (this.closed) {
			throw new IllegalStateException(this.name + " belongs to a stack that is closed");
		}
		switch (this.container.state()) {
			case PAUSED -> throw new IllegalStateException(this.name + " is paused: resume() it");
			case ENDED -> startAndWait();
			case RUNNING -> {
			}
		}
	}

	private void startAndWait() {
		long start = System.nanoTime();
		launch();
		boolean ready = Await.until(this.startupTimeout, () -> !isRunning() || isReady());
		if (!ready || !isRunning()) {
			String reason = ready ? "ended by itself with status " + this.container.exitStatus()
					: "was not ready after " + this.startupTimeout;
			String tail = this.container.log().tail();
			kill();
			throw new EmbeddedPostgrestException(
					"%s on port %d %s. It wrote:%n%s".formatted(this.name, this.port, reason, tail));
		}
		logger.debug("{} is ready on port {} after {} ms", this.name, this.port,
				TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
	}

	private void launch() {
		try {
			this.container.start();
		}
		catch (DockerException ex) {
			throw new EmbeddedPostgrestException(
					"Docker did not start %s on port %d: %s".formatted(this.name, this.port, ex.getMessage()), ex);
		}
	}

	@Override
	public final synchronized void stop() {
		resume();
		if (isRunning()) {
			this.container.stop(STOP_SECONDS);
		}
	}

	@Override
	public final synchronized void kill() {
		if (this.container.state() == State.ENDED) {
			return;
		}
		this.container.signal("SIGKILL");
		if (!Await.until(KILL_PATIENCE, () -> this.container.state() == State.ENDED)) {
			throw new EmbeddedPostgrestException(
					"Docker did not end %s within %s after SIGKILL".formatted(this.name, KILL_PATIENCE));
		}
	}

	@Override
	public final synchronized void pause() {
		switch (this.container.state()) {
			case ENDED -> throw new IllegalStateException(this.name + " does not run, so it cannot be paused");
			case RUNNING -> this.container.pause();
			case PAUSED -> {
			}
		}
	}

	@Override
	public final synchronized void resume() {
		if (isPaused()) {
			this.container.resume();
		}
	}

	/**
	 * Refuses to start the server from now on. The container is removed by others.
	 */
	final synchronized void close() {
		this.closed = true;
	}

	@Override
	public final boolean isRunning() {
		return this.container.state() == State.RUNNING;
	}

	@Override
	public final boolean isPaused() {
		return this.container.state() == State.PAUSED;
	}

	@Override
	public final int port() {
		return this.port;
	}

	/**
	 * Empty, since the processes are the engine's, which may be on another machine.
	 */
	@Override
	public final OptionalLong pid() {
		return OptionalLong.empty();
	}

	final Container container() {
		return this.container;
	}

	final Duration startupTimeout() {
		return this.startupTimeout;
	}

	@Override
	public final String toString() {
		return this.name + " on port " + this.port;
	}

}
