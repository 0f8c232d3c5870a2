package dev.dbpool.autoconfigure.resilience;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.resilience.RetryClassifier.Decision;
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
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for how often an operation is repeated, on a server that is always busy.
 */
@Timeout(30)
@Tag("slow")
class RetryInterceptorTests {

	private final List<String> counts = new CopyOnWriteArrayList<>();

	private final AtomicReference<Supplier<Decision>> decision = new AtomicReference<>(() -> Decision.DEFAULT);

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.get("/**", (request, response) -> {
			this.counts.add(String.valueOf(request.requestHeaders().get("X-Retry-Count")));
			if (request.path().contains("limited")) {
				return response.status(429).header("Retry-After", "0").send();
			}
			return response.status(request.path().contains("wrong") ? 400 : 503).send();
		});
		routes.post("/**", (request, response) -> {
			this.counts.add(String.valueOf(request.requestHeaders().get("X-Retry-Count")));
			return response.status(request.path().contains("wrong") ? 400 : 503).send();
		});
	}).bindNow();

	private final PooledClient client = client(new DatabasePoolProperties.RetryBudget(0.2, 10));

	private PooledClient client(DatabasePoolProperties.RetryBudget budget) {
		return client(budget, (operation, failure) -> this.decision.get().get());
	}

	private PooledClient client(DatabasePoolProperties.RetryBudget budget, RetryClassifier classifier) {
		RetryConfig config = RetryConfig.custom()
			.maxAttempts(2)
			.intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(2), 2, 0.5))
			.retryOnException(AttemptFailures::isRetryable)
			.build();
		return PooledClient
			.builder(URI.create("http://127.0.0.1:" + this.server.port()), ApiKeys.of("sb_publishable_made-up", null))
			.interceptor(new RetryInterceptor(RetryRegistry.of(config), new RetryBudgets((pool) -> budget), classifier,
					Mono.never()))
			.build();
	}

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

	@Test
	void aRetryThatTheBudgetRefusesFailsWithTheFailureAndANote() {
		PooledClient frugal = client(new DatabasePoolProperties.RetryBudget(0.5, 0));
		try {
			assertThat(failure(frugal, "cars")).hasMessageContaining("503")
				.satisfies((failure) -> assertThat(failure.getSuppressed()).anySatisfy((note) -> assertThat(note)
					.hasMessage("The retry budget of pool 'default' is used up (0.5 retries per operation and 0 per"
							+ " second over 10 s), so no further attempt was made")));
			assertThat(this.counts).containsExactly("null");
			failure(frugal, "cars");
			assertThat(this.counts).containsExactly("null", "null", "1");
			failure(frugal, "limited");
			assertThat(this.counts).containsExactly("null", "null", "1", "null", "1");
		}
		finally {
			frugal.close(Duration.ZERO).block();
		}
	}

	@Test
	void theApplicationForbidsRetriesAndAllowsThoseThatDoNoHarm() {
		failure(this.client, "wrong");
		assertThat(this.counts).containsExactly("null");
		this.counts.clear();
		this.decision.set(() -> Decision.RETRY);
		failure(this.client, "wrong");
		assertThat(this.counts).as("a read with a mistake").containsExactly("null", "1");
		this.counts.clear();
		insert("wrong").block();
		assertThat(this.counts).as("a write that was refused").containsExactly("null", "1");
		this.counts.clear();
		insert("cars").block();
		assertThat(this.counts).as("a write whose outcome is unknown").containsExactly("null");
		this.counts.clear();
		this.client.from("cars")
			.insert(Map.of("id", 1))
			.idempotent()
			.execute()
			.onErrorComplete(DataAccessException.class)
			.block();
		assertThat(this.counts).as("the same, but idempotent").containsExactly("null", "1");
		this.counts.clear();
		this.decision.set(() -> Decision.FAIL);
		failure(this.client, "cars");
		assertThat(this.counts).containsExactly("null");
	}

	@Test
	void aClassifierThatThrowsEndsTheOperationWithTheFailureOfItsAttempt() {
		IllegalStateException broken = new IllegalStateException("broken");
		this.decision.set(() -> {
			throw broken;
		});
		assertThat(failure(this.client, "cars")).hasMessageContaining("503").hasSuppressedException(broken);
		assertThat(this.counts).containsExactly("null");
		this.counts.clear();
		assertThat(catchThrowable(this.client.from("cars").select().stream(Row.class)::blockLast))
			.hasMessageContaining("503")
			.hasSuppressedException(broken);
		assertThat(this.counts).as("a stream").containsExactly("null");
	}

	@Test
	void aClassifierThatDecidesNothingEndsTheOperationWithTheFailureOfItsAttempt() {
		this.decision.set(() -> null);
		assertThat(failure(this.client, "cars")).hasMessageContaining("503")
			.satisfies((failure) -> assertThat(failure.getSuppressed())
				.hasAtLeastOneElementOfType(NullPointerException.class));
		assertThat(this.counts).containsExactly("null");
	}

	@Test
	void aClassifierThatThrowsTheFailureEndsTheOperationWithIt() {
		PooledClient rethrowing = client(new DatabasePoolProperties.RetryBudget(0.2, 10), (operation, failure) -> {
			throw (RuntimeException) failure;
		});
		try {
			assertThat(failure(rethrowing, "cars")).hasMessageContaining("503");
			assertThat(this.counts).containsExactly("null");
		}
		finally {
			rethrowing.close(Duration.ZERO).block();
		}
	}

	private Mono<Void> insert(String table) {
		return this.client.from(table).insert(Map.of("id", 1)).execute().onErrorComplete(DataAccessException.class);
	}

	private static Throwable failure(PooledClient client, String table) {
		return catchThrowable(() -> client.blocking().from(table).select().list(Row.class));
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
