package dev.dbpool.autoconfigure.fleet;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;
import dev.dbpool.postgrest.value.Row;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * A process that sends as many requests at the same time as its share permits, until it
 * is killed. Its arguments are the port of Redis, the URL of the server, the maximum of
 * all processes, and its name, which is the table of its requests.
 */
public final class FleetProcess {

	private static final int CALLERS = 16;

	/** So long that a pause of the machine counts for nothing. */
	private static final Duration LEASE = Duration.ofSeconds(8);

	private FleetProcess() {
	}

	/**
	 * Connects before the share is asked for: a first connection that takes longer than
	 * the lease, on a busy machine, would pass for a Redis that cannot be reached.
	 */
	private static void connectFirst(LettuceConnectionFactory connections) {
		try (RedisConnection connection = connections.getConnection()) {
			connection.ping();
		}
	}

	/**
	 * Runs the process.
	 * @param arguments the arguments
	 */
	public static void main(String[] arguments) {
		LettuceConnectionFactory connections = new LettuceConnectionFactory(
				new RedisStandaloneConfiguration("127.0.0.1", Integer.parseInt(arguments[0])));
		connections.afterPropertiesSet();
		connections.start();
		connectFirst(connections);
		ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
		String name = arguments[3];
		FleetShare share = new FleetShare(
				new FleetShare.Settings(name, "shop", name, Integer.parseInt(arguments[2]), "max-connections", LEASE),
				new RedisFleetBudget(connections), System::nanoTime, clock, Executors.newSingleThreadExecutor(),
				(text) -> {
				});
		long tick = share.tickInterval().toNanos();
		clock.scheduleWithFixedDelay(share::tick, tick, tick, TimeUnit.NANOSECONDS);
		PooledClientBuilder builder = PooledClient.builder(URI.create(arguments[1]), ApiKeys.withoutAnonKey(null))
			.restPath("/")
			.connectionShare(share);
		for (Lane lane : Lane.values()) {
			builder.lane(lane, (options) -> options.maxConnections(10));
		}
		PooledClient client = builder.build();
		Mono<?> read = client.from(name).select("*").list(Row.class);
		Mono<?> write = client.from(name).insert(Map.of("id", 1)).execute();
		Flux.range(0, CALLERS)
			.flatMap((caller) -> ((caller % 2 == 0) ? read : write).onErrorComplete().repeat(), CALLERS)
			.blockLast();
	}

}
