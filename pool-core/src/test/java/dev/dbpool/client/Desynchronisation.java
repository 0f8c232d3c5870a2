package dev.dbpool.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.transport.TestServer;
import dev.dbpool.transport.TestServer.Peer;
import dev.dbpool.transport.TestServer.Request;

/**
 * A behaviour of a server that can make answers and requests disagree. Two of three
 * requests on a connection are answered properly, the third as described.
 *
 * @param name what the server does
 * @param legal whether RFC 9110 and 9112 allow it
 * @param late whether it does something after its answer that may arrive when the next
 * request was sent already: an answer too many is then taken for the answer to that
 * request, and the end of the connection fails it
 * @param answer answers every third request on a connection
 */
record Desynchronisation(String name, boolean legal, boolean late, Answer answer) {

	private static final String HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";

	static List<Desynchronisation> all() {
		List<Desynchronisation> all = new ArrayList<>();
		legal(all);
		extraAnswers(all);
		bodiesAndLengths(all);
		garbage(all);
		return all;
	}

	private static void legal(List<Desynchronisation> all) {
		all.add(new Desynchronisation("a plain answer", true, false, (peer, user) -> peer.send(ok(user))));
		all.add(new Desynchronisation("103, then the answer a few ms later", true, false, (peer, user) -> {
			peer.send(HINTS);
			later(peer, ok(user));
		}));
		all.add(new Desynchronisation("103 and the answer in one write", true, false,
				(peer, user) -> peer.send(HINTS + ok(user))));
		all.add(new Desynchronisation("102 three times, then the answer a few ms later", true, false, (peer, user) -> {
			peer.send("HTTP/1.1 102 Processing\r\n\r\n".repeat(3));
			later(peer, ok(user));
		}));
		all.add(new Desynchronisation("100 that was not asked for, then the answer", true, false, (peer, user) -> {
			peer.send("HTTP/1.1 100 Continue\r\n\r\n");
			later(peer, ok(user));
		}));
		all.add(new Desynchronisation("an answer byte by byte, after a 103", true, false, (peer, user) -> {
			for (char next : (HINTS + ok(user)).toCharArray()) {
				peer.send(String.valueOf(next));
			}
		}));
		all.add(new Desynchronisation("chunks and a trailer", true, false, (peer, user) -> peer.send(chunked(user))));
		all.add(new Desynchronisation("Connection: close, and closes", true, false, (peer, user) -> {
			peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n" + length(user));
			peer.close();
		}));
		all.add(new Desynchronisation("a body that ends with the connection", true, false, (peer, user) -> {
			peer.send("HTTP/1.1 200 OK\r\n\r\n" + user);
			peer.close();
		}));
		all.add(new Desynchronisation("closes after the answer without announcing it", true, true, (peer, user) -> {
			peer.send(ok(user));
			peer.close();
		}));
	}

