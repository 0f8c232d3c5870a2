package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import dev.dbpool.benchmark.engine.AsyncPool.Acquirer;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Callers that do not block. Where connections are scarce, all of them are leased before
 * the first operation, so that each acquisition queues and each release hands over.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AsyncBenchmark {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	/**
	 * Acquires a free connection and releases it.
	 * @param caller one thread and its pool
	 * @return the lease
	 */
	@Benchmark
	public Object inline(Caller caller) {
		caller.acquirer.acquire();
		Object lease = caller.leases.remove();
		caller.acquirer.release(lease);
		return lease;
	}

	/**
	 * Works with a free connection, in one publisher.
	 * @param caller one thread and its pool
	 * @return the acquisition
	 */
	@Benchmark
	public Object work(Worker caller) {
		return caller.acquirer.work();
	}

	/**
	 * Releases to the first caller in the queue, and queues.
	 * @param caller one thread and its exhausted pool
	 * @return the acquisition
	 */
	@Benchmark
	public Object queued(ScarceCaller caller) {
		caller.acquirer.release(caller.leases.remove());
		return caller.acquirer.acquire();
	}

	/**
	 * Queues, and gives up every other time, else releases to the first in the queue.
	 * @param caller one thread and its exhausted pool
	 * @return the acquisition
	 */
	@Benchmark
	public Object cancel(ScarceCaller caller) {
		Object acquisition = caller.acquirer.acquire();
		if (++caller.turn % 2 == 0) {
			caller.acquirer.cancel(acquisition);
		}
		else {
			caller.acquirer.release(caller.leases.remove());
		}
		return acquisition;
	}

	/**
	 * Releases and queues as many threads.
	 * @param crowd the exhausted pool of all
	 * @param member one thread
	 * @return the acquisition
	 */
	@Benchmark
	public Object crowd(Crowd crowd, Member member) {
		Object lease = crowd.leases.poll();
		while (lease == null) {
			Thread.yield();
			lease = crowd.leases.poll();
		}
		member.acquirer.release(lease);
		return member.acquirer.acquire();
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

		AsyncPool pool;

		/**
		 * Opens the pool.
		 * @throws Exception if the pool failed
		 */
		@Setup(Level.Trial)
		public void open() throws Exception {
			this.pool = Peer.of(this.peer).openAsync(this.connections, PATIENCE);
		}

		static void fill(Acquirer acquirer, Queue<Object> leases, int connections) {
			for (int i = 0; i < connections; i++) {
				acquirer.acquire();
			}
			List<Object> all = new ArrayList<>(leases);
			leases.clear();
			all.forEach(acquirer::release);
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
	 * One thread that holds nothing in between.
	 */
	@State(Scope.Thread)
	@SuppressWarnings("NullAway.Init")
	public static class Caller {

		final Queue<Object> leases = new ArrayDeque<>();

		Acquirer acquirer;

		/**
		 * Uses each connection once.
		 * @param subject the pool
		 */
		@Setup(Level.Trial)
		public void prepare(Subject subject) {
			this.acquirer = subject.pool.acquirer(this.leases::add);
			Subject.fill(this.acquirer, this.leases, subject.connections);
		}

	}

	/**
	 * One thread that receives results instead of leases.
	 */
	@State(Scope.Thread)
	@SuppressWarnings("NullAway.Init")
	public static class Worker {

		Acquirer acquirer;

		/**
		 * Uses the pool once.
		 * @param subject the pool
		 */
		@Setup(Level.Trial)
		public void prepare(Subject subject) {
			this.acquirer = subject.pool.acquirer((result) -> {
			});
			this.acquirer.work();
		}

	}

	/**
	 * One thread that holds all connections, with as many acquisitions in the queue.
	 */
	@State(Scope.Thread)
	@SuppressWarnings("NullAway.Init")
	public static class ScarceCaller {

		final Queue<Object> leases = new ArrayDeque<>();

		Acquirer acquirer;

		int turn;

		/**
		 * Exhausts the pool.
		 * @param subject the pool
		 */
		@Setup(Level.Trial)
		public void prepare(Subject subject) {
			this.acquirer = subject.pool.acquirer(this.leases::add);
			for (int i = 0; i < 2 * subject.connections; i++) {
				this.acquirer.acquire();
			}
		}

	}

	/**
	 * Threads that hold all connections together.
	 */
	@State(Scope.Benchmark)
	public static class Crowd {

		final Queue<Object> leases = new ConcurrentLinkedQueue<>();

		/**
		 * Exhausts the pool.
		 * @param subject the pool
		 * @param benchmark has the number of threads
		 */
		@Setup(Level.Trial)
		public void prepare(Subject subject, BenchmarkParams benchmark) {
			Acquirer acquirer = subject.pool.acquirer(this.leases::add);
			for (int i = 0; i < subject.connections + benchmark.getThreads(); i++) {
				acquirer.acquire();
			}
		}

	}

	/**
	 * One thread of many.
	 */
	@State(Scope.Thread)
	@SuppressWarnings("NullAway.Init")
	public static class Member {

		Acquirer acquirer;

		/**
		 * Joins.
		 * @param subject the pool
		 * @param crowd takes the leases
		 */
		@Setup(Level.Trial)
		public void prepare(Subject subject, Crowd crowd) {
			this.acquirer = subject.pool.acquirer(crowd.leases::add);
		}

	}

}
