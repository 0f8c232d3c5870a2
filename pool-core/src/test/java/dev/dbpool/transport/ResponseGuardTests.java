package dev.dbpool.transport;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(BufferLeakCheck.class)
class ResponseGuardTests {

	private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright";

	private static final String WRONG = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong";

	private final List<String> reports = new ArrayList<>();

	private final List<String> passedOn = new ArrayList<>();

	private final List<Throwable> errors = new ArrayList<>();

	private Runnable onEnd = () -> {
	};

	private int reads;

	private final EmbeddedChannel channel = channel();

	@AfterEach
	void releaseAll() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void anAnswerIsPassedOnAndTheConnectionCanBeUsedAgain() {
		for (int i = 0; i < 3; i++) {
			request(HttpMethod.GET);
			receive(OK);
		}
		assertThat(this.passedOn).containsExactly("200", "right", "end", "200", "right", "end", "200", "right", "end");
		assertThat(this.reports).containsExactly("begins", "begins", "begins");
		assertThat(this.channel.isOpen()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "100 Continue", "102 Processing", "103 Early Hints", "199 Anything" })
	void informationalAnswersAreDropped(String status) {
		String informational = "HTTP/1.1 " + status + "\r\nLink: </x>; rel=preload\r\n\r\n";
		request(HttpMethod.GET);
		receive(informational);
		receive(informational + informational);
		assertThat(this.passedOn).isEmpty();
		receive(informational + OK);
		assertThat(this.passedOn).containsExactly("200", "right", "end");
		request(HttpMethod.GET);
		receive(OK);
		assertThat(this.passedOn).hasSize(6);
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Test
	void anInformationalAnswerIsDroppedWhileTheRequestIsWritten() {
		this.channel.writeOutbound(post());
		receive("HTTP/1.1 100 Continue\r\n\r\n");
		this.channel.writeOutbound(new DefaultLastHttpContent(bytes("body")));
		receive(OK);
		assertThat(this.passedOn).containsExactly("200", "right", "end");
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Test
	void handlersAboveAreNotifiedOfAnInformationalAnswer() {
		List<Object> events = new ArrayList<>();
		this.channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

			@Override
			public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
				events.add(event);
			}

		});
		request(HttpMethod.GET);
		receive("HTTP/1.1 103 Early Hints\r\n\r\n");
		assertThat(events).containsExactly(ResponseGuard.INFORMATIONAL);
	}

	@Test
	void aSwitchOfProtocolsIsAnError() {
		request(HttpMethod.GET);
		receive("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nPRI * HTTP/2.0");
		assertThat(this.errors).singleElement().isInstanceOf(ProtocolException.class);
		assertThat(this.passedOn).isEmpty();
		assertClosed("begins", "retired");
	}

	@ParameterizedTest
	@MethodSource("answersWithExcess")
	void excessInTheSameReadClosesTheConnectionAfterTheAnswerWasPassedOn(String method, String answer, String excess,
			List<String> expected) {
		request(HttpMethod.valueOf(method));
		receive(answer + excess);
		assertThat(this.passedOn).isEqualTo(expected);
		assertThat(this.channel.isOpen()).isFalse();
		assertThat(this.reports).startsWith("begins")
			.containsAnyOf("unexpected " + excess.length() + " after " + expected.get(0), "retired");
	}

	@ParameterizedTest
	@MethodSource("answersWithExcess")
	void excessClosesTheConnectionWhereverTheReadsAreSplit(String method, String answer, String excess,
			List<String> expected) {
		String all = answer + excess;
		for (int split = 1; split < all.length(); split++) {
			this.passedOn.clear();
			this.reports.clear();
			EmbeddedChannel channel = channel();
			channel.writeOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), "/"));
			channel.writeInbound(bytes(all.substring(0, split)));
			if (channel.isOpen()) {
				channel.writeInbound(bytes(all.substring(split)));
			}
			assertThat(String.join("", this.passedOn)).as("split at %d", split).isEqualTo(String.join("", expected));
			assertThat(channel.isOpen()).as("split at %d", split).isFalse();
			assertThat(this.reports).as("split at %d", split).hasSize(2);
			channel.finishAndReleaseAll();
		}
	}

	static Stream<Arguments> answersWithExcess() {
		List<String> ok = List.of("200", "right", "end");
		String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nright\r\n0\r\n\r\n";
		return Stream.of(excess("GET", OK, WRONG, ok), excess("GET", OK, "H", ok), excess("GET", OK, "\r\n", ok),
				excess("GET", OK, "HTTP/1.1 103 Early Hints\r\n\r\n", ok),
				excess("GET", "HTTP/1.1 103 Early Hints\r\n\r\n" + OK, WRONG, ok), excess("GET", chunked, "junk", ok),
				excess("GET", chunked, "0\r\n\r\n", ok),
				excess("GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n" + "Connection: keep-alive\r\n\r\nright",
						"and more", ok),
				excess("GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nright", "and more", ok),
				excess("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "wrong", List.of("204", "end")),
				excess("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\n", "wrong",
						List.of("205", "end")),
				excess("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "wrong", List.of("304", "end")),
				excess("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "wrong", List.of("200", "end")),
				excess("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nwrong\r\n0\r\n\r\n",
						List.of("200", "end")));
	}

	private static Arguments excess(String method, String answer, String excess, List<String> expected) {
		return Arguments.of(method, answer, excess, expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { OK, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 2", "H", "\r",
			"\0", "HTTP/1.1 103 Early Hints\r\n\r\n" })
	void anyByteWhileNoRequestIsOutstandingClosesTheConnection(String bytes) {
		request(HttpMethod.GET);
		receive(OK);
		receive(bytes);
		assertThat(this.passedOn).containsExactly("200", "right", "end");
		assertClosed("begins", "unexpected " + bytes.length() + " after 0");
	}

	@Test
	void anyByteBeforeTheFirstRequestClosesTheConnection() {
		receive("x");
		assertClosed("unexpected 1 after 0");
	}

	@Test
	void aRequestIsNotSentWhenUnexpectedDataHasArrivedBefore() {
		ChannelFuture written = writeWithoutRunningTasks(get());
		this.channel.pipeline().fireChannelRead(bytes(WRONG));
		this.channel.runPendingTasks();
		assertThat(written.cause()).isInstanceOf(ClosedChannelException.class);
		assertThat(this.channel.<Object>readOutbound()).isNull();
		assertThat(this.passedOn).isEmpty();
		assertClosed("unexpected " + WRONG.length() + " after 0");
	}

	@Test
	void aRequestIsNotSentWhenTheSocketWasClosedBefore() {
		ChannelFuture written = writeWithoutRunningTasks(get());
		closeSocket();
		this.channel.runPendingTasks();
		assertThat(written.cause()).isInstanceOf(ClosedChannelException.class);
		assertThat(this.reports).isEmpty();
	}

	@Test
	void aRequestIsWrittenInOrderOnceTheSocketWasLookedAt() {
		writeWithoutRunningTasks(post());
		ChannelFuture end = writeWithoutRunningTasks(new DefaultLastHttpContent(bytes("body")));
		assertThat(this.channel.outboundMessages()).isEmpty();
		this.channel.runPendingTasks();
		assertThat(end.isSuccess()).isTrue();
		assertThat(outbound()).startsWith("POST / HTTP/1.1").endsWith("body");
	}

	@Test
	void aSecondRequestIsRefusedWhileOneIsOutstanding() {
		request(HttpMethod.GET);
		ChannelFuture second = this.channel.writeOneOutbound(get());
		assertThat(second.cause()).isInstanceOf(IllegalStateException.class);
		receive(OK);
		assertThat(this.passedOn).containsExactly("200", "right", "end");
	}

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nright",
			"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nright",
			"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nright" })
	void anAnnouncedCloseOrHttp10RetiresTheConnectionGracefully(String answer) {
		request(HttpMethod.GET);
		receive(answer.substring(0, answer.length() - 1));
		assertThat(this.reports).containsExactly("begins", "retired");
		assertThat(this.channel.isOpen()).isTrue();
		receive(answer.substring(answer.length() - 1));
		assertThat(String.join("", this.passedOn)).isEqualTo("200rightend");
		assertThat(this.channel.isOpen()).isFalse();
	}

	@Test
	void anAnswerToHeadWithoutALengthRetiresTheConnection() {
		request(HttpMethod.HEAD);
		receive("HTTP/1.1 200 OK\r\n\r\n");
		assertThat(this.passedOn).containsExactly("200", "end");
		assertClosed("begins", "retired");
	}

	@Test
	void anAnswerToHeadWithALengthKeepsTheConnection() {
		request(HttpMethod.HEAD);
		receive("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
		request(HttpMethod.GET);
		receive(OK);
		assertThat(this.passedOn).containsExactly("200", "end", "200", "right", "end");
	}

	@Test
	void anAnswerBeforeTheEndOfTheRequestIsPassedOnAndEndsTheConnection() {
		this.channel.writeOutbound(post());
		receive("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
		assertThat(this.passedOn).containsExactly("413", "end");
		ChannelFuture rest = this.channel.writeOneOutbound(new DefaultLastHttpContent(bytes("body")));
		assertThat(rest.cause()).isInstanceOf(ClosedChannelException.class);
		assertClosed("begins", "retired");
	}

	@ParameterizedTest
	@ValueSource(strings = { "garbage\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nright",
			"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nright" })
	void aHeadThatIsNotHttpIsAnError(String answer) {
		request(HttpMethod.GET);
		receive(answer);
		assertThat(this.errors).singleElement()
			.isInstanceOf(ProtocolException.class)
			.satisfies((ex) -> assertThat(ex).hasMessageContaining("not valid HTTP/1.1"));
		assertThat(this.passedOn).isEmpty();
		assertClosed("begins", "retired");
	}

	@Test
	void aChunkThatIsNotHttpIsAnError() {
		request(HttpMethod.GET);
		receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nwrong\r\n0\r\n\r\n");
		assertThat(this.errors).singleElement().isInstanceOf(ProtocolException.class);
		assertThat(this.passedOn).containsExactly("200");
		assertClosed("begins", "retired");
	}

	@Test
	void aHeadThatIsTooLongIsReportedAsSuch() {
		request(HttpMethod.GET);
		receive("HTTP/1.1 200 OK\r\nX: " + "x".repeat(10_000) + "\r\n\r\n");
		assertThat(this.errors).singleElement().isInstanceOf(TooLongHttpHeaderException.class);
		assertThat(this.channel.isOpen()).isFalse();
	}

	@Test
	void anAnswerThatEndsWithTheSocketIsPassedOn() {
		request(HttpMethod.GET);
		receive("HTTP/1.1 200 OK\r\n\r\nright");
		closeSocket();
		assertThat(this.passedOn).containsExactly("200", "right", "end");
	}

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nright",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nright\r\n" })
	void theEndOfAnAnswerThatIsCutOffIsNotPassedOn(String answer) {
		request(HttpMethod.GET);
		receive(answer);
		closeSocket();
		assertThat(this.passedOn).containsExactly("200", "right");
	}

	@Test
	void aHeadThatIsCutOffIsNotPassedOn() {
		request(HttpMethod.GET);
		receive("HTTP/1.1 200 OK\r\nContent-Le");
		closeSocket();
		assertThat(this.passedOn).isEmpty();
		assertThat(this.errors).isEmpty();
	}

	@Test
	void theEndOfAnAnswerIsPassedOnAtTheEndOfItsRead() {
		request(HttpMethod.GET);
		this.channel.pipeline().fireChannelRead(bytes(OK));
		assertThat(this.passedOn).containsExactly("200");
		this.channel.pipeline().fireChannelReadComplete();
		assertThat(this.passedOn).containsExactly("200", "right", "end");
	}

	@Test
	void nothingIsPassedOnAfterThisSideHasClosed() {
		request(HttpMethod.GET);
		this.channel.pipeline().fireChannelRead(bytes(OK));
		this.channel.close();
		this.channel.pipeline().fireChannelReadComplete();
		assertThat(this.passedOn).containsExactly("200");
	}

	@ParameterizedTest
	@ValueSource(strings = { OK, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nright\r\n0\r\nX-Trailer: 1\r\n\r\n" })
	void aLegalAnswerKeepsTheConnectionWhereverTheReadsAreSplit(String answer) {
		for (int split = 1; split < answer.length(); split++) {
			this.passedOn.clear();
			EmbeddedChannel channel = channel();
			for (int exchange = 0; exchange < 2; exchange++) {
				channel.writeOutbound(get());
				channel.writeInbound(bytes(answer.substring(0, split)));
				channel.writeInbound(bytes(answer.substring(split)));
			}
			assertThat(String.join("", this.passedOn)).as("split at %d", split).isEqualTo("200rightend".repeat(2));
			assertThat(channel.isOpen()).as("split at %d", split).isTrue();
			channel.finishAndReleaseAll();
		}
	}

	@Test
	void anAnswerBeforeTheRequestHasLeftTheProcessEndsTheConnection() {
		this.channel.writeOneOutbound(get());
		this.channel.runPendingTasks();
		receive(OK);
		assertThat(String.join("", this.passedOn)).isEqualTo("200rightend");
		assertClosed("begins", "retired");
	}

	@Test
	void aRequestThatFollowsTheLastAnswerIsRefusedAsOneOnAClosedConnection() {
		List<ChannelFuture> next = new ArrayList<>();
		this.onEnd = () -> next.add(this.channel.pipeline().lastContext().writeAndFlush(get()));
		request(HttpMethod.GET);
		receive(OK + WRONG);
		assertThat(next).singleElement()
			.satisfies((refused) -> assertThat(refused.cause()).isInstanceOf(ClosedChannelException.class));
	}

	@Test
	void theEndThatIsHeldBackIsReleasedWhenTheConnectionIsClosed() {
		request(HttpMethod.GET);
		ByteBuf answer = bytes(OK);
		this.channel.pipeline().fireChannelRead(answer);
		assertThat(answer.refCnt()).isPositive();
		this.channel.close();
		assertThat(answer.refCnt()).isZero();
	}

	@Test
	void aRequestThatIsHeldBackIsReleasedWhenTheConnectionIsClosed() {
		ByteBuf body = bytes("body");
		writeWithoutRunningTasks(post());
		ChannelFuture end = writeWithoutRunningTasks(new DefaultLastHttpContent(body));
		this.channel.pipeline().lastContext().close();
		assertThat(end.cause()).isInstanceOf(ClosedChannelException.class);
		assertThat(body.refCnt()).isZero();
	}

	@Test
	void aRefusedRequestIsReleased() {
		request(HttpMethod.GET);
		ByteBuf body = bytes("body");
		this.channel.writeOneOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/", body));
		assertThat(body.refCnt()).isZero();
	}

	@Test
	void theSocketIsReadOnWhereTheApplicationDoesNot() {
		this.channel.config().setAutoRead(false);
		request(HttpMethod.GET);
		this.reads = 0;
		receive("HTTP/1.1 103 Early Hints\r\n\r\n");
		assertThat(this.reads).as("after an informational answer").isEqualTo(1);
		receive(OK.substring(0, OK.length() - 1));
		assertThat(this.reads).as("in the body, which the application asks for").isEqualTo(1);
		receive(OK.substring(OK.length() - 1));
		assertThat(this.reads).as("after the answer").isEqualTo(2);
	}

	@Test
	void aSocketThatIsReadAllTheTimeIsNotAskedFor() {
		request(HttpMethod.GET);
		this.reads = 0;
		receive("HTTP/1.1 103 Early Hints\r\n\r\n");
		receive(OK);
		assertThat(this.reads).as("by the channel itself, at the end of each read").isEqualTo(2);
	}

	@Test
	void theLossOfAnOpenSocketWithoutARequestRetiresTheConnection() {
		IOException reset = new IOException("Connection reset");
		this.channel.pipeline().fireExceptionCaught(reset);
		assertThat(this.errors).containsExactly(reset);
		assertClosed("retired");
	}

	@Test
	void otherFailuresAreLeftToTheHandlersAbove() {
		request(HttpMethod.GET);
		IOException reset = new IOException("Connection reset");
		this.channel.pipeline().fireExceptionCaught(reset);
		assertThat(this.errors).containsExactly(reset);
		assertThat(this.reports).containsExactly("begins");
		assertThat(this.channel.isOpen()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(classes = { SSLException.class, IllegalStateException.class })
	void failuresThatAreNoLossOfTheSocketAreLeftToTheHandlersAbove(Class<? extends Exception> type) throws Exception {
		this.channel.pipeline().fireExceptionCaught(type.getConstructor(String.class).newInstance("failed"));
		assertThat(this.errors).singleElement().isInstanceOf(type);
		assertThat(this.reports).isEmpty();
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Test
	void aFailureBeforeTheSocketIsOpenIsLeftToTheHandlersAbove() {
		EmbeddedChannel opening = new EmbeddedChannel(false);
		ResponseGuard guard = new ResponseGuard(listener());
		opening.pipeline().addLast(guard.codec(new HttpDecoderConfig()), guard, new Collector());
		opening.pipeline().fireExceptionCaught(new IOException("Connection refused"));
		assertThat(this.errors).hasSize(1);
		assertThat(this.reports).isEmpty();
	}

	private EmbeddedChannel channel() {
		ResponseGuard guard = new ResponseGuard(listener());
		ChannelOutboundHandlerAdapter reads = new ChannelOutboundHandlerAdapter() {

			@Override
			public void read(ChannelHandlerContext ctx) {
				ResponseGuardTests.this.reads++;
				ctx.read();
			}

		};
		return new EmbeddedChannel(reads, guard.codec(new HttpDecoderConfig()), guard, new Collector());
	}

	private ResponseGuard.Listener listener() {
		return new ResponseGuard.Listener() {

			@Override
			public void requestBegins() {
				ResponseGuardTests.this.reports.add("begins");
			}

			@Override
			public void retired() {
				ResponseGuardTests.this.reports.add("retired");
			}

			@Override
			public void unexpectedData(int bytes, int status) {
				ResponseGuardTests.this.reports.add("unexpected " + bytes + " after " + status);
			}

		};
	}

	private static DefaultFullHttpRequest get() {
		return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
	}

	private static DefaultHttpRequest post() {
		return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
	}

	/**
	 * Writes as the event loop does: what is scheduled runs later.
	 */
	private ChannelFuture writeWithoutRunningTasks(Object msg) {
		return this.channel.pipeline().lastContext().writeAndFlush(msg);
	}

	/**
	 * Closes the socket from the server's side: no handler asks for it.
	 */
	private void closeSocket() {
		this.channel.unsafe().close(this.channel.unsafe().voidPromise());
	}

	private void request(HttpMethod method) {
		this.channel.writeOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/"));
	}

	private void receive(String bytes) {
		this.channel.writeInbound(bytes(bytes));
	}

	private static ByteBuf bytes(String text) {
		return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
	}

	private String outbound() {
		StringBuilder sent = new StringBuilder();
		for (ByteBuf part = this.channel.readOutbound(); part != null; part = this.channel.readOutbound()) {
			sent.append(part.toString(StandardCharsets.ISO_8859_1));
			part.release();
		}
		return sent.toString();
	}

	private void assertClosed(String... expected) {
		assertThat(this.channel.isOpen()).isFalse();
		assertThat(this.reports).containsExactly(expected);
	}

	private final class Collector extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			List<String> passedOn = ResponseGuardTests.this.passedOn;
			if (msg instanceof HttpResponse response) {
				passedOn.add(String.valueOf(response.status().code()));
			}
			if (msg instanceof HttpContent content && content.content().isReadable()) {
				passedOn.add(content.content().toString(StandardCharsets.ISO_8859_1));
			}
			if (msg instanceof LastHttpContent) {
				passedOn.add("end");
				ResponseGuardTests.this.onEnd.run();
			}
			ReferenceCountUtil.release(msg);
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ResponseGuardTests.this.errors.add(cause);
		}

	}

}
