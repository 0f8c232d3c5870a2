package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Drains the pools at shutdown, after the web server has finished its requests. What runs
 * may finish, whatever is new is refused. A client that was stopped cannot start again.
 */
final class DatabasePoolLifecycle implements SmartLifecycle {

	static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 3072;

	private static final Logger logger = LoggerFactory.getLogger(DatabasePoolLifecycle.class);

	private enum State {

		NEW, RUNNING, STOPPED

	}

	private final PooledClient client;

	private final Duration drainTimeout;

	private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

	DatabasePoolLifecycle(PooledClient client, Duration drainTimeout) {
		this.client = client;
		this.drainTimeout = drainTimeout;
	}

	@Override
	public void start() {
		if (this.state.get() == State.STOPPED) {
			throw new IllegalStateException(
					"The database pool was stopped and cannot start again. Create a new application context");
		}
		if (this.state.compareAndSet(State.NEW, State.RUNNING)) {
			URI url = this.client.restRoot();
			logger.info("Database pool for {}://{}{}: {} and {}, anon key {}, service role key {}", url.getScheme(),
					url.getHost(), (url.getPort() != -1) ? ":" + url.getPort() : "", size(Lane.READ), size(Lane.WRITE),
					describe(this.client.keys().hasAnonKey()), describe(this.client.keys().hasServiceKey()));
		}
	}

	private String size(Lane lane) {
		PoolSnapshot pool = this.client.pool(lane).snapshot();
		return lane.id() + " " + pool.min() + "–" + pool.max();
	}

	private static String describe(boolean set) {
		return set ? "set" : "not set";
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		this.state.set(State.STOPPED);
		logger.info("Database pool is closing: {} and {} under way may finish within {}ms", active(Lane.READ),
				active(Lane.WRITE), this.drainTimeout.toMillis());
		this.client.close(this.drainTimeout).doFinally((signal) -> {
			logger.info("Database pool is closed");
			callback.run();
		}).subscribe((nothing) -> {
		}, (failure) -> logger.warn("Database pool could not be closed", failure));
	}

	private String active(Lane lane) {
		int active = this.client.pool(lane).snapshot().active();
		return active + " " + lane.id() + ((active == 1) ? "" : "s");
	}

	@Override
	public boolean isRunning() {
		return this.state.get() == State.RUNNING;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
