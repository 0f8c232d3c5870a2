package dev.dbpool.pool.engine;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that repeat what they do until they are stopped.
 */
final class StressThreads {

	private static final Duration LONGEST_END = Duration.ofSeconds(60);

	private final List<Thread> threads = new CopyOnWriteArrayList<>();

	private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

	private volatile boolean running = true;

	void startPlatform(int count, Runnable action) {
		for (int i = 0; i < count; i++) {
			Thread thread = new Thread(repeated(action));
			this.threads.add(thread);
			thread.start();
		}
	}

	/**
	 * Starts virtual threads; on a JVM without them it does nothing.
	 */
	void startVirtual(int count, Runnable action) throws ReflectiveOperationException {
		if (Runtime.version().feature() < 21) {
			return;
		}
		Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
		for (int i = 0; i < count; i++) {
			this.threads.add((Thread) start.invoke(null, repeated(action)));
		}
	}

	private Runnable repeated(Runnable action) {
		return () -> {
			while (this.running) {
				try {
					action.run();
				}
				catch (Throwable ex) {
					this.failures.add(ex);
					return;
				}
			}
		};
	}

	void interruptOne() {
		this.threads.get(ThreadLocalRandom.current().nextInt(this.threads.size())).interrupt();
	}

	Queue<Throwable> failures() {
		return this.failures;
	}

	/**
	 * Lets the threads run for a time, and waits for their end.
	 * @param release lets threads go on that wait for an operator
	 */
	void stopAfter(Duration time, Runnable release) throws InterruptedException {
		Thread.sleep(time.toMillis());
		this.running = false;
		long end = System.nanoTime() + LONGEST_END.toNanos();
		for (Thread thread : this.threads) {
			while (thread.isAlive() && System.nanoTime() < end) {
				release.run();
				thread.join(10);
			}
			assertThat(thread.isAlive()).as("a thread that waits indefinitely: %s", List.of(thread.getStackTrace()))
				.isFalse();
		}
	}

}
