package dev.dbpool.autoconfigure.fleet;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.InvalidPoolConfigurationException;
import dev.dbpool.autoconfigure.PooledClientBuilderCustomizer;
import dev.dbpool.autoconfigure.activity.PoolEvent;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.client.PooledClientBuilder;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.util.StringUtils;

/**
 * The shares of the pools that have the property {@code fleet.max-connections}. A pool
 * joins its fleet when its client is built, gives its connections back while it closes,
 * and leaves after that. Safe for use from any thread.
 */
public final class FleetShares implements PooledClientBuilderCustomizer, SmartLifecycle, DisposableBean {

	private static final String REDIS = "org.springframework.data.redis.core.StringRedisTemplate";

	/** After the pools are closed. */
	private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 3073;

	private static final Duration LONGEST_LEAVE = Duration.ofSeconds(2);

	private final DatabasePools pools;

	private final Environment environment;

	private final ObjectProvider<FleetBudget> budgets;

	private final ObjectProvider<PoolEvents> events;

	private final Map<String, Member> members = new ConcurrentHashMap<>();

	private volatile boolean running;

	FleetShares(DatabasePools pools, Environment environment, ObjectProvider<FleetBudget> budgets,
			ObjectProvider<PoolEvents> events) {
		this.pools = pools;
		this.environment = environment;
		this.budgets = budgets;
		this.events = events;
	}

	/**
	 * Gives the client of a pool its share, if the pool belongs to a fleet.
	 * @param builder the builder of the client
	 */
	@Override
	public void customize(PooledClientBuilder builder) {
		String pool = builder.name();
		DatabasePoolProperties.Fleet fleet = this.pools.properties(pool).fleet();
		Integer max = fleet.maxConnections();
		if (max != null) {
			FleetShare.Settings settings = new FleetShare.Settings(pool, fleetOf(pool, fleet), member(), max,
					property(pool), fleet.lease());
			PoolEvents known = this.events.getIfAvailable();
			Consumer<String> listener = (known != null) ? (text) -> known.add(pool, null, PoolEvent.Type.FLEET, text)
					: (text) -> {
					};
			Member member = Member.start(settings, budget(pool, max), listener);
			this.members.put(pool, member);
			this.pools.closing().subscribe((nothing) -> {
			}, (failure) -> {
			}, member.share()::giveBack);
			builder.connectionShare(member.share());
		}
	}

	private String fleetOf(String pool, DatabasePoolProperties.Fleet fleet) {
		String name = fleet.name();
		if (StringUtils.hasText(name)) {
			return name;
		}
		String application = this.environment.getProperty("spring.application.name");
		if (!StringUtils.hasText(application)) {
			throw new InvalidPoolConfigurationException(
					"%s is set, but the instances that share it have no name in common.".formatted(property(pool)),
					"Set spring.application.name, or %s to a name of the fleet."
						.formatted(this.pools.property(pool, "fleet.name")));
		}
		return application + ":" + pool;
	}

	/**
	 * Returns a name that no other process has, and no other start of this one.
	 */
	private static String member() {
		String host = System.getenv("HOSTNAME");
		return (StringUtils.hasText(host) ? host : "instance") + "-" + UUID.randomUUID();
	}

	private FleetBudget budget(String pool, int max) {
		FleetBudget budget = this.budgets.getIfAvailable();
		if (budget == null) {
			throw new InvalidPoolConfigurationException(
					"%s is %d, but %s.".formatted(property(pool), max, whatIsMissing()),
					"Add spring-boot-starter-data-redis and set spring.data.redis.host, define a bean of type FleetBudget, or leave the property out.");
		}
		return budget;
	}

	private static String whatIsMissing() {
		return ClassUtils.isPresent(REDIS, null) ? "there is no single or primary bean of type RedisConnectionFactory"
				: "Spring Data Redis is not on the class path";
	}

	private String property(String pool) {
		return this.pools.property(pool, "fleet.max-connections");
	}

	/**
	 * Returns what a pool knows about its fleet.
	 * @param pool name of the pool
	 * @return the status, if the pool belongs to a fleet
	 */
	public Optional<FleetStatus> of(String pool) {
		return Optional.ofNullable(this.members.get(pool)).map((member) -> member.share().status());
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		leave().join();
	}

	@Override
	public void stop(Runnable callback) {
		leave().whenComplete((nothing, failure) -> callback.run());
	}

	@Override
	public void destroy() {
		leave();
	}

	private CompletableFuture<Void> leave() {
		this.running = false;
		Map<String, Member> leaving = new LinkedHashMap<>(this.members);
		this.members.clear();
		return CompletableFuture.allOf(leaving.values().stream().map(Member::leave).toArray(CompletableFuture[]::new));
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * A share with its threads: that of the clock runs no foreign code, so a renewal that
	 * blocks does not stop it.
	 */
	private record Member(FleetShare share, ScheduledExecutorService clock, ExecutorService worker) {

		static Member start(FleetShare.Settings settings, FleetBudget budget, Consumer<String> listener) {
			ScheduledExecutorService clock = Executors
				.newSingleThreadScheduledExecutor(threads("dbpool-fleet-clock-" + settings.pool()));
			ExecutorService worker = Executors.newSingleThreadExecutor(threads("dbpool-fleet-" + settings.pool()));
			FleetShare share = new FleetShare(settings, budget, System::nanoTime, clock, worker, listener);
			long tick = share.tickInterval().toNanos();
			clock.scheduleWithFixedDelay(share::tick, tick, tick, TimeUnit.NANOSECONDS);
			return new Member(share, clock, worker);
		}

		private static CustomizableThreadFactory threads(String name) {
			CustomizableThreadFactory threads = new CustomizableThreadFactory(name + "-");
			threads.setDaemon(true);
			return threads;
		}

		CompletableFuture<Void> leave() {
			return this.share.leave()
				.toCompletableFuture()
				.completeOnTimeout(null, LONGEST_LEAVE.toMillis(), TimeUnit.MILLISECONDS)
				.handle((@Nullable Void nothing, @Nullable Throwable failure) -> {
					this.clock.shutdown();
					this.worker.shutdownNow();
					return null;
				});
		}

	}

}
