package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolOptions.QueueDiscipline;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for a client whose queue sheds by age.
 */
@Timeout(30)
class QueueSheddingTests {

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.route((request) -> true, (request, response) -> Mono.never());
	}).bindNow();

	private final PooledClient client = PooledClient
		.builder(URI.create("http://127.0.0.1:" + this.server.port()),
				ApiKeys.of("sb_publishable_made-up", "sb_secret_made-up"))
		.laneSharing(LaneSharing.NONE)
		.lane(Lane.READ,
				(options) -> options.maxConnections(1)
					.queueDiscipline(QueueDiscipline.CODEL)
					.queueInterval(Duration.ofMillis(1))
					.queueTarget(Duration.ofMillis(50)))
		.build();

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void callerThatIsShedLearnsWhy() {
		ConnectionPool<?> pool = this.client.pool(Lane.READ);
		read().subscribe(null, (failure) -> {
		});
		await().until(() -> pool.snapshot().active() == 1 && pool.pending() == 0);
		read().subscribe(null, (failure) -> {
		});
		await().until(() -> pool.snapshot().oldestWaiter().filter((wait) -> wait.toMillis() > 20).isPresent());
		assertThatExceptionOfType(TransientDataAccessResourceException.class).isThrownBy(() -> read().block())
			.withMessageContaining("within 50ms")
			.withMessageContaining("Callers have waited without a pause for more than 1ms");
		assertThat(pool.snapshot().shed()).isEqualTo(1);
	}

	private Mono<?> read() {
		return this.client.from("cars").select("*").list(String.class);
	}

}
