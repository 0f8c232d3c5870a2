package dev.dbpool.autoconfigure;

import java.net.URI;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.OperationOutcome;
import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("slow")
class SlowOperationLogTests {

	private static final AtomicReference<Operation> SEEN = new AtomicReference<>();

	private static final PooledClient CLIENT = client("default");

	private static final PooledClient ORDERS = client("orders");

	private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

	private final SlowOperationLog log = new SlowOperationLog((pool) -> Duration.ofSeconds(2), this.time);

	private final LogLines lines = LogLines.of(SlowOperationLog.class.getName());

	@AfterEach
	void stopRecording() {
		this.lines.close();
	}

	@AfterAll
	static void closeClient() {
		CLIENT.close(Duration.ZERO).block();
		ORDERS.close(Duration.ZERO).block();
	}

	@Test
	void operationUpToTheThresholdIsNotLogged() {
		end("GET /cars", Result.SUCCESS, 1, 2000);
		assertThat(this.lines.get()).isEmpty();
	}

	@Test
	void lineNamesAttemptsAndResult() {
		end("GET /cars", Result.FAILURE, 1, 2300);
		end("GET /bikes", Result.SUCCESS, 3, 2400);
		end("GET /boats", Result.CANCELLED, 0, 2500);
		assertThat(this.lines.get()).containsExactly(
				"WARN Slow operation: GET /cars (read, anon) took 2300ms in 1 attempt and failed: 2000ms waiting for a connection, 100ms on one",
				"WARN Slow operation: GET /bikes (read, anon) took 2400ms in 3 attempts and succeeded: 2000ms waiting for a connection, 100ms on one [trace 4bf9]",
				"WARN Slow operation: GET /boats (read, anon) took 2500ms in 0 attempts and was cancelled: 2000ms waiting for a connection, 100ms on one");
	}

	@Test
	void furtherOnesOfTheSameNameAreSummarised() {
		for (int i = 0; i < 2000; i++) {
			end("GET /cars", Result.SUCCESS, 1, 3000 + i);
			end("GET /bikes", Result.SUCCESS, 1, 2500);
		}
		assertThat(this.lines.get()).hasSize(2);
		this.time.advanceTimeBy(SlowOperationLog.WINDOW);
		assertThat(this.lines.get()).hasSize(4)
			.contains("WARN Slow operation: GET /cars, 1999 more within 10s, the longest took 4999ms",
					"WARN Slow operation: GET /bikes, 1999 more within 10s, the longest took 2500ms");
	}

	@Test
	void oneAloneHasNoSummaryAndTheNextIsLoggedAgain() {
		end("GET /cars", Result.SUCCESS, 1, 3000);
		this.time.advanceTimeBy(SlowOperationLog.WINDOW);
		assertThat(this.lines.get()).hasSize(1);
		end("GET /cars", Result.SUCCESS, 1, 3100);
		assertThat(this.lines.get()).hasSize(2);
	}

	@Test
	void namesPastTheBoundShareOneLine() {
		for (int i = 0; i < SlowOperationLog.MOST_NAMES + 5; i++) {
			end("GET /cars/" + i, Result.SUCCESS, 1, 3000);
		}
		assertThat(this.lines.get()).hasSize(SlowOperationLog.MOST_NAMES + 1);
		this.time.advanceTimeBy(SlowOperationLog.WINDOW);
		assertThat(this.lines.get()).hasSize(SlowOperationLog.MOST_NAMES + 2)
			.last()
			.isEqualTo("WARN Slow operation: other operations, 4 more within 10s, the longest took 3000ms");
	}

	@Test
	void sameNameInTwoPoolsIsSummarisedForEach() {
		for (int i = 0; i < 3; i++) {
			end("GET /cars", Result.SUCCESS, 1, 3000);
			end(ORDERS, "GET /cars", Result.SUCCESS, 1, 4000);
		}
		this.time.advanceTimeBy(SlowOperationLog.WINDOW);
		assertThat(this.lines.get()).containsExactlyInAnyOrder(
				"WARN Slow operation: GET /cars (read, anon) took 3000ms in 1 attempt and succeeded: 2000ms waiting for a connection, 100ms on one",
				"WARN Slow operation: GET /cars (read, anon) of pool 'orders' took 4000ms in 1 attempt and succeeded: 2000ms waiting for a connection, 100ms on one",
				"WARN Slow operation: GET /cars, 2 more within 10s, the longest took 3000ms",
				"WARN Slow operation: GET /cars of pool 'orders', 2 more within 10s, the longest took 4000ms");
	}

	private void end(String name, Result result, int attempts, long millis) {
		end(CLIENT, name, result, attempts, millis);
	}

	private void end(PooledClient client, String name, Result result, int attempts, long millis) {
		client.named(name).from("cars").select("*").list(Row.class).block();
		this.log.onEnd(new OperationOutcome(SEEN.get(), result, attempts, Duration.ofMillis(millis),
				Duration.ofMillis(2000), Duration.ofMillis(100), (attempts > 1) ? "4bf9" : null, null));
	}

	private static PooledClient client(String pool) {
		return PooledClient.builder(URI.create("http://localhost:1"), ApiKeys.withoutAnonKey(null))
			.name(pool)
			.interceptor(new OperationInterceptor() {

				@Override
				public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
					SEEN.set(operation);
					return Mono.empty();
				}

			})
			.build();
	}

}
