package dev.dbpool.transport;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.netty.NettyPipeline;

import static org.assertj.core.api.Assertions.assertThat;

class SocketHandlerTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final long ALMOST = TIMEOUT.toMillis() - 1;

	private final AtomicInteger closed = new AtomicInteger();

	private final Socket socket = new Socket(TIMEOUT, new Socket.Listener() {

		@Override
		public void ended() {
			SocketHandlerTests.this.closed.incrementAndGet();
		}

		@Override
		public void unexpectedData(int bytes, int status) {
			SocketHandlerTests.this.unexpected.add(bytes);
		}

	});

	private final List<Integer> unexpected = new ArrayList<>();

	private final List<Throwable> errors = new ArrayList<>();

	private final List<ChannelPromise> heldWrites = new ArrayList<>();

	private boolean holdWrites;

	private EmbeddedChannel channel;

	@AfterEach
	void releaseAll() {
		this.channel.finishAndReleaseAll();
	}

	@BeforeEach
	void connect() {
		this.channel = channel();
		this.channel.freezeTime();
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
		assertThat(this.socket.isOpen()).isFalse();
	}

	@Test
	void startsTheTimeAnewWithEachPartOfTheAnswer() {
		request();
		passTime(ALMOST);
		answer();
		passTime(ALMOST);
		content();
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void doesNotGiveUpBetweenExchanges() {
		request();
		answer();
		end();
		passTime(100 * TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isTrue();
	}

	@Test
	void givesEachExchangeItsFullTime() {
		request();
		answer();
		end();
		passTime(ALMOST);
		request();
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void keepsNoTimerWhenIdle() {
		request();
		answer();
		end();
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
	void isPatientWithASlowReader() {
		request();
		this.channel.config().setAutoRead(false);
		answer();
		passTime(100 * TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isTrue();
		this.channel.read();
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isFalse();
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
		end();
		assertThat(this.channel.isActive()).isFalse();
		assertThat(this.socket.isOpen()).isFalse();
		assertThat(this.channel.inboundMessages()).last().isInstanceOf(LastHttpContent.class);
		this.heldWrites.forEach(ChannelPromise::setSuccess);
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
	}

	@Test
	void startsTheTimeAnewWithAnInformationalAnswer() {
		request();
		passTime(ALMOST);
		receive("HTTP/1.1 102 Processing\r\n\r\n");
		assertThat(this.socket.isOpen()).isTrue();
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void givesUpAfterAnInformationalAnswerWhileTheFinalOneIsAwaited() {
		this.channel.config().setAutoRead(false);
		request();
		receive("HTTP/1.1 103 Early Hints\r\n\r\n");
		passTime(ALMOST);
		assertThat(this.channel.isActive()).isTrue();
		passTime(1);
		assertThat(this.errors).singleElement().isInstanceOf(SocketTimeoutException.class);
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void isPatientWithASlowReaderAfterAnInformationalAnswerInTheSameRead() {
		this.channel.config().setAutoRead(false);
		request();
		receive("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
		passTime(100 * TIMEOUT.toMillis());
		assertThat(this.channel.isActive()).isTrue();
	}

	@Test
	void retiresTheSocketWhenTheServerAnnouncesToCloseIt() {
		request();
		receive("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
		assertThat(this.socket.isOpen()).isFalse();
		assertThat(this.closed).hasValue(1);
		assertThat(this.channel.isActive()).isTrue();
	}

	@Test
	void closesTheSocketWhenTheServerSendsWhatNoRequestHasAskedFor() {
		request();
		answer();
		receive("xxx");
		assertThat(this.unexpected).containsExactly(1);
		assertThat(this.socket.isOpen()).isFalse();
		assertThat(this.channel.isActive()).isFalse();
	}

	@Test
	void knowsWhetherARequestWasBegunBeforeTheSocketWasClosed() {
		this.socket.exchangeBegins();
		this.channel.pipeline().lastContext().write(get());
		this.channel.pipeline().lastContext().close();
		assertThat(this.socket.wasClosedBeforeRequest()).isTrue();
	}

	@Test
	void knowsThatTheSocketWasLostBeforeARequestWasBegunWhenTheErrorOfTheSocketIsPassedOn() {
		List<Boolean> unsent = new ArrayList<>();
		this.channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

			@Override
			public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
				unsent.add(SocketHandlerTests.this.socket.wasClosedBeforeRequest());
			}

		});
		this.channel.pipeline().remove(NettyPipeline.ReactiveBridge);
		this.socket.exchangeBegins();
		this.channel.pipeline().lastContext().write(get());
		this.channel.pipeline().fireExceptionCaught(new IOException("Connection reset"));
		assertThat(unsent).containsExactly(true);
		assertThat(this.channel.isActive()).isFalse();
		assertThat(this.closed).hasValue(1);
	}

	@Test
	void knowsThatARequestWasBegunWhenTheSocketIsClosed() {
		this.socket.exchangeBegins();
		request();
		assertThat(this.socket.wasClosedBeforeRequest()).isFalse();
		this.channel.close();
		assertThat(this.socket.wasClosedBeforeRequest()).isFalse();
	}

	@Test
	void reportsAClosedSocketOnce() {
		assertThat(this.socket.isOpen()).isTrue();
		assertThat(this.closed).hasValue(0);
		this.channel.close();
		this.channel.close();
		assertThat(this.socket.isOpen()).isFalse();
		assertThat(this.closed).hasValue(1);
	}

	@Test
	void refusesASecondChannel() {
		EmbeddedChannel second = channel();
		assertThat(second.isOpen()).isFalse();
		assertThat(this.channel.isOpen()).isTrue();
		assertThat(this.socket.isOpen()).isTrue();
	}

	@Test
	void refusesASecondChannelOnceTheFirstWasClosed() {
		this.channel.close();
		assertThat(channel().isOpen()).isFalse();
		assertThat(this.socket.isOpen()).isFalse();
	}

	/**
	 * Makes a channel as Reactor Netty does: its pipeline is there before it is
	 * registered.
	 */
	private EmbeddedChannel channel() {
		ChannelInitializer<Channel> pipeline = new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				channel.pipeline().addLast(new WriteHolder());
				channel.pipeline().addLast(NettyPipeline.HttpCodec, new HttpClientCodec());
				channel.pipeline().addLast(NettyPipeline.ReactiveBridge, new ErrorCollector());
				SocketHandlerTests.this.socket.attach(channel, new HttpDecoderConfig());
			}

		};
		return new EmbeddedChannel(pipeline);
	}

	private void request() {
		this.channel.writeOutbound(get());
	}

	private static DefaultFullHttpRequest get() {
		return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
	}

	private void answer() {
		receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
	}

	private void content() {
		receive("x");
	}

	private void end() {
		receive("xx");
	}

	private void receive(String bytes) {
		this.channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
	}

	private void passTime(long millis) {
		this.channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
		this.channel.runScheduledPendingTasks();
	}

	private final class ErrorCollector extends ChannelInboundHandlerAdapter {

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			SocketHandlerTests.this.errors.add(cause);
		}

	}

	private final class WriteHolder extends ChannelOutboundHandlerAdapter {

		@Override
		public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
			if (SocketHandlerTests.this.holdWrites) {
				ReferenceCountUtil.release(msg);
				SocketHandlerTests.this.heldWrites.add(promise);
			}
			else {
				ctx.write(msg, promise);
			}
		}

	}

}
