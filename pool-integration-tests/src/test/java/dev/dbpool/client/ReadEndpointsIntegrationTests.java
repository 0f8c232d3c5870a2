package dev.dbpool.client;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Reads on two replicas that are lost and come back.
 */
class ReadEndpointsIntegrationTests extends ClientTestSupport {

	private FaultProxy first;

	private FaultProxy second;

	private FaultProxy primary;

	@BeforeEach
	void startReplicas() {
		this.first = FaultProxy.to(server().url());
		this.second = FaultProxy.to(server().url());
		this.primary = FaultProxy.to(server().url());
	}

	@AfterEach
	void stopReplicas() {
		this.first.close();
		this.second.close();
		this.primary.close();
	}

	@Test
	void readsGoToReplicasAndWritesToThePrimary() {
		PooledClient client = client(this.first, this.second);
		read(client, 20);
		client.asService().from("cars").update(new Make("VW")).eq("id", 1).execute().block(PATIENCE);
		for (ReadEndpoint replica : client.readEndpoints()) {
			assertThat(replica.pool().snapshot().acquired()).as(replica.toString()).isPositive();
		}
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isZero();
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isEqualTo(1);
	}

	@Test
	void noReadFailsWhileOneReplicaOrThePrimaryLives() {
		PooledClient client = client(this.first, this.second);
		ReadEndpoint one = client.readEndpoints().get(0);
		ReadEndpoint other = client.readEndpoints().get(1);
		read(client, 10);
		this.first.down();
		this.first.resetConnections();
		read(client, 30);
		await().until(() -> !one.isAvailable());
		this.primary.down();
		this.primary.resetConnections();
		read(client, 10);
		this.primary.up();
		this.second.down();
		this.second.resetConnections();
		read(client, 30);
		await().until(() -> !other.isAvailable());
		long onPrimary = client.pool(Lane.READ).snapshot().acquired();
		read(client, 5);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(onPrimary + 5);
		this.first.up();
		this.second.up();
		await().atMost(Duration.ofSeconds(30)).until(() -> {
			read(client, 1);
			return one.isAvailable() && other.isAvailable();
		});
	}

	@Test
	void replicaWhoseServerFailsIsLeftOutAndTriedFromTimeToTime() throws Exception {
		AtomicInteger status = new AtomicInteger(503);
		HttpServer broken = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		broken.createContext("/", (exchange) -> {
			boolean probe = exchange.getRequestMethod().equals("OPTIONS");
			byte[] body = "[]".getBytes();
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(probe ? 200 : status.get(), body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		broken.start();
		try {
			URI url = URI.create("http://127.0.0.1:" + broken.getAddress().getPort());
			PooledClient client = client(this.primary.url(), (builder) -> builder.readEndpoints(List.of(url)));
			ReadEndpoint replica = client.readEndpoints().get(0);
			await().until(() -> {
				read(client, 1);
				return !replica.isAvailable();
			});
			status.set(200);
			await().until(() -> {
				client.from("cars").select("id").list(Row.class).block(PATIENCE);
				return replica.isAvailable();
			});
		}
		finally {
			broken.stop(0);
		}
	}

	@Test
	void readsAfterAWriteOfTheSameUserGoToThePrimary() {
		PooledClient client = client(this.first, this.second);
		PooledClient consistent = client.readYourWrites(Duration.ofSeconds(5));
		consistent = client.readYourWrites(Duration.ofMinutes(5));
		read(consistent, 1);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isZero();
		consistent.asService().from("cars").update(new Make("VW")).eq("id", 1).execute().block(PATIENCE);
		read(consistent.asService(), 3);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(3);
		read(consistent.asAnon(), 3);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).as("another user").isEqualTo(3);
		PooledClient forgetful = client.readYourWrites(Duration.ofNanos(1));
		forgetful.asService().from("cars").update(new Make("VW")).eq("id", 1).execute().block(PATIENCE);
		read(forgetful.asService(), 3);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).as("the time is over").isEqualTo(3);
	}

	@Test
	void backgroundOperationsYieldOnAReplicaAndGoToThePrimaryThen() {
		PooledClient client = client(this.primary.url(),
				(builder) -> connections(builder, 2).backgroundShare(0.5).readEndpoints(List.of(this.first.url())));
		ConnectionPool<?> replica = client.readEndpoints().get(0).pool();
		Disposable export = client.background()
			.read("export", (db) -> db.from("cars").select("id").list(Row.class).then(Mono.never()))
			.subscribe();
		await().until(() -> replica.snapshot().active() == 1);
		CompletableFuture<List<Row>> waiting = client.background().from("cars").select("id").list(Row.class).toFuture();
		await().until(() -> client.backgroundPending(Lane.READ) == 1);
		assertThat(replica.snapshot().active()).as("the share of the replica").isEqualTo(1);
		read(client, 1);
		assertThat(replica.snapshot().acquired()).as("others take the rest").isEqualTo(2);
		assertThat(waiting).succeedsWithin(PATIENCE);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
		export.dispose();
	}

	@Test
	void timeOfReadYourWritesIsPositive() {
		assertThatIllegalArgumentException().isThrownBy(() -> client().readYourWrites(Duration.ZERO))
			.withMessageContaining("readYourWrites is PT0S");
	}

	private PooledClient client(FaultProxy... replicas) {
		List<URI> urls = new ArrayList<>();
		for (FaultProxy replica : replicas) {
			urls.add(replica.url());
		}
		return client(this.primary.url(), (builder) -> connections(builder, 4).readEndpoints(urls));
	}

	private static void read(PooledClient client, int times) {
		List<List<Row>> rows = Flux.range(0, times)
			.flatMap((number) -> client.from("cars").select("id").list(Row.class), 4)
			.collectList()
			.block(PATIENCE.multipliedBy(3));
		assertThat(rows).hasSize(times);
	}

	record Make(String make) {

	}

}
