package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * One direction of a connection: bytes are read from one side, pass through the stages of
 * the toxics, and are written to the other side. Nothing is read while much is under way.
 */
final class Link {

	private static final int READ_SIZE = 65_536;

	private static final int MAX_BUFFERED = 1_048_576;

	private final ProxiedConnection connection;

	private final SocketChannel from;

	private final SocketChannel to;

	private final List<ToxicStage> stages = new ArrayList<>();

	private final Deque<ByteBuffer> output = new ArrayDeque<>();

	private int buffered;

	private boolean readToEnd;

	private State state = State.OPEN;

	Link(ProxiedConnection connection, SocketChannel from, SocketChannel to) {
		this.connection = connection;
		this.from = from;
		this.to = to;
	}

	Random random() {
		return this.connection.random();
	}

	ProxiedConnection connection() {
		return this.connection;
	}

	/**
	 * Adds a toxic, with the probability that is its toxicity.
	 */
	void add(Toxic toxic) {
		if (random().nextDouble() < toxic.toxicity()) {
			this.connection.run(() -> this.stages.add(toxic.newStage(this)));
		}
	}

	void remove(Toxic toxic) {
		this.connection.run(() -> {
			for (ToxicStage stage : List.copyOf(this.stages)) {
				if (stage.toxic() == toxic) {
					stage.flush();
					this.stages.remove(stage);
				}
			}
		});
	}

	boolean canRead() {
		return !this.readToEnd && this.buffered < MAX_BUFFERED;
	}

	boolean canWrite() {
		return !this.output.isEmpty();
	}

	/** Whether the end of the data has reached the other side. */
	boolean isDone() {
		return this.state == State.DONE;
	}

	void read() throws IOException {
		ByteBuffer chunk = ByteBuffer.allocate(READ_SIZE);
		int count = this.from.read(chunk);
		if (count > 0) {
			this.buffered += count;
			pass(0, chunk.flip());
		}
		else if (count < 0) {
			this.readToEnd = true;
			end(0, Ending.HALF_CLOSE);
		}
	}

	void passAfter(ToxicStage stage, ByteBuffer chunk) throws IOException {
		pass(this.stages.indexOf(stage) + 1, chunk);
	}

	void endAfter(ToxicStage stage, Ending ending) throws IOException {
		end(this.stages.indexOf(stage) + 1, ending);
	}

	private void pass(int index, ByteBuffer chunk) throws IOException {
		if (index < this.stages.size()) {
			this.stages.get(index).data(chunk);
		}
		else {
			this.output.add(chunk);
			flush();
		}
	}

	private void end(int index, Ending ending) throws IOException {
		if (index < this.stages.size()) {
			this.stages.get(index).end(ending);
		}
		else if (this.state == State.OPEN) {
			this.state = (ending == Ending.CLOSE) ? State.CLOSING : State.ENDING;
			flush();
		}
	}

	/**
	 * Counts bytes that a stage does not pass on.
	 */
	void dropped(int count) {
		this.buffered -= count;
	}

	/**
	 * Writes as much as the other side takes.
	 */
	void flush() throws IOException {
		for (ByteBuffer chunk = this.output.peek(); chunk != null; chunk = this.output.peek()) {
			this.buffered -= this.to.write(chunk);
			if (chunk.hasRemaining()) {
				return;
			}
			this.output.remove();
		}
		if (this.state == State.CLOSING) {
			this.connection.close();
		}
		else if (this.state == State.ENDING) {
			this.state = State.DONE;
			this.to.shutdownOutput();
		}
	}

	/**
	 * Ends the timers of the stages.
	 */
	void discard() {
		this.stages.forEach(ToxicStage::discard);
	}

	/**
	 * What follows the last byte.
	 */
	enum Ending {

		/** The end of this direction. */
		HALF_CLOSE,
		/** The end of the connection. */
		CLOSE

	}

	private enum State {

		OPEN, ENDING, CLOSING, DONE

	}

}
