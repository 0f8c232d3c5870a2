package dev.dbpool.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
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
			answerLate(peer);
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

	@Test
	void anAnswerThatHasArrivedIsNoSilence() {
		assertEndsWellWhileBusy(() -> {
			HttpConnection late = open(this.connector);
			late.responseTimeout(SHORT);
			int before = this.server.requests().size();
			CompletableFuture<Void> ended = get(late, "/late", () -> {
			});
			awaitMore(this.server::requests, before);
			return ended.thenRun(() -> assertThat(late.isOpen()).isTrue());
		}, this::answerInTime);
	}

	@Test
	void aConnectionWhoseProbeWasAnsweredOpens() {
		assertEndsWellWhileBusy(() -> {
			this.server.answerProbes((request, peer) -> answerLate(peer));
			int before = this.server.probes().size();
			CompletableFuture<HttpConnection> opened = quick().open(new TestEvents()).toCompletableFuture();
			awaitMore(this.server::probes, before);
			return opened;
		}, this::answerInTime);
	}

	@Test
	void aConnectionWhoseProbeWasAnsweredIsValid() {
		assertEndsWellWhileBusy(() -> {
			this.server.answerProbes((request, peer) -> peer.answer("200 OK", ""));
			HttpConnection late = open(this.connector);
			this.server.answerProbes((request, peer) -> answerLate(peer));
			int before = this.server.probes().size();
			CompletableFuture<Void> validated = quick().validate(late).toCompletableFuture();
			awaitMore(this.server::probes, before);
			return validated.thenRun(() -> assertThat(late.isOpen()).isTrue());
		}, this::answerInTime);
	}

	@Test
	void anHttp2AnswerThatHasArrivedBehindALongOneIsNoSilence() {
		TestCertificate certificate = TestCertificate.get();
		try (Http2TestServer shared = Http2TestServer.start(certificate, 100, (request) -> {
		})) {
			HttpConnector http2 = HttpConnector.builder(shared.url())
				.sslContext(certificate.trusting())
				.http2(Http2Mode.AUTO)
				.loopResources(this.loops)
				.httpClientCustomizer(
						(client) -> client.option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(16)))
				.build();
			assertEndsWellWhileBusy(() -> {
				HttpConnection late = open(http2);
				late.responseTimeout(SHORT);
				HttpConnection other = open(http2);
				int before = shared.requests().size();
				get(other, "/long", () -> {
				});
				CompletableFuture<Void> ended = get(late, "/late", () -> {
				});
				awaitMore(shared::requests, before + 1);
				return ended.thenRun(() -> assertThat(late.isOpen()).isTrue());
			}, () -> {
				List<Http2TestServer.Request> requests = shared.requests();
				requests.get(requests.size() - 2).answer(200, "x".repeat(10_000));
				requests.get(requests.size() - 1).answer(200, "late").awaitUninterruptibly();
			});
		}
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
	 * Asserts that what has begun ends well if its answer arrives while the event loop is
	 * busy, until after its time. The loop has to be busy before the time is over, so a
	 * pause of the machine needs another try.
	 * @param begins begins it, and returns when its request has arrived
	 * @param answers returns when its answer is written
	 */
	private void assertEndsWellWhileBusy(Supplier<CompletableFuture<?>> begins, Runnable answers) {
		HttpConnection other = open(this.connector);
		AtomicBoolean tooLate = new AtomicBoolean();
		do {
			CompletableFuture<?> ended = begins.get();
			get(other, "/other", () -> {
				tooLate.set(ended.isDone());
				answers.run();
				pause();
			}).join();
			if (!tooLate.get()) {
				assertThat(ended).succeedsWithin(Duration.ofSeconds(30));
			}
		}
		while (tooLate.get());
	}

	private static void awaitMore(Supplier<List<?>> received, int before) {
		await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> received.get().size() > before);
	}

	/**
	 * Returns a connector that gives a server little time for a probe.
	 */
	private HttpConnector quick() {
		return HttpConnector.builder(this.server.url()).connectTimeout(SHORT).loopResources(this.loops).build();
	}

	private void answerLate(TestServer.Peer peer) throws IOException, InterruptedException {
		this.busy.acquire();
		try {
			peer.answer("200 OK", "late");
		}
		finally {
			this.answered.release();
		}
	}

	private void answerInTime() {
		this.busy.release();
		this.answered.acquireUninterruptibly();
	}

	/**
	 * Keeps the event loop busy until the time is over, that for a connection included.
	 */
	private static void pause() {
		try {
			TimeUnit.MILLISECONDS.sleep(3 * SHORT.toMillis());
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
