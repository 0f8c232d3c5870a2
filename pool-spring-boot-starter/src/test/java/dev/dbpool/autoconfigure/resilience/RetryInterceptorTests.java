package dev.dbpool.autoconfigure.resilience;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.value.Row;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for how often an operation is repeated, on a server that is always busy.
 */
@Timeout(30)
@Tag("slow")
class RetryInterceptorTests {

	private final List<String> counts = new CopyOnWriteArrayList<>();

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.get("/**", (request, response) -> {
			this.counts.add(String.valueOf(request.requestHeaders().get("X-Retry-Count")));
			return response.status(503).send();
		});
	}).bindNow();

	private final PooledClient client = PooledClient
		.builder(URI.create("http://127.0.0.1:" + this.server.port()), ApiKeys.of("sb_publishable_made-up", null))
		.interceptor(new RetryInterceptor(RetryRegistry.of(RetryConfig.custom()
			.maxAttempts(2)
			.intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(2), 2, 0.5))
			.retryOnException(AttemptFailures::isRetryable)
			.build())))
		.build();

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void anOperationIsRepeatedAsOftenAsIsConfigured() {
		assertThat(attempts(this.client)).containsExactly("null", "1");
	}

	@Test
	void aViewSetsHowOftenItsOperationsAreRepeated() {
		assertThat(attempts(this.client.retries(0))).containsExactly("null");
		assertThat(attempts(this.client.retries(4))).containsExactly("null", "1", "2", "3", "4");
		assertThat(attempts(this.client.retries(4).retries(1))).containsExactly("null", "1");
		assertThat(attempts(this.client)).containsExactly("null", "1");
	}

	private List<String> attempts(PooledClient view) {
		this.counts.clear();
		StepVerifier.create(view.from("cars").select().list(Row.class)).verifyError();
		StepVerifier.create(view.from("cars").select().stream(Row.class)).verifyError();
		int half = this.counts.size() / 2;
		assertThat(this.counts.subList(half, 2 * half)).isEqualTo(this.counts.subList(0, half));
		return this.counts.subList(0, half);
	}

}
