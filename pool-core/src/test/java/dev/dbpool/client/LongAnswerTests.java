package dev.dbpool.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server that sends its answer bit by bit for longer than a lease may be unused.
 * Between two parts there is time for a pause of the machine.
 */
@Tag("slow")
class LongAnswerTests {

	private final DisposableServer server = HttpServer.create()
		.host("127.0.0.1")
		.port(0)
		.handle((request, response) -> "OPTIONS".equals(request.method().name()) ? response.send()
				: response.header("Content-Type", "application/json")
					.sendString(Mono.just("[")
						.concatWith(Flux.interval(Duration.ofSeconds(1)).take(6).map((n) -> "{\"id\":" + n + "},"))
						.concatWithValues("{\"id\":6}]"), StandardCharsets.UTF_8))
		.bindNow();

	private final PooledClient client = PooledClient
		.builder(URI.create("http://127.0.0.1:" + this.server.port()), ApiKeys.withoutAnonKey(null))
		.requestTimeout(Duration.ofMillis(4900))
		.lane(Lane.READ, (options) -> options.leakDetectionTimeout(Duration.ofSeconds(5)))
		.build();

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void aLongAnswerIsNotTakenForALeak() {
		List<Row> rows = this.client.from("cars").select("*").list(Row.class).block();
		assertThat(rows).hasSize(7);
		assertThat(this.client.pool(Lane.READ).snapshot().leaked()).isZero();
	}

}
