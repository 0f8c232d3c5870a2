package dev.dbpool.autoconfigure.endpoint;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.PoolBackgroundTask;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * What the admin servers of the pools answered last. Each whose URL is known is asked
 * again two seconds after its last answer. Safe for use from any thread.
 */
final class PostgrestStates extends PoolBackgroundTask {

	private static final Duration PAUSE = Duration.ofSeconds(2);

	private static final Duration TIMEOUT = Duration.ofSeconds(2);

	private final DatabasePools pools;

	private final Map<String, PostgrestState> states = new ConcurrentHashMap<>();

	PostgrestStates(DatabasePools pools) {
		this.pools = pools;
	}

	/**
	 * Returns what is known of the PostgREST of a pool.
	 * @param pool name of the pool
	 * @return its state, empty if the URL of its admin server is not known
	 */
	Optional<PostgrestState> of(String pool) {
		return Optional.ofNullable(this.states.get(pool));
	}

	@Override
	protected Disposable begin() {
		Disposable.Composite tasks = Disposables.composite();
		for (DatabasePool pool : this.pools.all()) {
			this.pools.adminUrl(pool.name()).ifPresent((url) -> tasks.add(watch(pool.name(), url)));
		}
		return tasks;
	}

	private Disposable watch(String pool, URI url) {
		PostgrestAdmin admin = new PostgrestAdmin(url, this.pools.property(pool, "admin-url"), TIMEOUT);
		this.states.put(pool, PostgrestState.unknown(url));
		return admin.ask()
			.repeatWhen((ends) -> ends.delayElements(PAUSE))
			.subscribe((state) -> this.states.put(pool, state));
	}

}
