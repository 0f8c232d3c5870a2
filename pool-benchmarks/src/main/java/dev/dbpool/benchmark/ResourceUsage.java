package dev.dbpool.benchmark;

import java.lang.management.ManagementFactory;
import java.util.Arrays;

import com.sun.management.ThreadMXBean;

/**
 * What the Java threads of this JVM have used up to a moment: without its compiler and
 * its garbage collector, and without the servers, which are processes of their own.
 *
 * @param cpuNanos processor time
 * @param allocatedBytes memory allocated
 */
record ResourceUsage(long cpuNanos, long allocatedBytes) {

	private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

	static ResourceUsage now() {
		long[] threads = THREADS.getAllThreadIds();
		return new ResourceUsage(sum(THREADS.getThreadCpuTime(threads)), sum(THREADS.getThreadAllocatedBytes(threads)));
	}

	private static long sum(long[] values) {
		return Arrays.stream(values).filter((value) -> value > 0).sum();
	}

	ResourceUsage since(ResourceUsage start) {
		return new ResourceUsage(this.cpuNanos - start.cpuNanos, this.allocatedBytes - start.allocatedBytes);
	}

}
