package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

import dev.dbpool.embedded.proxy.EventLoop.Timer;
import dev.dbpool.embedded.proxy.Link.Ending;
import org.jspecify.annotations.Nullable;

/**
 * Passes data and the end on when they are due, in the order in which they arrived.
 */
abstract class DelayStage extends ToxicStage {

	private final Deque<Delayed> queue = new ArrayDeque<>();

	private long lastDue = System.nanoTime();

	private @Nullable Timer timer;

	DelayStage(Toxic toxic, Link link) {
		super(toxic, link);
	}

	@Override
	void end(Ending ending) throws IOException {
		endAfter(Duration.ZERO, ending);
	}

	/**
	 * Passes a chunk on after a delay from now.
	 */
	final void passAfter(Duration delay, ByteBuffer chunk) throws IOException {
		enqueue(System.nanoTime() + delay.toNanos(), (stage) -> stage.pass(chunk));
	}

	/**
	 * Passes a chunk on after a delay from the chunk before.
	 */
	final void passAfterLast(Duration delay, ByteBuffer chunk) throws IOException {
		long now = System.nanoTime();
		long start = (this.lastDue - now > 0) ? this.lastDue : now;
		enqueue(start + delay.toNanos(), (stage) -> stage.pass(chunk));
	}

	final void endAfter(Duration delay, Ending ending) throws IOException {
		enqueue(System.nanoTime() + delay.toNanos(), (stage) -> stage.passEnd(ending));
	}

	private void enqueue(long due, Step step) throws IOException {
		this.lastDue = due;
		this.queue.add(new Delayed(due, step));
		if (this.timer == null) {
			passDue();
		}
	}

	private void passDue() throws IOException {
		this.timer = null;
		for (Delayed next = this.queue.peek(); next != null; next = this.queue.peek()) {
			long remaining = next.due() - System.nanoTime();
			if (remaining > 0) {
				this.timer = link().connection()
					.loop()
					.schedule(Duration.ofNanos(remaining), () -> link().connection().run(this::passDue));
				return;
			}
			this.queue.remove();
			next.step().run(this);
		}
	}

	@Override
	final void flush() throws IOException {
		discard();
		for (Delayed next = this.queue.poll(); next != null; next = this.queue.poll()) {
			next.step().run(this);
		}
	}

	@Override
	final void discard() {
		Optional.ofNullable(this.timer).ifPresent(Timer::cancel);
		this.timer = null;
	}

	private record Delayed(long due, Step step) {
	}

	@FunctionalInterface
	private interface Step {

		void run(DelayStage stage) throws IOException;

	}

}
