package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.transport.TestServer;
import io.micrometer.context.ContextRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Isolated
@Timeout(60)
@Tag("proof")
@Tag("slow")
class BlockingLeaseTests {

	private static final int ROUNDS = Integer.getInteger("dbpool.lease.rounds", 400);

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final TestServer server = TestServer.start((request, peer) -> {
	});

	private final PooledClient pooled = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.maxConnections(1).acquireTimeout(Duration.ofSeconds(5)))
		.build();

	private final ConnectionPool<?> pool = this.pooled.pool(Lane.READ);

	private final BlockingPooledClient client = this.pooled.blocking();

	@AfterEach
	void closePool() throws IOException {
		assertThat(this.pool.snapshot().active()).isZero();
		this.pooled.close(Duration.ZERO).block();
		this.server.close();
	}

	@Test
	void aThreadThatIsInterruptedWhileItIsServedLosesNoLease() throws InterruptedException {
		for (int i = 0; i < ROUNDS; i++) {
			Lease<?> held = this.pool.acquire(OWNER);
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
			await("the lease of round " + i).pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofMillis(1))
				.until(() -> this.pool.snapshot().active() == 0);
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
		try (Lease<?> held = this.pool.acquire(OWNER)) {
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(TransientDataAccessResourceException.class)
				.isThrownBy(() -> this.client.lease(Lane.READ, "GET /export"))
				.withMessageContaining("the thread of GET /export was interrupted");
			assertThat(Thread.interrupted()).isTrue();
			assertThat(held.isActive()).isTrue();
		}
	}

	/**
	 * As it is for {@code block()}, which the other methods of blocking clients call.
	 */
	@Test
	void whatReactorPropagatesFromTheThreadReachesTheSourceOfTokens() {
		ThreadLocal<String> user = new ThreadLocal<>();
		AtomicReference<Object> seen = new AtomicReference<>();
		TokenSource source = (refused) -> Mono.deferContextual((context) -> {
			seen.set(context.getOrDefault("user", "none") + " " + user.get());
			return Mono.just("h.p.s");
		});
		ContextRegistry.getInstance().registerThreadLocalAccessor("user", user);
		Hooks.enableAutomaticContextPropagation();
		user.set("jane");
		try {
			this.pooled.asUser(source).blocking().lease(Lane.READ, "GET /export").close();
			assertThat(seen).hasValue("jane jane");
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
			ContextRegistry.getInstance().removeThreadLocalAccessor("user");
		}
	}

}
