package dev.dbpool.client;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.ToLongFunction;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.dbpool.embedded.proxy.FaultProxy;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client with a read replica whose servers and network fail, round after round. After
 * each round every call succeeds again, and nothing has grown: neither heap, direct
 * memory, threads, sockets nor descriptors of files.
 */
@Tag("long")
@Isolated
class EnduranceIntegrationTests extends SoakSupport {

	private static final int FEWEST_ROUNDS = 4;

	private static final Duration ROUND = (DURATION.compareTo(Duration.ofMinutes(2)) > 0) ? Duration.ofSeconds(10)
			: Duration.ofSeconds(3);

	@Test
	void nothingGrowsWhileServersAndNetworkFail() throws InterruptedException {
		List<Usage> usages = new ArrayList<>();
		try (FaultProxy primary = proxy(server().url().getPort());
				FaultProxy second = proxy(server().url().getPort())) {
			PooledClient client = client(primary.url(), ExchangeMode.DIRECT, List.of(second.url()), (http) -> http);
			SoakFaults faults = new SoakFaults(List.of(primary, second), server().postgrest(), new Random(SEED));
			System.out.printf("endurance: %s in rounds of %s, seed %d%n", DURATION, ROUND, SEED);
			long last = System.nanoTime() + DURATION.toNanos();
			for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < last; round++) {
				callWhileItFails(client, faults, ROUND, round);
				primary.restore();
				second.restore();
				await().untilAsserted(() -> {
					awaitThatAllIsWell(client);
					assertThat(client.readEndpoints()).allMatch(ReadEndpoint::isAvailable);
				});
				await().until(() -> sockets() == pools(client).size());
				usages.add(Usage.now(sockets()));
				System.out.printf("endurance: round %d, %s%n", round, usages.get(round));
			}
			closeWithoutLosses("faults " + faults + ", connections " + (primary.accepted() + second.accepted()), client,
					primary, second);
		}
		assertFlat(usages, "heap", Usage::heap, 8_000_000);
		assertFlat(usages, "direct memory", Usage::direct, 8_000_000);
		assertFlat(usages, "threads", Usage::threads, 5);
		assertFlat(usages, "descriptors", Usage::descriptors, 10);
	}

	/**
	 * Compares the medians of two parts of the rounds: the second quarter, when all that
	 * is made once has been made, and the last.
	 */
	private static void assertFlat(List<Usage> usages, String name, ToLongFunction<Usage> value, long tolerance) {
		int quarter = usages.size() / 4;
		long before = median(usages.subList(quarter, 2 * quarter), value);
		long after = median(usages.subList(usages.size() - quarter, usages.size()), value);
		System.out.printf("endurance: %s %d, at the end %d%n", name, before, after);
		assertThat(after).as("%s of %s, seed %d", name, usages, SEED).isLessThanOrEqualTo(before + tolerance);
	}

	private static long median(List<Usage> usages, ToLongFunction<Usage> value) {
		return usages.stream()
			.sorted(Comparator.comparingLong(value))
			.skip(usages.size() / 2)
			.mapToLong(value)
			.findFirst()
			.orElseThrow();
	}

	/**
	 * What the JVM uses, with the servers and proxies of this test.
	 *
	 * @param heap bytes of the heap after a collection
	 * @param direct bytes of direct memory that Netty has allocated
	 * @param threads platform threads
	 * @param sockets sockets of the client
	 * @param descriptors open descriptors of files
	 */
	private record Usage(long heap, long direct, long threads, long sockets, long descriptors) {

		static Usage now(int sockets) {
			System.gc();
			ByteBufAllocatorMetric buffers = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
			long descriptors = (ManagementFactory
				.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)
						? system.getOpenFileDescriptorCount() : 0;
			return new Usage(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
					buffers.usedDirectMemory(), ManagementFactory.getThreadMXBean().getThreadCount(), sockets,
					descriptors);
		}

	}

}
