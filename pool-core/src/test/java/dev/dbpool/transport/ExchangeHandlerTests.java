package dev.dbpool.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(BufferLeakCheck.class)
class ExchangeHandlerTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final long ALMOST = TIMEOUT.toMillis() - 1;

	private final TestEvents events = new TestEvents();

	private long nanoTime;

	private final ServerActivity server = new ServerActivity(() -> this.nanoTime);

	private final List<String> signals = new ArrayList<>();

	private final List<Throwable> errors = new ArrayList<>();

	private final List<ChannelPromise> heldWrites = new ArrayList<>();

	private boolean holdWrites;

	private EmbeddedChannel channel;

	private HttpConnection connection;

	private HttpExchange exchange;

	@BeforeEach
	void connect() {
		this.channel = new EmbeddedChannel(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				ExchangeHandlerTests test = ExchangeHandlerTests.this;
				test.connection = new HttpConnection(test.events,
						new HttpConnection.Shared(Origin.of(URI.create("http://localhost")), TIMEOUT, test.server,
								new UnexpectedDataLog(), null),
						new DefaultHttpHeaders(), channel);
				ResponseGuard guard = test.connection.guard();
				channel.pipeline()
					.addLast(new WriteHolder(), guard.codec(new HttpDecoderConfig()), guard, test.connection.handler());
			}

		});
		this.channel.freezeTime();
		this.connection.opened();
	}

	@AfterEach
	void releaseAll() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void givesUpWhenTheServerDoesNotAnswer() {
		request();
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.errors).singleElement()
			.isInstanceOf(SocketTimeoutException.class)
			.satisfies((ex) -> assertThat(ex).hasMessageContaining("10000 ms"));
		assertThat(this.channel.isActive()).isFalse();
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void startsTheTimeAnewWithEachPartOfTheAnswer() {
		request();
		passTime(ALMOST);
		head();
		passTime(ALMOST);
		receive("x");
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.channel.isActive()).isFalse();
		assertThat(this.signals).containsExactly("200", "x");
	}

	@Test
	void doesNotGiveUpBetweenExchanges() {
		request();
		answer();
		passTime(100 * TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isTrue();
		assertThat(this.signals).containsExactly("200", "xx", "end");
	}

	@Test
	void givesEachExchangeItsFullTime() {
		request();
		answer();
		passTime(ALMOST);
		request();
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void takesTheTimeoutOfTheHolder() {
		this.connection.responseTimeout(Duration.ofMillis(5));
		request();
		passTime(5);
		assertThat(this.errors).singleElement()
			.satisfies((ex) -> assertThat(ex).hasMessageContaining("nothing for 5 ms"));
	}

	@Test
	void keepsNoTimerWhenIdle() {
		request();
		answer();
		passTime(TIMEOUT.toMillis());
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
	}

	@Test
	void keepsNoTimerWhenClosed() {
		request();
		this.channel.close();
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
	}

	@Test
	void isPatientWithAReaderThatRequestsNothing() {
		request(0);
		head();
		passTime(100 * TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isTrue();
		this.exchange.request(1);
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void isPatientWithAReaderThatHasNotReadAllParts() {
		request(1);
		head();
		receive("a");
		receive("b");
		passTime(100 * TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isTrue();
		assertThat(this.signals).containsExactly("200", "a");
		this.exchange.request(2);
		assertThat(this.signals).containsExactly("200", "a", "b", "end");
		assertThat(this.channel.config().isAutoRead()).isTrue();
	}

	@Test
	void stopsReadingWhenPartsWereNotRequested() {
		request(1);
		receive("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
		receive("a");
		assertThat(this.channel.config().isAutoRead()).isTrue();
		receive("b");
		assertThat(this.channel.config().isAutoRead()).isFalse();
		this.exchange.request(1);
		assertThat(this.signals).containsExactly("200", "a", "b");
		this.exchange.request(1);
		assertThat(this.channel.config().isAutoRead()).isTrue();
	}

	@Test
	void aReaderThatRequestsPartsOneByOneReceivesThemInOrder() {
		this.exchange = null;
		exchange(new Recorder() {

			@Override
			public void onContent(ByteBuf content) {
				super.onContent(content);
				ExchangeHandlerTests.this.exchange.request(1);
			}

		}, 1);
		receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
		assertThat(this.signals).containsExactly("200", "a", "b", "c", "end");
	}

	@Test
	void aPartThatIsRequestedWhileOneIsDeliveredIsDeliveredAfterIt() {
		exchange(new Recorder() {

			@Override
			public void onContent(ByteBuf content) {
				super.onContent(content);
				ExchangeHandlerTests.this.exchange.request(1);
				ExchangeHandlerTests.this.signals.add("requested");
			}

		}, 0);
		receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
		this.exchange.request(1);
		assertThat(this.signals).containsExactly("200", "a", "requested", "b", "requested", "end");
	}

	@Test
	void anAnswerThatWasNotReadFailsWhenThePoolClosesTheConnection() {
		request(0);
		answer();
		this.connection.close();
		assertThat(this.errors).singleElement()
			.satisfies((ex) -> assertThat(ex).hasMessageContaining("closed by the pool"));
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void isPatientWithASlowUpload() {
		this.holdWrites = true;
		request();
		passTime(100 * TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isTrue();
		this.heldWrites.forEach(ChannelPromise::setSuccess);
		passTime(TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void endsTheConnectionWithAnAnswerThatCameBeforeTheUploadWasOver() {
		this.holdWrites = true;
		request();
		answer();
		assertThat(this.channel.isActive()).isFalse();
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.signals).containsExactly("200", "xx", "end");
		this.heldWrites.forEach(ChannelPromise::setSuccess);
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
	}

	@Test
	void aRequestThatCannotBeWrittenEndsTheExchange() {
		this.holdWrites = true;
		request();
		this.heldWrites.get(0).setFailure(new IOException("Broken pipe"));
		assertThat(this.errors).singleElement().satisfies((ex) -> assertThat(ex).hasMessage("Broken pipe"));
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void startsTheTimeAnewWithAnInformationalAnswer() {
		request();
		passTime(ALMOST);
		receive("HTTP/1.1 102 Processing\r\n\r\n");
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void retiresTheConnectionWhenTheServerAnnouncesToCloseIt() {
		request();
		receive("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.events.disconnections()).isOne();
		assertThat(this.channel.isActive()).isTrue();
		receive("xx");
		assertThat(this.signals).containsExactly("200", "xx", "end");
		assertThat(this.channel.isActive()).isFalse();
		assertThat(this.events.disconnections()).isOne();
	}

	@Test
	void closesTheConnectionWhenTheServerSendsWhatNoRequestHasAskedFor() {
		request();
		answer();
		receive("xxx");
		assertThat(this.events.unexpectedDataSeen()).isOne();
		assertThat(this.events.disconnections()).isZero();
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void anExchangeWhoseRequestWasNotBegunIsKnownToBeUnsent() {
		start(new Recorder(), Long.MAX_VALUE);
		this.channel.pipeline().close();
		assertThat(this.errors).singleElement().isInstanceOf(ConnectionClosedException.class);
	}

	@Test
	void anExchangeIsKnownToBeUnsentWhenTheConnectionIsResetBeforeItsRequest() {
		start(new Recorder(), Long.MAX_VALUE);
		this.channel.pipeline().fireExceptionCaught(new IOException("Connection reset"));
		assertThat(this.errors).singleElement()
			.isInstanceOf(ConnectionClosedException.class)
			.satisfies((ex) -> assertThat(ex).hasRootCauseMessage("Connection reset"));
		assertThat(this.channel.isActive()).isFalse();
		assertThat(this.events.disconnections()).isOne();
	}

	@Test
	void anExchangeWhoseRequestWasBegunHasAnUnknownOutcome() {
		request();
		this.channel.close();
		assertThat(this.errors).singleElement().isInstanceOf(EOFException.class);
	}

	@Test
	void anExchangeOfAClosedConnectionIsRefused() {
		this.channel.close();
		request();
		assertThat(this.errors).singleElement().isInstanceOf(ConnectionClosedException.class);
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void anExchangeThatWasCancelledBeforeItsTurnIsLeftOut() {
		request();
		HttpExchange waiting = this.connection.exchange("GET", "/waiting", new DefaultHttpHeaders(), null,
				new Recorder());
		waiting.begin();
		assertThat(this.connection.exchangesInFlight()).isEqualTo(2);
		waiting.cancel();
		assertThat(this.connection.exchangesInFlight()).isOne();
		answer();
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.signals).containsExactly("200", "xx", "end");
	}

	@Test
	void aCancelledExchangeStaysInFlightUntilItsAnswerHasArrivedWhichIsDropped() {
		request();
		this.exchange.cancel();
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(this.connection.exchangesInFlight()).isOne();
		answer();
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.signals).isEmpty();
		assertThat(this.errors).isEmpty();
	}

	@Test
	void aCancelAfterTheAnswerHasBegunClosesTheConnectionBeforeItReturns() {
		request();
		receive("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nx");
		this.signals.clear();
		this.exchange.cancel();
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.signals).isEmpty();
		assertThat(this.errors).isEmpty();
	}

	@Test
	void anAnswerThatIsTooLongToDropClosesTheConnection() {
		request();
		this.exchange.cancel();
		receive("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
		for (int i = 0; i < 10 && this.connection.isOpen(); i++) {
			receive("x".repeat(50_000));
		}
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void aCancelledExchangeEndsWithItsConnection() {
		request();
		this.exchange.cancel();
		this.channel.pipeline().fireChannelInactive();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.errors).isEmpty();
	}

	@Test
	void aTimeoutLeavesTheExchangeInFlightWhileTheServerAnswersOthers() {
		request();
		passTime(ALMOST);
		this.server.answered();
		passTime(1);
		assertThat(this.errors).singleElement().isInstanceOf(SocketTimeoutException.class);
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(this.connection.exchangesInFlight()).isOne();
		CompletableFuture<Void> idle = this.connection.whenIdle().toCompletableFuture();
		assertThat(idle).isNotDone();
		answer();
		assertThat(idle).isCompleted();
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(this.signals).isEmpty();
		assertThat(this.errors).hasSize(1);
	}

	@Test
	void aTimeoutClosesTheConnectionIfTheServerAnsweredNoOtherLately() {
		request();
		this.server.answered();
		passTime(TIMEOUT.toMillis());
		assertThat(this.errors).hasSize(1);
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void aTimeoutClosesTheConnectionIfTheAnswerHasBegun() {
		request();
		receive("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nx");
		passTime(ALMOST);
		this.server.answered();
		passTime(1);
		assertThat(this.errors).hasSize(1);
		assertThat(this.connection.isOpen()).isFalse();
	}

	@Test
	void anAnswerThatStaysAwayAfterATimeoutClosesTheConnection() {
		request();
		passTime(ALMOST);
		this.server.answered();
		passTime(1);
		this.server.answered();
		passTime(ALMOST);
		assertThat(this.connection.isOpen()).isTrue();
		this.server.answered();
		passTime(1);
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.errors).hasSize(1);
	}

	@Test
	void aServerThatStaysSilentAfterACancelLosesItsConnection() {
		request();
		this.exchange.cancel();
		passTime(TIMEOUT.toMillis());
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.errors).isEmpty();
	}

	@Test
	void anAnswerThatHasArrivedIsReadThoughTheServerHasClosedTheConnection() {
		request(0);
		answer();
		this.channel.pipeline().fireChannelInactive();
		assertThat(this.errors).isEmpty();
		this.exchange.request(1);
		assertThat(this.signals).containsExactly("200", "xx", "end");
	}

	@Test
	void whatAListenerThrowsEndsTheExchange() {
		exchange(new Recorder() {

			@Override
			public void onContent(ByteBuf content) {
				throw new StackOverflowError();
			}

		}, Long.MAX_VALUE);
		answer();
		assertThat(this.errors).singleElement().isInstanceOf(StackOverflowError.class);
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void anExchangeThatWasCancelledBeforeItBeganIsNeverSent() {
		HttpExchange cancelled = this.connection.exchange("GET", "/", new DefaultHttpHeaders(), null, new Recorder());
		cancelled.cancel();
		cancelled.begin();
		this.channel.runPendingTasks();
		this.channel.runScheduledPendingTasks();
		assertThat(this.channel.outboundMessages()).isEmpty();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.connection.isOpen()).isTrue();
	}

	@Test
	void anExchangeBeginsOnce() {
		request();
		this.exchange.begin();
		answer();
		this.exchange.begin();
		assertThat(this.signals).containsExactly("200", "xx", "end");
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void theLengthOfARequestIsThatOfItsBodyWhateverItsHeadersSay() {
		DefaultHttpHeaders headers = new DefaultHttpHeaders();
		headers.set("Transfer-Encoding", "chunked").set("Content-Length", "100");
		this.exchange = this.connection.exchange("POST", "/", headers, "{}".getBytes(StandardCharsets.UTF_8),
				new Recorder());
		this.exchange.begin();
		this.channel.runPendingTasks();
		this.channel.runScheduledPendingTasks();
		StringBuilder sent = new StringBuilder();
		for (ByteBuf part = this.channel.readOutbound(); part != null; part = this.channel.readOutbound()) {
			sent.append(part.toString(StandardCharsets.ISO_8859_1));
			part.release();
		}
		assertThat(sent.toString().toLowerCase(Locale.ROOT)).contains("content-length: 2\r\n")
			.doesNotContain("transfer-encoding")
			.endsWith("\r\n\r\n{}");
	}

	@Test
	void reportsAClosedConnectionOnce() {
		assertThat(this.connection.isOpen()).isTrue();
		this.channel.close();
		this.channel.close();
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.events.disconnections()).isOne();
	}

	private void request() {
		request(Long.MAX_VALUE);
	}

	private void request(long demand) {
		exchange(new Recorder(), demand);
	}

	/**
	 * Begins an exchange, and writes its request as soon as the loop has polled.
	 */
	private void exchange(Recorder listener, long demand) {
		start(listener, demand);
		this.channel.runPendingTasks();
		this.channel.runScheduledPendingTasks();
	}

	private void start(Recorder listener, long demand) {
		this.exchange = this.connection.exchange("GET", "/", new DefaultHttpHeaders(), null, listener);
		if (demand > 0) {
			this.exchange.request(demand);
		}
		this.exchange.begin();
	}

	private void head() {
		receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
	}

	private void answer() {
		receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxx");
	}

	private void receive(String bytes) {
		this.channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
	}

	private void passTime(long millis) {
		this.nanoTime += TimeUnit.MILLISECONDS.toNanos(millis);
		this.channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
		this.channel.runScheduledPendingTasks();
		this.channel.runPendingTasks();
	}

	private class Recorder implements ResponseListener {

		@Override
		public void onHead(int status, HttpHeaders headers) {
			ExchangeHandlerTests.this.signals.add(String.valueOf(status));
		}

		@Override
		public void onContent(ByteBuf content) {
			ExchangeHandlerTests.this.signals.add(content.toString(StandardCharsets.ISO_8859_1));
		}

		@Override
		public void onComplete() {
			ExchangeHandlerTests.this.signals.add("end");
		}

		@Override
		public void onError(Throwable failure) {
			ExchangeHandlerTests.this.errors.add(failure);
		}

	}

	private final class WriteHolder extends ChannelOutboundHandlerAdapter {

		@Override
		public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
			if (ExchangeHandlerTests.this.holdWrites) {
				ReferenceCountUtil.release(msg);
				ExchangeHandlerTests.this.heldWrites.add(promise);
			}
			else {
				ctx.write(msg, promise);
			}
		}

	}

}
