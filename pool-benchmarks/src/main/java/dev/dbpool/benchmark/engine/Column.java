package dev.dbpool.benchmark.engine;

import java.util.List;

/**
 * What is measured of each pool that can do it, in the order of a round.
 */
enum Column {

	THREADS_1("threads-1", "1 thread", Group.CYCLE, Task.jmh("BlockingBenchmark.cycle", 1, 20), Metric.THROUGHPUT,
			Metric.ALLOCATION),

	ESCAPING("escaping", "1 thread, lease escapes", Group.CYCLE, Task.jmh("BlockingBenchmark.escaping", 1, 20),
			Metric.THROUGHPUT, Metric.ALLOCATION),

	THREADS_2("threads-2", "2 threads", Group.CYCLE, Task.jmh("BlockingBenchmark.cycle", 2, 20), Metric.THROUGHPUT),

	THREADS_8("threads-8", "8 threads", Group.CYCLE, Task.jmh("BlockingBenchmark.cycle", 8, 20), Metric.THROUGHPUT),

	THREADS_32("threads-32", "32 threads", Group.CYCLE, Task.jmh("BlockingBenchmark.cycle", 32, 20), Metric.THROUGHPUT),

	LARGE("large", "8 threads, pool of 200", Group.CYCLE, Task.jmh("BlockingBenchmark.cycle", 8, 200),
			Metric.THROUGHPUT),

	YIELD("yield", "32 threads on 20", Group.WAIT, Task.jmh("BlockingBenchmark.yield", 32, 20), Metric.THROUGHPUT,
			Metric.WAIT_P99),

	TIMEOUT("timeout", "half wait 50 µs at most", Group.WAIT, Task.jmh("BlockingBenchmark.timeout", 32, 20),
			Metric.SERVED, Metric.TIMED_OUT),

	FAIRNESS("fairness", "64 threads on 4", Group.WAIT, Task.probe(Probe.THREADS), Metric.SLOWEST),

	ASYNC("async", "a connection is free", Group.ASYNC, Task.jmh("AsyncBenchmark.inline", 1, 20), Metric.THROUGHPUT,
			Metric.ALLOCATION),

	ASYNC_WORK("async-work", "work in one publisher", Group.ASYNC, Task.jmh("AsyncBenchmark.work", 1, 20),
			Metric.THROUGHPUT, Metric.ALLOCATION),

	ASYNC_QUEUED("async-queued", "all queue", Group.ASYNC, Task.jmh("AsyncBenchmark.queued", 1, 20), Metric.THROUGHPUT,
			Metric.ALLOCATION),

	ASYNC_CANCEL("async-cancel", "all queue, half cancel", Group.ASYNC, Task.jmh("AsyncBenchmark.cancel", 1, 20),
			Metric.THROUGHPUT, Metric.ALLOCATION),

	ASYNC_HOP("async-hop", "all queue, 2 threads", Group.ASYNC, Task.jmh("AsyncBenchmark.crowd", 2, 20),
			Metric.THROUGHPUT),

	ASYNC_CROWD("async-crowd", "all queue, 8 threads", Group.ASYNC, Task.jmh("AsyncBenchmark.crowd", 8, 20),
			Metric.THROUGHPUT),

	VIRTUAL("virtual", "virtual threads on 20", Group.VIRTUAL, Task.probe(Probe.VIRTUAL_THREADS),
			Metric.THOUSANDS_PER_SECOND, Metric.JAIN_INDEX, Metric.WAIT_MEDIAN, Metric.WAIT_WORST),

	WAITERS("waiters", "pending acquisitions", Group.MEMORY, Task.probe(Probe.WAITERS), Metric.BYTES_PER_WAITER),

	RETAINED("retained", "after short-lived virtual threads", Group.MEMORY, Task.probe(Probe.SHORT_LIVED),
			Metric.KILOBYTES_RETAINED);

	private final String id;

	private final String title;

	private final Group group;

	private final Task task;

	private final List<Metric> metrics;

	Column(String id, String title, Group group, Task task, Metric... metrics) {
		this.id = id;
		this.title = title;
		this.group = group;
		this.task = task;
		this.metrics = List.of(metrics);
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return this.id;
	}

	String title() {
		return this.title;
	}

	Group group() {
		return this.group;
	}

	Task task() {
		return this.task;
	}

	List<Metric> metrics() {
		return this.metrics;
	}

	boolean isFor(Peer peer) {
		boolean async = this.group == Group.ASYNC || this == WAITERS;
		boolean brief = this != TIMEOUT || peer.is(Peer.Trait.BRIEF);
		boolean work = this != ASYNC_WORK || peer.is(Peer.Trait.REACTIVE);
		return brief && work && (async ? peer.isAsync() : peer.isBlocking());
	}

	boolean needsVirtualThreads() {
		return this == VIRTUAL || this == RETAINED;
	}

	/**
	 * Returns whether one round is enough, since the number does not depend on what else
	 * the machine does.
	 */
	boolean isExact() {
		return this.group == Group.MEMORY;
	}

	/**
	 * Columns that share a table.
	 */
	enum Group {

		CYCLE("Acquire and release", "Threads acquire and release immediately, so that almost no thread waits."),

		WAIT("Waiting", "The holder yields the processor while it holds, so that the others really wait."),

		ASYNC("Asynchronous", "`this pool` is acquired with a callback here; reactor-pool with its `Mono`."),

		VIRTUAL("Virtual threads", "The holder yields while it holds."),

		MEMORY("Memory", "Heap in use after garbage collection.");

		private final String title;

		private final String description;

		Group(String title, String description) {
			this.title = title;
			this.description = description;
		}

		String title() {
			return this.title;
		}

		String description() {
			return this.description;
		}

	}

}
