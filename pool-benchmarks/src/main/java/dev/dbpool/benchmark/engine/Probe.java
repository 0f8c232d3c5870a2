package dev.dbpool.benchmark.engine;

import java.util.Map;

import dev.dbpool.benchmark.Threads;

/**
 * What is measured without JMH.
 */
enum Probe {

	THREADS {
		@Override
		Map<Metric, Double> measure(Peer peer, Settings settings) throws Exception {
			return new Crowd(4, 64, Threads::startPlatform).measure(peer, settings);
		}
	},

	VIRTUAL_THREADS {
		@Override
		Map<Metric, Double> measure(Peer peer, Settings settings) throws Exception {
			return new Crowd(20, settings.virtualThreads(), Threads::startVirtual).measure(peer, settings);
		}
	},

	WAITERS {
		@Override
		Map<Metric, Double> measure(Peer peer, Settings settings) throws Exception {
			return Map.of(Metric.BYTES_PER_WAITER, HeapUse.perWaiter(peer, settings.waiters()));
		}
	},

	SHORT_LIVED {
		@Override
		Map<Metric, Double> measure(Peer peer, Settings settings) throws Exception {
			return Map.of(Metric.KILOBYTES_RETAINED, HeapUse.retained(peer, settings.shortLived()) / 1024);
		}
	};

	abstract Map<Metric, Double> measure(Peer peer, Settings settings) throws Exception;

}
