package dev.dbpool.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Answers that arrive while the event loop is busy with another socket, until after the
 * time that they may take.
 */
@ExtendWith(BufferLeakCheck.class)
@Timeout(60)
@Tag("slow")
class BusyEventLoopTests {

	private static final Duration SHORT = Duration.ofMillis(200);

	private final LoopResources loops = LoopResources.create("busy", 1, 1, true, true);

	private final Semaphore busy = new Semaphore(0);

	private final Semaphore answered = new Semaphore(0);

	private final TestServer server = TestServer.start((request, peer) -> {
		if (request.path().equals("/late")) {
			this.busy.acquire();
			try {
				peer.answer("200 OK", "late");
			}
			finally {
				this.answered.release();
			}
		}
		else {
			peer.answer("200 OK", "other");
		}
	});

	private final HttpConnector connector = HttpConnector.builder(this.server.url()).loopResources(this.loops).build();

	@AfterEach
	void stop() throws IOException {
		this.loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
		this.server.close();
	}

	/**
	 * The event loop has to be busy before the time is over, so a pause of the machine
	 * needs another try.
	 */
	@Test
	void anAnswerThatHasArrivedIsNoSilence() {
		AtomicBoolean tooLate = new AtomicBoolean();
		do {
			HttpConnection late = open(this.connector);
			HttpConnection other = open(this.connector);
			late.responseTimeout(SHORT);
			int before = this.server.requests().size();
			CompletableFuture<Void> ended = get(late, "/late", () -> {
			});
			await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> this.server.requests().size() > before);
			get(other, "/other", () -> {
				tooLate.set(ended.isDone());
				this.busy.release();
				this.answered.acquireUninterruptibly();
				pause();
			}).join();
			if (!tooLate.get()) {
				assertThat(ended).succeedsWithin(Duration.ofSeconds(30));
				assertThat(late.isOpen()).isTrue();
			}
		}
		while (tooLate.get());
	}

	@Test
	void anHttp2PingThatWasAnsweredIsNoLoss() throws Exception {
		AtomicLong now = new AtomicLong();
		CountDownLatch received = new CountDownLatch(2);
		TestCertificate certificate = TestCertificate.get();
		try (Http2TestServer shared = Http2TestServer.start(certificate, 100, (request) -> {
			received.countDown();
			this.busy.acquireUninterruptibly();
			request.answer(200, "late");
		})) {
			HttpConnector http2 = new HttpConnector(HttpConnector.builder(shared.url())
				.sslContext(certificate.trusting())
				.http2(Http2Mode.AUTO)
				.loopResources(this.loops)
				.ping(SHORT, SHORT), new ServerActivity(now::get));
			HttpConnection late = open(http2);
			HttpConnection other = open(this.connector);
			Http2Connection socket = late.http2().orElseThrow();
			// after this, all has arrived that the server sends unasked, such as its
			// SETTINGS
			this.busy.release();
			get(late, "/", () -> {
			}).join();
			socket.loop().submit(() -> {
			}).get();
			CompletableFuture<Void> ended = get(late, "/", () -> {
			});
			received.await();
			now.addAndGet(SHORT.toNanos());
			await().until(() -> socket.loop().submit(socket::isPinging).get());
			get(other, "/other", () -> {
				this.busy.release();
				await().until(() -> shared.pings() == 1);
				now.addAndGet(SHORT.toNanos());
				pause();
			}).join();
			assertThat(ended).succeedsWithin(Duration.ofSeconds(30));
			assertThat(late.isOpen()).isTrue();
			http2.close(late).toCompletableFuture().join();
		}
	}

	/**
	 * Keeps the event loop busy until the time is over.
	 */
	private static void pause() {
		try {
			TimeUnit.MILLISECONDS.sleep(2 * SHORT.toMillis());
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static HttpConnection open(HttpConnector connector) {
		return connector.open(new TestEvents()).toCompletableFuture().join();
	}

	/**
	 * Makes an exchange.
	 * @param onHead called on the event loop when the answer begins
	 */
	private static CompletableFuture<Void> get(HttpConnection connection, String path, Runnable onHead) {
		CompletableFuture<Void> ended = new CompletableFuture<>();
		HttpExchange exchange = connection.exchange("GET", path, new DefaultHttpHeaders(), null,
				new ResponseListener() {

					@Override
					public void onHead(int status, HttpHeaders headers) {
						onHead.run();
					}

					@Override
					public void onContent(ByteBuf content) {
						// its end is all that matters
					}

					@Override
					public void onComplete() {
						ended.complete(null);
					}

					@Override
					public void onError(Throwable failure) {
						ended.completeExceptionally(failure);
					}

				});
		exchange.request(Long.MAX_VALUE);
		exchange.begin();
		return ended;
	}

}
