package dev.dbpool.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A DNS server that knows all names: each has the address 127.0.0.1 and no other. It
 * counts the look-ups (RFC 1035).
 */
final class DnsServer implements AutoCloseable {

	private static final int HEADER = 12;

	private static final int TYPE_A = 1;

	private final DatagramSocket socket;

	private final int ttl;

	private final AtomicInteger queries = new AtomicInteger();

	/**
	 * Starts a server.
	 * @param ttl how long its answers are valid, in seconds
	 */
	DnsServer(int ttl) throws IOException {
		this.ttl = ttl;
		this.socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		Thread thread = new Thread(this::serve, "dns");
		thread.setDaemon(true);
		thread.start();
	}

	InetSocketAddress address() {
		return (InetSocketAddress) this.socket.getLocalSocketAddress();
	}

	/**
	 * Returns how often the IPv4 address of a name was looked up.
	 */
	int queries() {
		return this.queries.get();
	}

	private void serve() {
		byte[] buffer = new byte[512];
		while (!this.socket.isClosed()) {
			try {
				DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
				this.socket.receive(packet);
				byte[] answer = answer(ByteBuffer.wrap(buffer, 0, packet.getLength()));
				this.socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
			}
			catch (IOException ex) {
				if (!this.socket.isClosed()) {
					throw new UncheckedIOException(ex);
				}
			}
		}
	}

	/**
	 * Repeats the question, and refers to the name in it.
	 */
	private byte[] answer(ByteBuffer query) {
		int end = HEADER;
		while (query.get(end) != 0) {
			end += query.get(end) + 1;
		}
		int type = query.getShort(end + 1);
		end += 5;
		ByteBuffer answer = ByteBuffer.allocate(512);
		answer.putShort(query.getShort(0)).putShort((short) 0x8180).putShort((short) 1);
		answer.putShort((short) ((type == TYPE_A) ? 1 : 0)).putShort((short) 0).putShort((short) 0);
		answer.put(query.array(), HEADER, end - HEADER);
		if (type == TYPE_A) {
			this.queries.incrementAndGet();
			answer.putShort((short) (0xC000 | HEADER)).putShort((short) TYPE_A).putShort((short) 1).putInt(this.ttl);
			answer.putShort((short) 4).put(new byte[] { 127, 0, 0, 1 });
		}
		byte[] bytes = new byte[answer.position()];
		answer.flip().get(bytes);
		return bytes;
	}

	@Override
	public void close() {
		this.socket.close();
	}

}
