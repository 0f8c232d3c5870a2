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
 * it holds, and goes on until the end. Of the waits that the end of the measurement cuts
 * off the longest counts as the worst if it is.
 * <p>
 * All connections are leased until all threads have come for one: the scheduler of
 * virtual threads prefers those that yield to those that are new, so that the first few
 * would loop indefinitely, and no thread would wait. A thread of the same kind releases
 * them, as that scheduler also prefers them to those that a platform thread wakes.
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
		running.add(this.start.apply(() -> release(pool, leases)));
		TimeUnit.MILLISECONDS.sleep(2 * settings.warmUp().toMillis());
		this.waits.getIntervalHistogram();
		this.phase = Phase.MEASURE;
		long start = System.nanoTime();
		TimeUnit.MILLISECONDS.sleep(settings.roundTime().toMillis());
		Histogram measured = this.waits.getIntervalHistogram();
		long end = System.nanoTime();
		this.phase = Phase.END;
		long cutOff = members.stream().mapToLong((member) -> member.waited(end)).max().orElse(0);
		for (Thread thread : running) {
			thread.join();
		}
		Exception failed = this.failure;
		if (failed != null) {
			throw failed;
		}
		long[] served = members.stream().mapToLong((member) -> member.served[Phase.MEASURE.ordinal()]).toArray();
		Map<Metric, Double> values = values(served, measured, end - start);
		values.merge(Metric.WAIT_WORST, cutOff / 1e6, Math::max);
		return values;
	}

	private void release(BlockingPool pool, List<Object> leases) {
		try {
			for (Object lease : leases) {
				pool.release(lease);
			}
		}
		catch (Exception ex) {
			this.failure = ex;
		}
	}

	private Map<Metric, Double> values(long[] served, Histogram measured, long nanos) {
		double sum = 0;
		double squares = 0;
		double least = Double.MAX_VALUE;
		for (long count : served) {
			sum += count;
			squares += (double) count * count;
			least = Math.min(least, count);
		}
		Map<Metric, Double> values = new EnumMap<>(Metric.class);
		values.put(Metric.THOUSANDS_PER_SECOND, sum * 1e6 / nanos);
		values.put(Metric.SLOWEST, least * served.length / sum);
		values.put(Metric.JAIN_INDEX, sum * sum / (served.length * squares));
		values.put(Metric.WAIT_MEDIAN, measured.getValueAtPercentile(50) / 1e6);
		values.put(Metric.WAIT_WORST, measured.getMaxValue() / 1e6);
		return values;
	}

	private final class Member implements Runnable {

		private final BlockingPool pool;

		private final CountDownLatch started;

		private final long[] served = new long[Phase.values().length];

		/** When it began to wait; zero while it does not. */
		private volatile long since;

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

		/**
		 * Returns how long it has waited at a time, if it waits.
		 */
		long waited(long now) {
			long begun = this.since;
			return (begun != 0) ? now - begun : 0;
		}

		private void cycle() throws Exception {
			long begun = System.nanoTime();
			this.since = begun;
			Object lease = this.pool.acquire();
			this.since = 0;
			long waited = System.nanoTime() - begun;
			Thread.yield();
			this.pool.release(lease);
			Crowd.this.waits.recordValue(Math.max(0, waited));
			this.served[Crowd.this.phase.ordinal()]++;
		}

	}

}
