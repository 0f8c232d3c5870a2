package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

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

	private final List<DatabasePool> pools;

	private final Function<DatabasePool, Duration> drainTimeout;

	private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

	DatabasePoolLifecycle(List<DatabasePool> pools, Function<DatabasePool, Duration> drainTimeout) {
		this.pools = pools;
		this.drainTimeout = drainTimeout;
	}

	@Override
	public void start() {
		if (this.state.get() == State.STOPPED) {
			throw new IllegalStateException(
					"The database pool was stopped and cannot start again. Create a new application context");
		}
		if (this.state.compareAndSet(State.NEW, State.RUNNING)) {
			this.pools.forEach(DatabasePoolLifecycle::logStart);
		}
	}

	private static void logStart(DatabasePool pool) {
		PooledClient client = pool.client();
		URI url = client.restRoot();
		logger.info("{} for {}://{}{}: {} and {}, anon key {}, service role key {}", describe(pool), url.getScheme(),
				url.getHost(), (url.getPort() != -1) ? ":" + url.getPort() : "", size(client, Lane.READ),
				size(client, Lane.WRITE), describe(client.keys().hasAnonKey()),
				describe(client.keys().hasServiceKey()));
	}

	private static String describe(DatabasePool pool) {
		return pool.name().equals(DatabasePool.DEFAULT) ? "Database pool" : "Database pool '" + pool.name() + "'";
	}

	private static String size(PooledClient client, Lane lane) {
		PoolSnapshot pool = client.pool(lane).snapshot();
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
		Mono.whenDelayError(this.pools.stream().map(this::close).toList())
			.doFinally((signal) -> callback.run())
			.subscribe();
	}

	private Mono<Void> close(DatabasePool pool) {
		Duration timeout = this.drainTimeout.apply(pool);
		logger.info("{} is closing: {} and {} under way may finish within {}ms", describe(pool),
				active(pool, Lane.READ), active(pool, Lane.WRITE), timeout.toMillis());
		return pool.client()
			.close(timeout)
			.doOnSuccess((nothing) -> logger.info("{} is closed", describe(pool)))
			.onErrorResume((failure) -> {
				logger.warn("{} could not be closed", describe(pool), failure);
				return Mono.empty();
			});
	}

	private static String active(DatabasePool pool, Lane lane) {
		int active = pool.client().pool(lane).snapshot().active();
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
