package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * One thread that owns the state of a proxy: it waits for sockets, runs timers, and runs
 * the calls of other threads.
 */
final class EventLoop {

	private final Selector selector;

	/** Guarded by itself, as is {@link #closed}. */
	private final Queue<Runnable> calls = new ArrayDeque<>();

	private boolean closed;

	private final PriorityQueue<Timer> timers = new PriorityQueue<>();

	private final Thread thread;

	private EventLoop(Selector selector, String name) {
		this.selector = selector;
		this.thread = new Thread(this::loop, name);
		this.thread.setDaemon(true);
	}

	static EventLoop start(String name) {
		try {
			EventLoop loop = new EventLoop(Selector.open(), name);
			loop.thread.start();
			return loop;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Runs a task on the loop and waits for its result.
	 */
	<T> T call(Callable<T> task) {
		if (Thread.currentThread() == this.thread) {
			throw new IllegalStateException("A cut point must not call its proxy");
		}
		CompletableFuture<T> result = new CompletableFuture<>();
		synchronized (this.calls) {
			if (this.closed) {
				throw new IllegalStateException("The fault proxy is closed");
			}
			this.calls.add(() -> {
				try {
					result.complete(task.call());
				}
				catch (Exception ex) {
					result.completeExceptionally(ex);
				}
			});
		}
		this.selector.wakeup();
		try {
			return result.join();
		}
		catch (CompletionException ex) {
			if (ex.getCause() instanceof IOException failure) {
				throw new UncheckedIOException(failure);
			}
			if (ex.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			throw ex;
		}
	}

	/**
	 * Runs a task on the loop and waits for its end.
	 */
	void run(Task task) {
		call(() -> {
			task.run();
			return true;
		});
	}

	/**
	 * Runs a task on the loop after a delay.
	 */
	Timer schedule(Duration delay, Runnable task) {
		Timer timer = new Timer(System.nanoTime() + delay.toNanos(), task);
		this.timers.add(timer);
		return timer;
	}

	SelectionKey register(SelectableChannel channel, int operations, Handler handler) throws IOException {
		channel.configureBlocking(false);
		return channel.register(this.selector, operations, handler);
	}

	/**
	 * Closes a channel. A registered channel is closed only when its key has left the
	 * selector, so that is done as well.
	 */
	void close(SelectableChannel channel) throws IOException {
		channel.close();
		this.selector.selectNow();
	}

	boolean isClosed() {
		synchronized (this.calls) {
			return this.closed;
		}
	}

	/**
	 * Ends the loop after the calls that were made.
	 */
	void close() {
		synchronized (this.calls) {
			this.closed = true;
		}
		this.selector.wakeup();
	}

	private void loop() {
		try (this.selector) {
			while (runCalls()) {
				await(runTimers());
				handleSelected();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private boolean runCalls() {
		while (true) {
			Runnable call;
			synchronized (this.calls) {
				call = this.calls.poll();
				if (call == null) {
					return !this.closed;
				}
			}
			call.run();
		}
	}

	/**
	 * Runs the timers that are due.
	 * @return the nanoseconds until the next one, or a negative number if there is none
	 */
	private long runTimers() {
		for (Timer next = this.timers.peek(); next != null; next = this.timers.peek()) {
			long remaining = next.due - System.nanoTime();
			if (!next.cancelled && remaining > 0) {
				return remaining;
			}
			this.timers.remove();
			if (!next.cancelled) {
				next.task.run();
			}
		}
		return -1;
	}

	private void await(long nanos) throws IOException {
		this.selector.select((nanos < 0) ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
	}

	private void handleSelected() {
		for (Iterator<SelectionKey> keys = this.selector.selectedKeys().iterator(); keys.hasNext();) {
			SelectionKey key = keys.next();
			keys.remove();
			if (key.isValid()) {
				((Handler) key.attachment()).handle(key);
			}
		}
	}

	/**
	 * Work of a call.
	 */
	@FunctionalInterface
	interface Task {

		void run() throws IOException;

	}

	/**
	 * Handles a channel that is ready.
	 */
	@FunctionalInterface
	interface Handler {

		void handle(SelectionKey key);

	}

	/**
	 * A task that waits for its time.
	 */
	static final class Timer implements Comparable<Timer> {

		private final long due;

		private final Runnable task;

		private boolean cancelled;

		private Timer(long due, Runnable task) {
			this.due = due;
			this.task = task;
		}

		void cancel() {
			this.cancelled = true;
		}

		@Override
		public int compareTo(Timer other) {
			return Long.signum(this.due - other.due);
		}

	}

}
