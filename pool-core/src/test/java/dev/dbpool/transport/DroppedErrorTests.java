package dev.dbpool.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DataBufferWrapper;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A connection that ends while a body is read passes no error to a reader that has gone.
 * Reactor's hook for such errors is one for the whole JVM.
 */
@ExtendWith(BufferLeakCheck.class)
@Isolated
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("slow")
class DroppedErrorTests {

	private final Queue<TestServer.Handler> handlers = new ConcurrentLinkedQueue<>();

	private final TestServer server = TestServer.start((request, peer) -> this.handlers.remove().handle(request, peer));

	private final HttpConnector connector = HttpConnector.builder(this.server.url()).build();

	private final Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();

	@BeforeEach
	void collectDroppedErrors() {
		Hooks.onErrorDropped(this.dropped::add);
	}

	@AfterEach
	void close() throws IOException {
		Hooks.resetOnErrorDropped();
		this.server.close();
	}

	@Test
	void closeIsNoErrorForAReaderThatHasCancelled() {
		this.handlers.add((request, peer) -> {
			peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n");
			peer.awaitEnd();
		});
		HttpConnection connection = open();
		StepVerifier.create(body(connection), 1).expectNextCount(1).thenCancel().verify();
		this.connector.close(connection).toCompletableFuture().join();
		assertThat(this.dropped).isEmpty();
	}

	@Test
	void aBodyThatIsCancelledHalfWayDropsNoError() {
		for (int i = 0; i < 300; i++) {
			HttpConnection connection = open();
			this.handlers.add((request, peer) -> peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"));
			CountDownLatch reading = new CountDownLatch(1);
			Disposable exchange = body(connection).subscribe((buffer) -> reading.countDown());
			await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> reading.getCount() == 0);
			exchange.dispose();
			this.connector.close(connection).toCompletableFuture().join();
		}
		assertThat(this.dropped).isEmpty();
	}

	@Test
	void aRequestThatIsCancelledWhileItIsWrittenDropsNoError() {
		this.handlers.add((request, peer) -> peer.awaitEnd());
		HttpConnection connection = open();
		CompletableFuture<Disposable> exchange = new CompletableFuture<>();
		CompletableFuture<Void> written = new CompletableFuture<>();
		DataBuffer body = new DataBufferWrapper(DefaultDataBufferFactory.sharedInstance.wrap(new byte[10])) {

			@Override
			public int readableByteCount() {
				exchange.join().dispose();
				written.complete(null);
				return super.readableByteCount();
			}

		};
		exchange.complete(connection.clientConnector()
			.connect(HttpMethod.POST, this.server.url(), (request) -> request.writeWith(Mono.just(body)))
			.subscribe());
		written.join();
		this.connector.close(connection).toCompletableFuture().join();
		assertThat(this.dropped).isEmpty();
	}

	@Test
	void aCloseThatIsCancelledDropsNoError() {
		this.handlers.add((request, peer) -> peer.awaitEnd());
		PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null)).build();
		client.from("cars").select().list(Row.class).onErrorComplete().subscribe();
		await().until(() -> client.pool(Lane.READ).snapshot().active() == 1);
		client.close(Duration.ofSeconds(30)).subscribe().dispose();
		assertThat(this.dropped).isEmpty();
		client.close(Duration.ZERO).block(Duration.ofSeconds(30));
	}

	private HttpConnection open() {
		return this.connector.open(new TestEvents()).toCompletableFuture().join();
	}

	private Flux<DataBuffer> body(HttpConnection connection) {
		return connection.clientConnector()
			.connect(HttpMethod.GET, this.server.url(), (request) -> request.setComplete())
			.flatMapMany(ClientHttpResponse::getBody)
			.doOnNext(DataBufferUtils::release);
	}

}
