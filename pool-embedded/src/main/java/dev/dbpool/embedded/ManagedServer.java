package dev.dbpool.embedded;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one server: stopped, running or paused. One thread at a time moves it,
 * under the monitor of this object.
 */
abstract class ManagedServer implements ServerControl {

	private static final Logger logger = LoggerFactory.getLogger(ManagedServer.class);

	private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

	private final String name;

	private final Duration startupTimeout;

	private volatile @Nullable Process process;

	private volatile boolean paused;

	private boolean closed;

	ManagedServer(String name, Duration startupTimeout) {
		this.name = name;
		this.startupTimeout = startupTimeout;
	}

	/**
	 * Starts the process.
	 */
	abstract Process launch();

	/**
	 * Returns whether the process that was launched has become ready.
	 */
	abstract boolean isReady();

	/**
	 * The last lines that the server wrote.
	 */
	abstract LogFile log();

	/**
	 * Asks a process to end in order.
	 */
	abstract void requestStop(ProcessHandle process);

	/**
	 * Asks a process to end soon, when nothing that it holds is needed any more.
	 */
	abstract void requestEnd(ProcessHandle process);

	/**
	 * Called when the main process is gone, whether it ended in order or not.
	 */
	abstract void ended();

	@Override
	public final synchronized void start() {
		if (this.closed) {
			throw new IllegalStateException(this.name + " belongs to a stack that is closed");
		}
		if (this.paused) {
			throw new IllegalStateException(this.name + " is paused: resume() it");
		}
		if (isRunning()) {
			return;
		}
		kill();
		long start = System.nanoTime();
		Process launched = launch();
		this.process = launched;
		boolean ready = Await.until(this.startupTimeout, () -> !launched.isAlive() || isReady());
		if (!ready || !launched.isAlive()) {
			String reason = ready ? "ended by itself with status " + launched.exitValue()
					: "was not ready after " + this.startupTimeout;
			kill();
			throw new EmbeddedPostgrestException(
					"%s on port %d %s. It wrote:%n%s".formatted(this.name, port(), reason, log().tail()));
		}
		logger.debug("{} is ready on port {} after {} ms", this.name, port(),
				TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
	}

	@Override
	public final synchronized void stop() {
		end(this::requestStop);
	}

	/**
	 * Ends the server for good.
	 */
	final synchronized void close() {
		this.closed = true;
		end(this::requestEnd);
	}

	private void end(Request request) {
		Process running = this.process;
		if (running == null) {
			return;
		}
		resume();
		request.send(running.toHandle());
		if (!Await.until(STOP_PATIENCE, () -> !running.isAlive())) {
			logger.warn("{} did not stop within {} and is killed", this.name, STOP_PATIENCE);
		}
		kill();
	}

	@Override
	public final synchronized void kill() {
		Process running = this.process;
		if (running != null) {
			new ProcessTree(running.toHandle()).kill();
			this.process = null;
			this.paused = false;
			ended();
		}
	}

	@Override
	public final synchronized void pause() {
		Process running = this.process;
		if (running == null || !running.isAlive()) {
			throw new IllegalStateException(this.name + " does not run, so it cannot be paused");
		}
		if (!this.paused) {
			new ProcessTree(running.toHandle()).pause();
			this.paused = true;
		}
	}

	@Override
	public final synchronized void resume() {
		Process running = this.process;
		if (running != null && this.paused) {
			new ProcessTree(running.toHandle()).resume();
			this.paused = false;
		}
	}

	@Override
	public final boolean isRunning() {
		Process running = this.process;
		return running != null && running.isAlive() && !this.paused;
	}

	@Override
	public final boolean isPaused() {
		Process running = this.process;
		return running != null && running.isAlive() && this.paused;
	}

	@Override
	public final OptionalLong pid() {
		Process running = this.process;
		return (running != null && running.isAlive()) ? OptionalLong.of(running.pid()) : OptionalLong.empty();
	}

	final Duration startupTimeout() {
		return this.startupTimeout;
	}

	@Override
	public final String toString() {
		return this.name + " on port " + port();
	}

	/**
	 * A way to ask a process to end.
	 */
	private interface Request {

		void send(ProcessHandle process);

	}

}
