package dev.dbpool.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * When background operations get a connection.
 */
class BackgroundIntegrationTests extends ClientTestSupport {

	@Test
	void takesFreeConnectionsUpToItsShareAndLeavesTheOthers() {
		PooledClient client = openClient(4, (builder) -> builder.backgroundShare(0.5));
		CompletableFuture<ClientLease> first = lease(client.background());
		CompletableFuture<ClientLease> second = lease(client.background());
		CompletableFuture<ClientLease> third = lease(client.background());
		CompletableFuture<List<Row>> fourth = client.background().from("cars").select("id").list(Row.class).toFuture();
		await().until(() -> leased(client) == 2);
		await().until(() -> client.backgroundPending(Lane.READ) == 2);
		CompletableFuture<ClientLease> caller = lease(client);
		CompletableFuture<ClientLease> other = lease(client);
		await().until(caller::isDone);
		await().until(other::isDone);
		close(first);
		close(second);
		assertThat(third).as("two are leased to others").isNotDone();
		close(caller);
		await().until(third::isDone);
		assertThat(fourth).isNotDone();
		close(third);
		assertThat(fourth).succeedsWithin(PATIENCE);
		close(other);
		assertThat(client.backgroundPending(Lane.READ)).isZero();
	}

	@Test
	void waitsUntilNoOtherCallerDoes() {
		PooledClient client = openClient(2, (builder) -> builder.backgroundShare(1).laneSharing(LaneSharing.NONE));
		CompletableFuture<ClientLease> first = lease(client);
		CompletableFuture<ClientLease> second = lease(client);
		CompletableFuture<ClientLease> job = lease(client.background());
		CompletableFuture<ClientLease> caller = lease(client);
		CompletableFuture<ClientLease> later = lease(client);
		close(first);
		await().until(caller::isDone);
		close(second);
		await().until(later::isDone);
		assertThat(job).isNotDone();
		close(caller);
		await().until(job::isDone);
		close(later);
		close(job);
	}

	@Test
	void doesNotQueueAmongCallersThatWait() {
		PooledClient client = openClient(2, (builder) -> builder.backgroundShare(1).laneSharing(LaneSharing.NONE));
		client.pool(Lane.READ).suspend();
		CompletableFuture<ClientLease> caller = lease(client);
		CompletableFuture<ClientLease> job = lease(client.background());
		assertThat(client.pool(Lane.READ).pending()).isEqualTo(1);
		client.pool(Lane.READ).resume();
		await().until(caller::isDone);
		await().until(job::isDone);
		close(caller);
		close(job);
	}

	@Test
	void streamIsABackgroundOperation() {
		PooledClient client = openClient(1, (builder) -> builder);
		Flux<Car> cars = client.background().named("nightly export").from("cars").select("*").stream(Car.class);
		assertThat(cars.collectList().block(PATIENCE)).isNotEmpty();
	}

	@Test
	void takesOneConnectionAtLeastAndIsServedWhenConnectionsAreOpened() {
		PooledClient client = client((builder) -> connections(builder, 1).backgroundShare(0.1));
		assertThat(client.background().from("cars").select("id").list(Row.class).block(PATIENCE)).isNotEmpty();
		assertThat(client.background().blocking().from("cars").select("id").list(Row.class)).isNotEmpty();
	}

	@Test
	void failureSaysWhatItWaitedFor() {
		PooledClient client = openClient(1,
				(builder) -> builder.lane(Lane.READ, (options) -> options.acquireTimeout(Duration.ofMillis(50))));
		CompletableFuture<ClientLease> held = lease(client);
		await().until(held::isDone);
		assertThatExceptionOfType(TransientDataAccessResourceException.class)
			.isThrownBy(() -> client.background().named("export").from("cars").select("id").list(Row.class).block())
			.withCauseInstanceOf(AcquireTimeoutException.class)
			.withMessageContaining("had no connection for background operation export within 50ms")
			.withMessageContaining("1 of 1 leased");
		close(held);
	}

	@Test
	void numberOfWaitersIsBounded() {
		PooledClient client = openClient(1, (builder) -> builder.lane(Lane.READ, (options) -> options.maxPending(1)));
		CompletableFuture<ClientLease> held = lease(client);
		CompletableFuture<ClientLease> waiting = lease(client.background());
		assertThat(lease(client.background())).failsWithin(PATIENCE)
			.withThrowableThat()
			.havingRootCause()
			.isInstanceOf(AcquireRejectedException.class)
			.withMessageContaining("1 background operations wait already");
		waiting.cancel(false);
		CompletableFuture<ClientLease> next = lease(client.background());
		close(held);
		await().until(next::isDone);
		close(next);
	}

	@Test
	void waitersEndWithThePool() {
		PooledClient client = openClient(1, (builder) -> builder);
		CompletableFuture<ClientLease> held = lease(client);
		CompletableFuture<ClientLease> waiting = lease(client.background());
		client.close(PATIENCE).subscribe();
		assertThat(waiting).failsWithin(PATIENCE)
			.withThrowableThat()
			.havingRootCause()
			.isInstanceOf(PoolClosedException.class);
		close(held);
	}

	private CompletableFuture<ClientLease> lease(PooledClient client) {
		return client.lease(Lane.READ, "test").toFuture();
	}

	private static void close(CompletableFuture<ClientLease> lease) {
		lease.join().close();
	}

	private static int leased(PooledClient client) {
		return client.pool(Lane.READ).snapshot().active();
	}

}
