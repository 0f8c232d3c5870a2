package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.ConnectionEvents;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
@Tag("proof")
@Tag("slow")
class BlockingLeaseTests {

	private static final int ROUNDS = Integer.getInteger("dbpool.lease.rounds", 400);

	private static final URI URL = URI.create("http://127.0.0.1:9");

	private static final ApiKeys KEYS = ApiKeys.withoutAnonKey(null);

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final ConnectionPool<ClientConnection> pool = ConnectionPool.create(
			PoolOptions.builder("test").maxConnections(1).acquireTimeout(Duration.ofSeconds(5)).build(),
			new NoConnector());

	private final BlockingPooledClient client = new DefaultPooledClient(new ClientCore("default", URL, URL,
			WebClient.builder(), Map.of(Lane.READ, this.pool), KEYS, IdentitySource.of(KEYS, Identity.ANON), List.of(),
			List.of(), Optional::empty, true, Batching.DISABLED, new SettingNames(null)), null, Duration.ZERO)
		.blocking();

	@AfterEach
	void closePool() {
		assertThat(this.pool.snapshot().active()).isZero();
		assertThat(this.pool.close(Duration.ZERO).toCompletableFuture()).succeedsWithin(Duration.ofSeconds(5));
	}

	@Test
	void aThreadThatIsInterruptedWhileItIsServedLosesNoLease() throws InterruptedException {
		for (int i = 0; i < ROUNDS; i++) {
			Lease<ClientConnection> held = this.pool.acquire(OWNER);
			Thread thread = new Thread(this::leaseAndClose);
			thread.start();
			while (this.pool.snapshot().pending() == 0) {
				Thread.onSpinWait();
			}
			CompletableFuture<Void> closing = CompletableFuture.runAsync(held::close);
			for (int spin = 0; spin < (i % 300) * 20; spin++) {
				Thread.onSpinWait();
			}
			thread.interrupt();
			thread.join();
			closing.join();
			assertThat(this.pool.snapshot().active()).as("leases lost in round %d", i).isZero();
		}
	}

	private void leaseAndClose() {
		try (ClientLease lease = this.client.lease(Lane.READ, "GET /export")) {
			assertThat(lease.isActive()).isTrue();
		}
		catch (TransientDataAccessResourceException ex) {
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
		}
	}

	@Test
	void anInterruptedThreadFailsAndStaysInterrupted() {
		try (Lease<ClientConnection> held = this.pool.acquire(OWNER)) {
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(TransientDataAccessResourceException.class)
				.isThrownBy(() -> this.client.lease(Lane.READ, "GET /export"))
				.withMessageContaining("the thread of GET /export was interrupted");
			assertThat(Thread.interrupted()).isTrue();
			assertThat(held.isActive()).isTrue();
		}
	}

	private static final class NoConnector implements Connector<ClientConnection> {

		@Override
		public CompletionStage<ClientConnection> open(ConnectionEvents events) {
			return CompletableFuture.completedStage(new ClientConnection(null, null, null, null, null));
		}

		@Override
		public CompletionStage<Void> validate(ClientConnection connection) {
			return CompletableFuture.completedStage(null);
		}

		@Override
		public CompletionStage<Void> close(ClientConnection connection) {
			return CompletableFuture.completedStage(null);
		}

	}

}
