package dev.dbpool.benchmark.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;

import dev.dbpool.benchmark.Threads;
import dev.dbpool.benchmark.engine.AsyncPool.Acquirer;

/**
 * What pools keep on the heap.
 */
final class HeapUse {

	private static final int CONNECTIONS = 20;

	private static final int COLLECTIONS = 4;

	private static final int BATCH = 10_000;

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private HeapUse() {
	}

	/**
	 * Queues acquisitions on an exhausted pool.
	 * @return bytes for each of them
	 */
	static double perWaiter(Peer peer, int waiters) throws Exception {
		AsyncPool pool = peer.openAsync(CONNECTIONS, PATIENCE);
		Queue<Object> leases = new ArrayDeque<>();
		Acquirer acquirer = pool.acquirer(leases::add);
		for (int i = 0; i < CONNECTIONS + 1; i++) {
			acquirer.acquire();
		}
		long before = used();
		for (int i = 0; i < waiters; i++) {
			acquirer.acquire();
		}
		double bytes = (double) (used() - before) / waiters;
		if (leases.size() != CONNECTIONS) {
			throw new IllegalStateException(leases.size() + " leases of " + CONNECTIONS + " connections");
		}
		return bytes;
	}

	/**
	 * Uses a pool from virtual threads that end after one acquisition.
	 * @return bytes that are left behind by all of them
	 */
	static double retained(Peer peer, int threads) throws Exception {
		BlockingPool pool = peer.openBlocking(CONNECTIONS, PATIENCE);
		batch(pool, BATCH);
		long before = used();
		for (int started = 0; started < threads; started += BATCH) {
			batch(pool, Math.min(BATCH, threads - started));
		}
		double bytes = used() - before;
		pool.release(pool.acquire());
		return bytes;
	}

	private static void batch(BlockingPool pool, int threads) throws InterruptedException {
		CountDownLatch running = new CountDownLatch(threads);
		for (int i = 0; i < threads; i++) {
			Threads.startVirtual(() -> use(pool, running));
		}
		running.await();
	}

	private static void use(BlockingPool pool, CountDownLatch running) {
		try {
			pool.release(pool.acquire());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		running.countDown();
	}

	private static long used() {
		MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
		long least = Long.MAX_VALUE;
		for (int i = 0; i < COLLECTIONS; i++) {
			memory.gc();
			least = Math.min(least, memory.getHeapMemoryUsage().getUsed());
		}
		return least;
	}

}
