package dev.dbpool.benchmark;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

import com.sun.management.ThreadMXBean;

/**
 * What the Java threads of this process have used, without those of the JVM such as
 * compiler and garbage collector. The carriers of virtual threads are among them.
 *
 * @param threads the use of each thread
 */
record ResourceUsage(Map<Long, Use> threads) {

	private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

	static ResourceUsage now() {
		long[] ids = THREADS.getAllThreadIds();
		long[] cpu = THREADS.getThreadCpuTime(ids);
		long[] allocated = THREADS.getThreadAllocatedBytes(ids);
		Map<Long, Use> threads = new HashMap<>();
		for (int i = 0; i < ids.length; i++) {
			if (cpu[i] >= 0 && allocated[i] >= 0) {
				threads.put(ids[i], new Use(cpu[i], allocated[i]));
			}
		}
		return new ResourceUsage(threads);
	}

	/**
	 * Returns what the threads that live now have used since then.
	 */
	Use since(ResourceUsage start) {
		long cpu = 0;
		long allocated = 0;
		for (Map.Entry<Long, Use> thread : this.threads.entrySet()) {
			Use before = start.threads.getOrDefault(thread.getKey(), Use.NONE);
			cpu += thread.getValue().cpuNanos() - before.cpuNanos();
			allocated += thread.getValue().allocatedBytes() - before.allocatedBytes();
		}
		return new Use(cpu, allocated);
	}

	/**
	 * Processor time and allocated memory.
	 *
	 * @param cpuNanos processor time
	 * @param allocatedBytes memory that was allocated
	 */
	record Use(long cpuNanos, long allocatedBytes) {

		private static final Use NONE = new Use(0, 0);

	}

}
