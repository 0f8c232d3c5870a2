package dev.dbpool.benchmark.load;

import java.util.Arrays;
import java.util.List;

import dev.dbpool.benchmark.StarterApplication;
import dev.dbpool.benchmark.Target;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolSnapshot;
import reactor.core.publisher.Mono;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * The client of the starter, with everything on.
 */
final class PooledLoadClient implements LoadClient {

	private final Request request;

	private final ConfigurableApplicationContext context;

	private final PooledClient client;

	PooledLoadClient(Target target, Request request, int connections) {
		this.request = request;
		this.context = StarterApplication.start(target, 2 * connections);
		this.client = this.context.getBean(PooledClient.class);
	}

	@Override
	public Mono<?> call() {
		return Mono.defer(() -> this.request.over(this.client));
	}

	@Override
	public Connections connections() {
		List<PoolSnapshot> lanes = Arrays.stream(Lane.values())
			.map((lane) -> this.client.pool(lane).snapshot())
			.toList();
		return new Connections(lanes.stream().mapToLong(PoolSnapshot::created).sum(),
				lanes.stream().mapToInt(PoolSnapshot::total).sum(), lanes.stream().mapToInt(PoolSnapshot::active).sum(),
				lanes.stream().mapToInt(PoolSnapshot::pending).sum());
	}

	@Override
	public void close() {
		this.context.close();
	}

}
