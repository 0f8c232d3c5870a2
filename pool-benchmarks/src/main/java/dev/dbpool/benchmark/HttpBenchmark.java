package dev.dbpool.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Compares clients that read rows from one server over HTTP, in one run.
 * <p>
 * Clients are warmed up with the stub server first: it answers so many requests that
 * their code is compiled, which the first minutes of a slower server do not. All clients
 * stay open from the last warm-up until the end. A round goes through all cells; in each
 * of them the clients take turns, in order in one round and in reverse order in the next,
 * so that what else goes on in the machine meets all of them alike.
 */
public final class HttpBenchmark {

	private static final int WARM_UP_CALLERS = 20;

	private static final int WARM_UP_TURNS = 4;

	private final Settings settings;

	private final Map<Peer, Variant> variants = new EnumMap<>(Peer.class);

	private final Results results = new Results();

	private HttpBenchmark(Settings settings) {
		this.settings = settings;
	}

	/**
	 * Runs the benchmark, prints the tables and writes them to a file.
	 * @param arguments the options, see {@code docs/http-benchmark.md}
	 */
	public static void main(String... arguments) {
		System.exit(Settings.OPTIONS.run(HttpBenchmark::report, arguments));
	}

	private static int report(Settings settings) throws IOException {
		Results results = run(settings);
		String report = Report.of(settings, results);
		System.out.println(report);
		Options.write(report, settings.report());
		if (results.failures() > 0) {
			System.err.println(results.failures() + " requests failed");
		}
		return (results.failures() > 0) ? 1 : 0;
	}

	static Results run(Settings settings) throws IOException {
		return new HttpBenchmark(settings).run();
	}

	private Results run() throws IOException {
		if (this.settings.server() != Server.STUB) {
			progress("Warm-up with the stub server");
			with(Server.STUB, () -> warmUp(WARM_UP_TURNS));
		}
		with(this.settings.server(), () -> {
			progress("Warm-up");
			warmUp((this.settings.server() != Server.STUB) ? 1 : WARM_UP_TURNS);
			measure();
		});
		return this.results;
	}

	/**
	 * Runs a part of the benchmark with all clients of a server.
	 */
	private void with(Server kind, Runnable part) throws IOException {
		int connections = this.settings.connections();
		try (Server.Running server = kind.start(connections, this.settings.tls())) {
			try {
				for (Peer peer : this.settings.peers()) {
					this.variants.put(peer, peer.create(server.target(), connections));
				}
				part.run();
			}
			finally {
				this.variants.values().forEach(Variant::close);
				this.variants.clear();
			}
		}
	}

	private void warmUp(int turns) {
		for (int turn = 0; turn < turns; turn++) {
			for (CallerKind kind : this.settings.callersAs()) {
				for (Query query : this.settings.queries()) {
					warmUp(new Cell(kind, query, WARM_UP_CALLERS), this.settings.warmUp().dividedBy(WARM_UP_TURNS));
				}
			}
		}
	}

	private void warmUp(Cell cell, Duration time) {
		this.variants.forEach((peer, variant) -> {
			if (peer.runs(cell.query())) {
				ClosedLoop.run(variant, cell, Duration.ZERO, time);
			}
		});
	}

	private void measure() {
		for (int round = 0; round < this.settings.rounds(); round++) {
			progress("Round " + (round + 1) + " of " + this.settings.rounds());
			for (CallerKind kind : this.settings.callersAs()) {
				for (Cell cell : Cell.of(this.settings, kind)) {
					measure(cell, round);
				}
			}
		}
	}

	private void measure(Cell cell, int round) {
		List<Peer> peers = new ArrayList<>(this.variants.keySet());
		if (round % 2 == 1) {
			Collections.reverse(peers);
		}
		for (Peer peer : peers) {
			Variant variant = this.variants.get(peer);
			if (variant != null && peer.runs(cell.query())) {
				this.results.add(cell, peer,
						ClosedLoop.run(variant, cell, this.settings.leadIn(), this.settings.roundTime()));
			}
		}
	}

	private static void progress(String step) {
		System.err.println(step);
	}

}
