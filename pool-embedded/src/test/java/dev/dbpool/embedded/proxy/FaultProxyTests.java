package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.embedded.LoopbackPorts;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class FaultProxyTests {

	private static final Duration LONG = Duration.ofDays(1);

	private final Peer peer = new Peer();

	private final FaultProxy proxy = FaultProxy.to("127.0.0.1", this.peer.port());

	private final List<Socket> clients = new ArrayList<>();

	@AfterEach
	void close() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
		this.proxy.close();
		this.peer.close();
	}

	@Test
	void dataAndTheEndOfEachDirectionPass() throws Exception {
		Socket client = connect();
		Socket server = this.peer.next();
		send(client, "request");
		client.shutdownOutput();
		assertThat(readAll(server)).isEqualTo("request");
		send(server, "answer");
		server.close();
		assertThat(readAll(client)).isEqualTo("answer");
		Awaitility.await().until(() -> this.proxy.open() == 0);
	}

	@Test
	void connectionsAreCounted() throws Exception {
		connect();
		Socket second = connect();
		this.peer.next();
		Socket secondServer = this.peer.next();
		assertThat(this.proxy.accepted()).isEqualTo(2);
		assertThat(this.proxy.open()).isEqualTo(2);
		second.close();
		secondServer.close();
		Awaitility.await().until(() -> this.proxy.open() == 1);
		connect();
		this.peer.next();
		assertThat(this.proxy.accepted()).isEqualTo(3);
		assertThat(this.proxy.mostOpen()).isEqualTo(2);
	}

	@Test
	void muchDataPassesToASlowReader() throws Exception {
		byte[] data = new byte[8_000_000];
		new Random(1).nextBytes(data);
		Socket client = connect();
		Socket server = this.peer.next();
		CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
			try (server) {
				server.getOutputStream().write(data);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
		assertThat(client.getInputStream().readAllBytes()).isEqualTo(data);
		assertThat(sent).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void unreachableServerClosesTheClient() throws Exception {
		int port = LoopbackPorts.take();
		try (FaultProxy nowhere = FaultProxy.to("127.0.0.1", port); Socket client = connect(nowhere)) {
			assertThat(client.getInputStream().read()).isEqualTo(-1);
			Awaitility.await().until(() -> nowhere.open() == 0);
		}
		finally {
			LoopbackPorts.release(port);
		}
	}

	@Test
	void latencyDelaysWithoutLossOrReordering() throws Exception {
		this.proxy.addDownstream(Toxic.latency(Duration.ofMillis(150), Duration.ofMillis(50)));
		Socket client = connect();
		Socket server = this.peer.next();
		StringBuilder expected = new StringBuilder();
		long start = System.nanoTime();
		for (int i = 0; i < 50; i++) {
			send(server, i + ";");
			expected.append(i).append(';');
		}
		assertThat(client.getInputStream().read()).isEqualTo('0');
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(100).toNanos());
		server.close();
		assertThat('0' + readAll(client)).isEqualTo(expected.toString());
	}

	@Test
	void removedLatencyPassesOnWhatItDelayed() throws Exception {
		Toxic latency = Toxic.latency(LONG);
		AtomicInteger arrived = new AtomicInteger();
		this.proxy.addUpstream(counting(arrived));
		this.proxy.addUpstream(latency);
		Socket client = connect();
		Socket server = this.peer.next();
		send(client, "first");
		Awaitility.await().until(() -> arrived.get() == 5);
		assertThat(server.getInputStream().available()).isZero();
		this.proxy.remove(latency);
		send(client, " second");
		client.shutdownOutput();
		assertThat(readAll(server)).isEqualTo("first second");
	}

	@Test
	void toxicAppliesToItsDirectionOnly() throws Exception {
		this.proxy.addUpstream(Toxic.latency(LONG));
		Socket client = connect();
		Socket server = this.peer.next();
		send(client, "request");
		send(server, "answer");
		assertThat(read(client, 6)).isEqualTo("answer");
		assertThat(server.getInputStream().available()).isZero();
	}

	@Test
	void toxicAppliesToOpenConnections() throws Exception {
		Socket client = connect();
		Socket server = this.peer.next();
		send(server, "before");
		assertThat(read(client, 6)).isEqualTo("before");
		this.proxy.addDownstream(Toxic.limitData(2));
		send(server, "after");
		assertThat(readAll(client)).isEqualTo("af");
	}

	@Test
	void bandwidthIsLimited() throws Exception {
		this.proxy.addDownstream(Toxic.bandwidth(100));
		Socket client = connect();
		Socket server = this.peer.next();
		byte[] data = new byte[30_000];
		new Random(1).nextBytes(data);
		long start = System.nanoTime();
		server.getOutputStream().write(data);
		server.close();
		assertThat(client.getInputStream().readAllBytes()).isEqualTo(data);
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(300).toNanos());
	}

	@Test
	void slowCloseDelaysTheEndAlone() throws Exception {
		Toxic slowClose = Toxic.slowClose(Duration.ofMillis(200));
		this.proxy.addDownstream(slowClose);
		Socket client = connect();
		Socket server = this.peer.next();
		long start = System.nanoTime();
		send(server, "answer");
		server.close();
		assertThat(read(client, 6)).isEqualTo("answer");
		assertThat(client.getInputStream().read()).isEqualTo(-1);
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(200).toNanos());
	}

	@Test
	void timeoutDropsDataAndClosesTheConnection() throws Exception {
		AtomicInteger arrived = new AtomicInteger();
		this.proxy.addUpstream(counting(arrived));
		this.proxy.addUpstream(Toxic.timeout(Duration.ofMillis(300)));
		long start = System.nanoTime();
		Socket client = connect();
		Socket server = this.peer.next();
		send(client, "lost");
		assertThat(readAll(server)).isEmpty();
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(300).toNanos());
		assertThat(client.getInputStream().read()).isEqualTo(-1);
		assertThat(arrived).hasValue(4);
	}

	@Test
	void timeoutOfZeroDropsDataUntilItIsRemoved() throws Exception {
		AtomicInteger arrived = new AtomicInteger();
		Toxic timeout = Toxic.timeout(Duration.ZERO);
		this.proxy.addUpstream(counting(arrived));
		this.proxy.addUpstream(timeout);
		Socket client = connect();
		Socket server = this.peer.next();
		send(client, "lost");
		Awaitility.await().until(() -> arrived.get() == 4);
		this.proxy.remove(timeout);
		send(client, "passed");
		client.shutdownOutput();
		assertThat(readAll(server)).isEqualTo("passed");
	}

	@Test
	void resetPeerResetsTheConnectionWhenDataArrives() throws Exception {
		this.proxy.addUpstream(Toxic.resetPeer(Duration.ofMillis(100)));
		Socket client = connect();
		Socket server = this.peer.next();
		long start = System.nanoTime();
		send(client, "request");
		assertReset(client);
		assertReset(server);
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(100).toNanos());
	}

	@Test
	void slicerSlicesDataIntoPieces() throws Exception {
		List<Integer> sizes = new CopyOnWriteArrayList<>();
		this.proxy.addDownstream(Toxic.slicer(10, 4, Duration.ofMillis(2)));
		this.proxy.addDownstream(Toxic.cut((connection) -> (count) -> {
			sizes.add(count);
			return OptionalInt.empty();
		}));
		Socket client = connect();
		Socket server = this.peer.next();
		String text = "0123456789".repeat(20);
		send(server, text);
		server.close();
		assertThat(readAll(client)).isEqualTo(text);
		assertThat(sizes).hasSizeGreaterThan(10);
		assertThat(sizes.subList(0, 10)).allSatisfy((size) -> assertThat(size).isBetween(6, 14))
			.anySatisfy((size) -> assertThat(size).isNotEqualTo(10));
	}

	@Test
	void limitDataClosesTheConnectionAfterItsBytes() throws Exception {
		this.proxy.addDownstream(Toxic.limitData(10));
		Socket client = connect();
		Socket server = this.peer.next();
		send(server, "01234");
		assertThat(read(client, 5)).isEqualTo("01234");
		send(server, "56789abc");
		assertThat(readAll(client)).isEqualTo("56789");
		Awaitility.await().until(() -> this.proxy.open() == 0);
	}

	@Test
	void endOfAnEarlierToxicFollowsWhatALaterOneHasDelayed() throws Exception {
		this.proxy.addDownstream(Toxic.limitData(3));
		this.proxy.addDownstream(Toxic.latency(Duration.ofMillis(50)));
		Socket client = connect();
		send(this.peer.next(), "answer");
		assertThat(readAll(client)).isEqualTo("ans");
	}

	@Test
	void cutPointIsChosenForEachConnection() throws Exception {
		this.proxy.addUpstream(Toxic.cut((connection) -> (count) -> OptionalInt.of((int) connection)));
		Socket first = connect();
		Socket firstServer = this.peer.next();
		Socket second = connect();
		Socket secondServer = this.peer.next();
		send(second, "request");
		send(first, "request");
		assertThat(readAll(firstServer)).isEqualTo("r");
		assertThat(readAll(secondServer)).isEqualTo("re");
	}

	@Test
	void toxicThatFailsResetsItsConnectionAlone() throws Exception {
		this.proxy.addUpstream(Toxic.cut((connection) -> (count) -> {
			if (connection == 1) {
				throw new IllegalStateException("meant to fail");
			}
			return OptionalInt.empty();
		}));
		Socket first = connect();
		this.peer.next();
		send(first, "request");
		assertReset(first);
		Socket second = connect();
		send(second, "request");
		assertThat(read(this.peer.next(), 7)).isEqualTo("request");
	}

	@Test
	void toxicityIsTheShareOfConnectionsAndTheSameForTheSameSeed() throws Exception {
		List<Integer> affected = affected(0.3, 7);
		assertThat(affected).hasSizeBetween(5, 20).isEqualTo(affected(0.3, 7)).isNotEqualTo(affected(0.3, 8));
		assertThat(affected(0, 7)).isEmpty();
		assertThat(affected(1, 7)).hasSize(40);
	}

	private List<Integer> affected(double toxicity, long seed) throws Exception {
		List<Integer> affected = new ArrayList<>();
		try (FaultProxy seeded = FaultProxy.builder("127.0.0.1", this.peer.port()).seed(seed).start()) {
			seeded.addDownstream(Toxic.limitData(1).toxicity(toxicity));
			for (int i = 0; i < 40; i++) {
				try (Socket client = connect(seeded); Socket server = this.peer.next()) {
					send(server, "ab");
					server.shutdownOutput();
					if (readAll(client).length() == 1) {
						affected.add(i);
					}
				}
			}
		}
		return affected;
	}

	@Test
	void downRefusesConnectionsUntilUp() throws Exception {
		Socket client = connect();
		this.peer.next();
		this.proxy.down();
		assertThat(client.getInputStream().read()).isEqualTo(-1);
		assertThat(this.proxy.open()).isZero();
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
		this.proxy.up();
		send(connect(), "request");
		assertThat(read(this.peer.next(), 7)).isEqualTo("request");
	}

	@Test
	void connectionsAreResetWhileNewOnesPass() throws Exception {
		Socket client = connect();
		Socket server = this.peer.next();
		this.proxy.resetConnections();
		assertReset(client);
		assertReset(server);
		send(connect(), "request");
		assertThat(read(this.peer.next(), 7)).isEqualTo("request");
	}

	@Test
	void restoreRemovesAllToxicsAndListens() throws Exception {
		this.proxy.addDownstream(Toxic.limitData(0));
		this.proxy.addUpstream(Toxic.latency(LONG));
		this.proxy.down();
		this.proxy.restore();
		Socket client = connect();
		Socket server = this.peer.next();
		send(client, "request");
		assertThat(read(server, 7)).isEqualTo("request");
		send(server, "answer");
		assertThat(read(client, 6)).isEqualTo("answer");
	}

	@Test
	void closedProxyRefusesConnectionsAndChanges() throws Exception {
		Socket client = connect();
		this.peer.next();
		this.proxy.close();
		this.proxy.close();
		assertThat(client.getInputStream().read()).isEqualTo(-1);
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
		assertThatIllegalStateException().isThrownBy(this.proxy::up);
	}

	@Test
	void takenPortIsReported() {
		FaultProxy.Builder second = FaultProxy.builder("127.0.0.1", this.peer.port()).port(this.proxy.port());
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(second::start);
	}

	@Test
	void invalidAttributesAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> Toxic.bandwidth(0)).withMessageContaining("rate");
		assertThatIllegalArgumentException().isThrownBy(() -> Toxic.limitData(-1)).withMessageContaining("bytes");
		assertThatIllegalArgumentException().isThrownBy(() -> Toxic.slicer(5, 5, Duration.ZERO))
			.withMessageContaining("sizeVariation");
		assertThatIllegalArgumentException().isThrownBy(() -> Toxic.limitData(1).toxicity(1.1))
			.withMessageContaining("toxicity");
	}

	/**
	 * Counts the bytes that arrive, and passes them on.
	 */
	private static Toxic counting(AtomicInteger arrived) {
		return Toxic.cut((connection) -> (count) -> {
			arrived.addAndGet(count);
			return OptionalInt.empty();
		});
	}

	private Socket connect() throws IOException {
		return connect(this.proxy);
	}

	private Socket connect(FaultProxy to) throws IOException {
		Socket client = new Socket(InetAddress.getByName("127.0.0.1"), to.port());
		client.setSoTimeout(Peer.TIMEOUT_MILLIS);
		this.clients.add(client);
		return client;
	}

	private static void send(Socket socket, String text) throws IOException {
		socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
	}

	private static String read(Socket socket, int length) throws IOException {
		return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
	}

	private static String readAll(Socket socket) throws IOException {
		return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
	}

	private static void assertReset(Socket socket) {
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> socket.getInputStream().read())
			.withMessageContaining("reset");
	}

}
