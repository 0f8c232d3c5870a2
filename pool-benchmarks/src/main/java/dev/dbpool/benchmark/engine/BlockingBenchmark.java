package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Threads that acquire and release.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BlockingBenchmark {

	private static final Duration PATIENCE = Duration.ofSeconds(2);

	/**
	 * Acquires and releases immediately.
	 * @param subject the pool
	 * @return the connection
	 * @throws Exception if the pool failed
	 */
	@Benchmark
	public Object cycle(Subject subject) throws Exception {
		Object lease = subject.pool.acquire();
		Object connection = subject.pool.connection(lease);
		subject.pool.release(lease);
		return connection;
	}

	/**
	 * The same, where the lease is kept in a field in between, as one that is passed on.
	 * @param subject the pool
	 * @param caller keeps the lease
	 * @return the connection
	 * @throws Exception if the pool failed
	 */
	@Benchmark
	public Object escaping(Subject subject, Caller caller) throws Exception {
		Object lease = subject.pool.acquire();
		caller.lease = lease;
		Object connection = subject.pool.connection(lease);
		subject.pool.release(lease);
		return connection;
	}

	/**
	 * Yields while it holds, so that others really wait.
	 * @param subject the pool
	 * @param caller measures some of the waits
	 * @return the connection
	 * @throws Exception if the pool failed
	 */
	@Benchmark
	public Object yield(Subject subject, Caller caller) throws Exception {
		long start = caller.beforeAcquire();
		Object lease = subject.pool.acquire();
		caller.afterAcquire(start);
		return hold(subject.pool, lease);
	}

	/**
	 * The same, where every other acquisition waits for a moment only.
	 * @param subject the pool
	 * @param caller decides which acquisition is brief
	 * @param outcomes counts
	 * @return the connection, if there was one
	 * @throws Exception if the pool failed
	 */
	@Benchmark
	public Object timeout(Subject subject, Caller caller, Outcomes outcomes) throws Exception {
		Object lease = caller.isBriefTurn() ? subject.pool.acquireBriefly() : subject.pool.acquire();
		if (lease == null) {
			outcomes.timedOut++;
			return outcomes;
		}
		outcomes.served++;
		return hold(subject.pool, lease);
	}

	private static Object hold(BlockingPool pool, Object lease) throws Exception {
		Object connection = pool.connection(lease);
		Thread.yield();
		pool.release(lease);
		return connection;
	}

	/**
	 * The pool under test.
	 */
	@State(Scope.Benchmark)
	@SuppressWarnings("NullAway.Init")
	public static class Subject {

		/**
		 * Which pool.
		 */
		@Param("pool")
		public String peer;

		/**
		 * How many connections it has.
		 */
		@Param("20")
		public int connections;

		BlockingPool pool;

		/**
		 * Opens the pool and fills it.
		 * @throws Exception if the pool failed
		 */
		@Setup(Level.Trial)
		public void open() throws Exception {
			this.pool = Peer.of(this.peer).openBlocking(this.connections, PATIENCE);
			fill(this.pool, this.connections);
		}

		static void fill(BlockingPool pool, int connections) throws Exception {
			List<Object> leases = new ArrayList<>();
			for (int i = 0; i < connections; i++) {
				leases.add(pool.acquire());
			}
			for (Object lease : leases) {
				pool.release(lease);
			}
		}

		/**
		 * Closes the pool.
		 */
		@TearDown(Level.Trial)
		public void close() {
			this.pool.close();
		}

	}

	/**
	 * One thread.
	 */
	@State(Scope.Thread)
	public static class Caller {

		private static final int MEASURED_EACH = 8;

		private int turn;

		volatile @Nullable Object lease;

		long beforeAcquire() {
			return (++this.turn % MEASURED_EACH == 0) ? System.nanoTime() : 0;
		}

		void afterAcquire(long start) {
			if (start != 0) {
				WaitTimeProfiler.WAITS.recordValue(Math.max(0, System.nanoTime() - start));
			}
		}

		boolean isBriefTurn() {
			return ++this.turn % 2 == 0;
		}

	}

	/**
	 * How acquisitions ended.
	 */
	@State(Scope.Thread)
	@AuxCounters(AuxCounters.Type.OPERATIONS)
	public static class Outcomes {

		/**
		 * Leases.
		 */
		public long served;

		/**
		 * Acquisitions that timed out.
		 */
		public long timedOut;

	}

}
