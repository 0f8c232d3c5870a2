package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;

import dev.dbpool.embedded.proxy.Link.Ending;

/**
 * What a toxic does to one direction of one connection. A stage passes data on to the
 * next one. Confined to the thread of the loop.
 */
abstract class ToxicStage {

	private final Toxic toxic;

	private final Link link;

	ToxicStage(Toxic toxic, Link link) {
		this.toxic = toxic;
		this.link = link;
	}

	final Toxic toxic() {
		return this.toxic;
	}

	final Link link() {
		return this.link;
	}

	/**
	 * Takes data from the stage before.
	 */
	abstract void data(ByteBuffer chunk) throws IOException;

	/**
	 * Takes the end from the stage before.
	 */
	void end(Ending ending) throws IOException {
		passEnd(ending);
	}

	/**
	 * Passes on what the stage holds, before its toxic is removed.
	 */
	void flush() throws IOException {
		discard();
	}

	/**
	 * Ends the timers of the stage.
	 */
	void discard() {
	}

	final void pass(ByteBuffer chunk) throws IOException {
		this.link.passAfter(this, chunk);
	}

	final void passEnd(Ending ending) throws IOException {
		this.link.endAfter(this, ending);
	}

	final void drop(ByteBuffer chunk) {
		this.link.dropped(chunk.remaining());
	}

}
