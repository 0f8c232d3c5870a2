package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Many threads on few connections, each of them counted by itself. A thread yields while
 * it holds, and goes on until the end. Waits that the end of the measurement cuts off
 * count with the time until they were served.
 * <p>
 * All connections are leased until all threads have come for one: the scheduler of
 * virtual threads prefers those that yield to those that are new, so that the first few
 * would loop indefinitely, and no thread would wait.
 */
final class Crowd {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final int connections;

	private final int threads;

	private final Function<Runnable, Thread> start;

	private final Recorder waits = new Recorder(2);

	private volatile Phase phase = Phase.WARM_UP;

	private volatile @Nullable Exception failure;

	private enum Phase {

		WARM_UP, MEASURE, END

	}

	Crowd(int connections, int threads, Function<Runnable, Thread> start) {
		this.connections = connections;
		this.threads = threads;
		this.start = start;
	}

	Map<Metric, Double> measure(Peer peer, Settings settings) throws Exception {
		BlockingPool pool = peer.openBlocking(this.connections, PATIENCE);
		List<Object> leases = new ArrayList<>();
		for (int i = 0; i < this.connections; i++) {
			leases.add(pool.acquire());
		}
		CountDownLatch started = new CountDownLatch(this.threads);
		List<Member> members = new ArrayList<>();
		List<Thread> running = new ArrayList<>();
		for (int i = 0; i < this.threads; i++) {
			Member member = new Member(pool, started);
			members.add(member);
			running.add(this.start.apply(member));
		}
		started.await();
		for (Object lease : leases) {
			pool.release(lease);
		}
		TimeUnit.MILLISECONDS.sleep(2 * settings.warmUp().toMillis());
		this.phase = Phase.MEASURE;
		long start = System.nanoTime();
		TimeUnit.MILLISECONDS.sleep(settings.roundTime().toMillis());
		this.phase = Phase.END;
		long nanos = System.nanoTime() - start;
		for (Thread thread : running) {
			thread.join();
		}
		Exception failed = this.failure;
		if (failed != null) {
			throw failed;
		}
		return values(members.stream().mapToLong((member) -> member.served).toArray(), nanos);
	}

	private Map<Metric, Double> values(long[] served, long nanos) {
		double sum = 0;
		double squares = 0;
		double least = Double.MAX_VALUE;
		for (long count : served) {
			sum += count;
			squares += (double) count * count;
			least = Math.min(least, count);
		}
		Histogram histogram = this.waits.getIntervalHistogram();
		Map<Metric, Double> values = new EnumMap<>(Metric.class);
		values.put(Metric.THOUSANDS_PER_SECOND, sum * 1e6 / nanos);
		values.put(Metric.SLOWEST, least * served.length / sum);
		values.put(Metric.JAIN_INDEX, sum * sum / (served.length * squares));
		values.put(Metric.WAIT_MEDIAN, histogram.getValueAtPercentile(50) / 1e6);
		values.put(Metric.WAIT_WORST, histogram.getMaxValue() / 1e6);
		return values;
	}

	private final class Member implements Runnable {

		private final BlockingPool pool;

		private final CountDownLatch started;

		private long served;

		Member(BlockingPool pool, CountDownLatch started) {
			this.pool = pool;
			this.started = started;
		}

		@Override
		public void run() {
			this.started.countDown();
			try {
				while (Crowd.this.phase != Phase.END) {
					cycle();
				}
			}
			catch (Exception ex) {
				Crowd.this.failure = ex;
			}
		}

		private void cycle() throws Exception {
			long start = System.nanoTime();
			Object lease = this.pool.acquire();
			long waited = System.nanoTime() - start;
			Thread.yield();
			this.pool.release(lease);
			Phase now = Crowd.this.phase;
			if (now != Phase.WARM_UP) {
				Crowd.this.waits.recordValue(Math.max(0, waited));
			}
			if (now == Phase.MEASURE) {
				this.served++;
			}
		}

	}

}