	private static void extraAnswers(List<Desynchronisation> all) {
		all.add(illegal("a second answer in the same write", (peer, user) -> peer.send(ok(user) + ok(stale(user)))));
		all.add(late("a second answer a few ms later", (peer, user) -> {
			peer.send(ok(user));
			peer.oweLater(ok(stale(user)));
		}));
		all.add(illegal("the head of a second answer in the same write, the rest later", (peer, user) -> {
			String second = ok(stale(user));
			peer.send(ok(user) + second.substring(0, 20));
			later(peer, second.substring(20));
		}));
		all.add(late("a second answer without a pause in a write of its own", (peer, user) -> {
			peer.send(ok(user));
			peer.send(ok(stale(user)));
		}));
		all.add(illegal("an informational answer after the answer", (peer, user) -> peer.send(ok(user) + HINTS)));
		all.add(late("408 on the idle connection, and closes", (peer, user) -> {
			peer.send(ok(user));
			later(peer, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n" + length(stale(user)));
			peer.close();
		}));
		all.add(late("a second answer after the next request was sent", (peer, user) -> {
			peer.send(ok(user));
			peer.owe(ok(stale(user)));
		}));
	}

	private static void bodiesAndLengths(List<Desynchronisation> all) {
		for (String status : List.of("204 No Content", "205 Reset Content", "304 Not Modified")) {
			all.add(illegal(status.substring(0, 3) + " with a body that looks like an answer",
					(peer, user) -> peer.send("HTTP/1.1 " + status + "\r\n\r\n" + ok(stale(user)))));
		}
		all.add(illegal("a body longer than its Content-Length",
				(peer, user) -> peer.send(ok(user) + "and more\r\n\r\n" + ok(stale(user)))));
		all.add(illegal("an empty line after the answer", (peer, user) -> peer.send(ok(user) + "\r\n")));
		all.add(illegal("junk after the last chunk", (peer, user) -> peer.send(chunked(user) + "junk")));
		all.add(illegal("a second end of the chunks", (peer, user) -> peer.send(chunked(user) + "0\r\n\r\n")));
		all.add(illegal("HTTP/1.0 with keep-alive, plus a second answer", (peer, user) -> peer
			.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length(user) + ok(stale(user)))));
		all.add(illegal("Content-Length and Transfer-Encoding", (peer, user) -> peer
			.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + length(user) + ok(stale(user)))));
		all.add(illegal("two different Content-Lengths", (peer, user) -> peer
			.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + length(user) + ok(stale(user)))));
		all.add(illegal("a negative Content-Length",
				(peer, user) -> peer.send("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + ok(stale(user)))));
		all.add(illegal("half an answer, and closes", (peer, user) -> {
			peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + user);
			peer.close();
		}));
	}

	private static void garbage(List<Desynchronisation> all) {
		all.add(illegal("a status line that is none", (peer, user) -> peer.send("garbage\r\n\r\n" + ok(stale(user)))));
		all.add(illegal("a chunk size that is none", (peer, user) -> peer
			.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" + ok(stale(user)))));
		all.add(illegal("101 that was not asked for", (peer, user) -> peer
			.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + ok(stale(user)))));
		all.add(illegal("an answer before the request, in the middle of the one before",
				(peer, user) -> peer.send(ok(user) + "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")));
	}

	private static Desynchronisation late(String name, Answer answer) {
		return new Desynchronisation(name, false, true, answer);
	}

	private static Desynchronisation illegal(String name, Answer answer) {
		return new Desynchronisation(name, false, false, answer);
	}

	private static String ok(String user) {
		return "HTTP/1.1 200 OK\r\n" + length(user);
	}

	private static String length(String user) {
		return "Content-Length: " + user.length() + "\r\n\r\n" + user;
	}

	private static String chunked(String user) {
		return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n"
			.formatted(user.length(), user);
	}

	/**
	 * The answer to another request of the same length.
	 */
	private static String stale(String user) {
		return "!" + user.substring(1);
	}

	private static void later(Conversation peer, String bytes) throws IOException, InterruptedException {
		peer.pause();
		peer.send(bytes);
	}

	TestServer start() {
		Map<Peer, Conversation> conversations = new ConcurrentHashMap<>();
		return TestServer
			.start((request, peer) -> conversations.computeIfAbsent(peer, (key) -> new Conversation(key, this.answer))
				.next(request));
	}

	/**
	 * Answers a request.
	 */
	@FunctionalInterface
	interface Answer {

		void send(Conversation peer, String user) throws IOException, InterruptedException;

	}

	/**
	 * What was said on one connection.
	 */
	static final class Conversation {

		private static final long PAUSE_MILLIS = 3;

		private final Peer peer;

		private final Answer answer;

		private final AtomicInteger requests = new AtomicInteger();

		private String owed = "";

		private boolean owedLater;

		Conversation(Peer peer, Answer answer) {
			this.peer = peer;
			this.answer = answer;
		}

		/**
		 * Answers a request, in one write with the answer that is owed. Between two
		 * writes the machine may pause, for as long as it takes to make any number of
		 * calls.
		 */
		synchronized void next(Request request) throws IOException, InterruptedException {
			String user = request.path().substring(request.path().lastIndexOf('.') + 1);
			if (this.owedLater) {
				pause();
			}
			String before = takeOwed();
			if (this.requests.incrementAndGet() % 3 == 0) {
				send(before);
				this.answer.send(this, user);
			}
			else {
				send(before + ok(user));
			}
		}

		private String takeOwed() {
			String bytes = this.owed;
			this.owed = "";
			this.owedLater = false;
			return bytes;
		}

		void send(String bytes) throws IOException {
			if (!bytes.isEmpty()) {
				this.peer.send(bytes);
			}
		}

		void owe(String bytes) {
			this.owed = bytes;
		}

		/**
		 * Sends bytes after a pause, also if no request arrives in it.
		 */
		void oweLater(String bytes) {
			owe(bytes);
			this.owedLater = true;
			CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS).execute(this::sendOwed);
		}

		private synchronized void sendOwed() {
			if (this.owedLater) {
				try {
					send(takeOwed());
				}
				catch (IOException ex) {
					// the client has closed the connection
				}
			}
		}

		/**
		 * The time that a server takes between two writes. It is part of the behaviour
		 * under test, and nothing depends on how long it really takes.
		 */
		void pause() throws InterruptedException {
			Thread.sleep(PAUSE_MILLIS);
		}

		void close() throws IOException {
			this.peer.close();
		}

	}

	@Override
	public String toString() {
		return this.name;
	}

}
