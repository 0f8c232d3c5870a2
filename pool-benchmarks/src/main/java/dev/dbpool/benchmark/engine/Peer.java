package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The pools that are compared, in the order of the first round.
 */
enum Peer {

	POOL("pool", "this pool", EnginePool::withDefaults, EngineAsyncPool::callbacks, Trait.OWN, Trait.FAIR, Trait.SAFE,
			Trait.BRIEF),

	POOL_FUTURE("pool-future", "this pool, `CompletableFuture`", null, EngineAsyncPool::futures, Trait.OWN, Trait.FAIR,
			Trait.SAFE),

	POOL_MONO("pool-mono", "this pool, `Mono`", null, EngineAsyncPool::monos, Trait.OWN, Trait.FAIR, Trait.SAFE,
			Trait.REACTIVE),

	POOL_STARTER("pool-starter", "this pool, as in the starter", EnginePool::asInStarter,
			EngineAsyncPool::monosAsInStarter, Trait.OWN, Trait.FAIR, Trait.SAFE, Trait.BRIEF, Trait.REACTIVE),

	HIKARI_BAG("hikari-bag", "HikariCP `ConcurrentBag`", HikariBagPool::new, null, Trait.BRIEF),

	HIKARI("hikari", "`HikariDataSource`, stub driver", JdbcPool::hikari, null, Trait.SAFE),

	HIKARI_METRICS("hikari-metrics", "`HikariDataSource` with metrics", JdbcPool::hikariWithMetrics, null, Trait.SAFE,
			Trait.METERED),

	STORMPOT("stormpot", "Stormpot", StormpotPool::new, null, Trait.BRIEF),

	AGROAL("agroal", "Agroal, stub driver", JdbcPool::agroal, null, Trait.SAFE),

	AGROAL_METRICS("agroal-metrics", "Agroal with metrics", JdbcPool::agroalWithMetrics, null, Trait.SAFE,
			Trait.METERED),

	VIBUR("vibur", "vibur, fair", ViburPool::fair, null, Trait.FAIR, Trait.BRIEF),

	VIBUR_UNFAIR("vibur-unfair", "vibur, unfair", ViburPool::unfair, null, Trait.BRIEF),

	COMMONS_POOL("commons-pool2", "commons-pool2", CommonsPool::new, null, Trait.BRIEF),

	REACTOR_POOL("reactor-pool", "reactor-pool", ReactorPool::withDefaults, ReactorAsyncPool::withDefaults, Trait.FAIR,
			Trait.SAFE, Trait.BRIEF, Trait.REACTIVE),

	REACTOR_POOL_METRICS("reactor-pool-metrics", "reactor-pool with metrics", ReactorPool::withMetrics,
			ReactorAsyncPool::withMetrics, Trait.FAIR, Trait.SAFE, Trait.BRIEF, Trait.REACTIVE, Trait.METERED),

	FAIR_SEMAPHORE("fair-semaphore", "fair `Semaphore` alone", SemaphorePool::fair, null, Trait.FAIR, Trait.FLOOR,
			Trait.BRIEF),

	SEMAPHORE("semaphore", "`Semaphore` alone", SemaphorePool::unfair, null, Trait.FLOOR, Trait.BRIEF);

	private final String id;

	private final String title;

	private final @Nullable Factory<BlockingPool> blocking;

	private final @Nullable Factory<AsyncPool> async;

	private final Set<Trait> traits = EnumSet.noneOf(Trait.class);

	Peer(String id, String title, @Nullable Factory<BlockingPool> blocking, @Nullable Factory<AsyncPool> async,
			Trait... traits) {
		this.id = id;
		this.title = title;
		this.blocking = blocking;
		this.async = async;
		this.traits.addAll(Arrays.asList(traits));
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return this.id;
	}

	String title() {
		return this.title;
	}

	boolean is(Trait trait) {
		return this.traits.contains(trait);
	}

	boolean isBlocking() {
		return this.blocking != null;
	}

	boolean isAsync() {
		return this.async != null;
	}

	BlockingPool openBlocking(int connections, Duration patience) throws Exception {
		return Objects.requireNonNull(this.blocking, this.id).open(connections, patience);
	}

	AsyncPool openAsync(int connections, Duration patience) throws Exception {
		return Objects.requireNonNull(this.async, this.id).open(connections, patience);
	}

	static Peer of(String id) {
		return Arrays.stream(values())
			.filter((peer) -> peer.id.equals(id))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("'" + id + "' is none of the pools"));
	}

	/**
	 * Opens a pool, full from the start.
	 *
	 * @param <P> the kind of pool
	 */
	@FunctionalInterface
	interface Factory<P> {

		P open(int connections, Duration patience) throws Exception;

	}

	/**
	 * What distinguishes pools when their numbers are compared.
	 */
	enum Trait {

		/**
		 * Ours.
		 */
		OWN,

		/**
		 * Serves its callers in order of arrival.
		 */
		FAIR,

		/**
		 * Gives each caller a lease of its own, so that to release twice or late does no
		 * harm.
		 */
		SAFE,

		/**
		 * Holds no connections: what coordination alone costs.
		 */
		FLOOR,

		/**
		 * Takes a timeout for each acquisition.
		 */
		BRIEF,

		/**
		 * Works with a connection in one publisher.
		 */
		REACTIVE,

		/**
		 * Publishes its metrics, as the starter does.
		 */
		METERED

	}

}
