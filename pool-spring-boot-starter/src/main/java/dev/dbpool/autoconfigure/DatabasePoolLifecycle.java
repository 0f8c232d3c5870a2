package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
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

	private static final Duration REMINDER = Duration.ofSeconds(5);

	private static final int MOST_SHOWN = 5;

	private final DatabasePools pools;

	private final Function<DatabasePool, Duration> drainTimeout;

	private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

	DatabasePoolLifecycle(DatabasePools pools, Function<DatabasePool, Duration> drainTimeout) {
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
			this.pools.ofContext().forEach(DatabasePoolLifecycle::logStart);
		}
	}

	private static void logStart(DatabasePool pool) {
		PooledClient client = pool.client();
		URI url = client.restRoot();
		logger.info("{} for {}://{}{}: {} and {} connections, anon key {}, service role key {}", describe(pool),
				url.getScheme(), url.getHost(), (url.getPort() != -1) ? ":" + url.getPort() : "",
				size(client, Lane.READ), size(client, Lane.WRITE), describe(client.keys().hasAnonKey()),
				describe(client.keys().hasServiceKey()));
	}

	private static String describe(DatabasePool pool) {
		return pool.name().equals(DatabasePool.DEFAULT) ? "Database pool" : "Database pool '" + pool.name() + "'";
	}

	private static String size(PooledClient client, Lane lane) {
		ConnectionPool<?> pool = client.pool(lane);
		int min = pool.snapshot().min();
		return lane.id() + " " + ((min != pool.size()) ? min + " to " + pool.size() : String.valueOf(min));
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
		Mono.whenDelayError(this.pools.ofContext().stream().map(this::close).toList())
			.doFinally((signal) -> callback.run())
			.subscribe();
		this.pools.beginClosing();
	}

	private Mono<Void> close(DatabasePool pool) {
		Duration timeout = this.drainTimeout.apply(pool);
		logger.info("{} is closing: {} and {} under way may finish within {}ms{}", describe(pool),
				active(pool, Lane.READ), active(pool, Lane.WRITE), timeout.toMillis(), leases(pool));
		Disposable reminder = Flux.interval(REMINDER)
			.subscribe((tick) -> logger.info("{} is still closing{}", describe(pool), leases(pool)));
		return pool.client()
			.close(timeout)
			.doFinally((end) -> reminder.dispose())
			.doOnSuccess((nothing) -> logger.info("{} is closed", describe(pool)))
			.onErrorResume((failure) -> {
				logger.warn("{} could not be closed", describe(pool), failure);
				return Mono.empty();
			});
	}

	/**
	 * Names the leases that a pool waits for, the oldest of each lane first.
	 */
	private static String leases(DatabasePool pool) {
		Stream<String> lanes = Stream.of(Lane.values())
			.flatMap((lane) -> pool.client().pool(lane).leases().stream().map((lease) -> describe(lane.id(), lease)));
		Stream<String> replicas = pool.client()
			.readEndpoints()
			.stream()
			.flatMap((replica) -> replica.pool()
				.leases()
				.stream()
				.map((lease) -> describe("replica " + replica.url().getAuthority(), lease)));
		List<String> leases = Stream.concat(lanes, replicas).toList();
		if (leases.isEmpty()) {
			return "";
		}
		String more = (leases.size() > MOST_SHOWN) ? " and " + (leases.size() - MOST_SHOWN) + " more" : "";
		return ". It waits for " + String.join("; ", leases.subList(0, Math.min(MOST_SHOWN, leases.size()))) + more;
	}

	private static String describe(String lane, LeaseSnapshot lease) {
		return "%s (%s, leased %dms ago by thread %s)".formatted(lease.owner(), lane, lease.age().toMillis(),
				lease.thread());
	}

	private static String active(DatabasePool pool, Lane lane) {
		int active = pool.client().pool(lane).snapshot().active();
		if (lane == Lane.READ) {
			active += pool.client()
				.readEndpoints()
				.stream()
				.mapToInt((replica) -> replica.pool().snapshot().active())
				.sum();
		}
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
