package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One client in one scenario, such as a fault: some time without the fault, the fault,
 * and some time after it until all calls have ended.
 */
final class Trial {

	private static final Duration HEALTH_INTERVAL = Duration.ofMillis(100);

	private static final Duration LONGEST_DRAIN = Duration.ofSeconds(30);

	private final Settings settings;

	private final Scenario scenario;

	private final Site site;

	Trial(Settings settings, Scenario scenario, Site site) {
		this.settings = settings;
		this.scenario = scenario;
		this.site = site;
	}

	Measurement run(Peer peer) throws Exception {
		this.site.reset();
		try (Client client = peer.create(this.site.target()); Load load = new Load(client, this.scenario.workload())) {
			awaitFirstAnswer(client);
			List<Measurement.Status> health = new ArrayList<>();
			load.every(HEALTH_INTERVAL, () -> note(client.health(), health));
			long start = System.nanoTime();
			load.start();
			Pause.of(this.settings.leadIn());
			Counts before = Counts.of(this.site);
			long begin = System.nanoTime();
			this.scenario.begin(this.site);
			load.beginFault();
			Pause.of(length().minusNanos(System.nanoTime() - begin));
			Counts during = Counts.of(this.site);
			this.scenario.end(this.site);
			long end = System.nanoTime();
			load.endFault();
			Pause.of(this.settings.after());
			load.stop();
			long stop = System.nanoTime();
			load.drain(LONGEST_DRAIN);
			Counts after = Counts.of(this.site);
			List<String> violations = client.violations();
			this.site.server().ensureRunning();
			return new Measurement(new Measurement.Times(start, begin, end, stop), load.calls(), this.site.orders(),
					during.requests() - before.requests(), after.connections() - during.connections(),
					List.copyOf(health), violations);
		}
	}

	private Duration length() {
		Duration longest = this.settings.longestFault();
		return (this.scenario.length().compareTo(longest) < 0) ? this.scenario.length() : longest;
	}

	/**
	 * Loads the classes and opens the first connections.
	 */
	private static void awaitFirstAnswer(Client client) {
		Workload.read(client, "items", 0).block(Duration.ofSeconds(30));
		client.write("first").block(Duration.ofSeconds(30));
	}

	private static void note(String status, List<Measurement.Status> health) {
		if (!status.isEmpty() && (health.isEmpty() || !health.get(health.size() - 1).status().equals(status))) {
			health.add(new Measurement.Status(System.nanoTime(), status));
		}
	}

	/**
	 * What the site has counted so far.
	 */
	private record Counts(long requests, int connections) {

		static Counts of(Site site) {
			return new Counts(site.gateway().requests(), site.proxy().accepted());
		}

	}

}
