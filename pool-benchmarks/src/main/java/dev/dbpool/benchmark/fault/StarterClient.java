package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import dev.dbpool.benchmark.StarterApplication;
import dev.dbpool.benchmark.Target;
import dev.dbpool.client.ConcurrencyLimit;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import reactor.core.publisher.Mono;

import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The client that the starter gives to an application with actuator. Only the server, and
 * whether the limit of its connections is adaptive, are configured.
 */
final class StarterClient implements Client {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private final ConfigurableApplicationContext context;

	private final PooledClient client;

	private final ReactiveHealthIndicator health;

	private StarterClient(Target target, ConcurrencyLimit limit) {
		this.context = StarterApplication.start(target, BareClient.CONNECTIONS,
				Map.of("db.pool.concurrency-limit", limit));
		this.client = this.context.getBean(PooledClient.class);
		this.health = this.context.getBean(ReactiveHealthIndicator.class);
	}

	static StarterClient fixed(Target target) {
		return new StarterClient(target, ConcurrencyLimit.FIXED);
	}

	/**
	 * Creates one whose limit follows the latency of the server.
	 */
	static StarterClient adaptive(Target target) {
		return new StarterClient(target, ConcurrencyLimit.ADAPTIVE);
	}

	@Override
	public Mono<List<Item>> read(String table, int key) {
		return this.client.from(table).select(Item.COLUMNS).eq("id", key).list(Item.class);
	}

	@Override
	public Mono<Void> write(String id) {
		return this.client.from("orders").insert(Map.of("id", id)).execute();
	}

	@Override
	public Mono<Void> work(Duration time) {
		return work(this.client, time);
	}

	@Override
	public Mono<Void> work(Duration time, Duration deadline) {
		return work(this.client.within(deadline), time);
	}

	private static Mono<Void> work(PooledClient client, Duration time) {
		return client.rpc("work").arg("seconds", time.toMillis() / 1000.0).readOnly().value(Integer.class).then();
	}

	@Override
	public String health() {
		return Objects.requireNonNull(this.health.health().block()).getStatus().getCode();
	}

	/**
	 * Waits a moment for the pools to come to rest.
	 */
	@Override
	public List<String> violations() {
		List<String> violations = snapshots();
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		while (!violations.isEmpty() && System.nanoTime() < deadline) {
			Pause.of(Duration.ofMillis(50));
			violations = snapshots();
		}
		return violations;
	}

	private List<String> snapshots() {
		List<String> violations = new ArrayList<>();
		for (Lane lane : Lane.values()) {
			PoolSnapshot pool = this.client.pool(lane).snapshot();
			if (pool.active() != 0 || pool.acquired() != pool.released() || pool.pending() != 0
					|| pool.idle() + pool.opening() > pool.max()) {
				violations.add(pool.toString());
			}
		}
		return violations;
	}

	@Override
	public void close() {
		this.context.close();
	}

}
