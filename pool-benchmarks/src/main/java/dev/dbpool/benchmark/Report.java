package dev.dbpool.benchmark;

import java.util.List;
import java.util.Locale;

/**
 * The results as Markdown.
 */
final class Report {

	private static final List<Peer> REFERENCES = List.of(Peer.SHARED, Peer.OBSERVED, Peer.HAND_WIRED, Peer.NEW_CLIENT);

	private final Settings settings;

	private final Results results;

	private final StringBuilder text = new StringBuilder();

	private Report(Settings settings, Results results) {
		this.settings = settings;
		this.results = results;
	}

	static String of(Settings settings, Results results) {
		return new Report(settings, results).write();
	}

	private String write() {
		line("# HTTP benchmark");
		line("");
		line("%d rounds of %d ms for each client in each cell, in turns; pools of %d connections. Java %s, %d processors, "
				+ "shared with PostgREST and PostgreSQL.", this.settings.rounds(), this.settings.roundTime().toMillis(),
				this.settings.connections(), System.getProperty("java.version"),
				Runtime.getRuntime().availableProcessors());
		for (Query query : this.settings.queries()) {
			table(query);
		}
		ratios();
		return this.text.toString();
	}

	private void table(Query query) {
		line("");
		line("## %s", query.title());
		line("");
		line("Medians over the rounds. CPU and memory are those of the Java threads of the clients, for each answer.");
		line("");
		line("| callers | client | requests/s | p50 ms | p99 ms | CPU µs | memory kB | failed |");
		line("|---:|---|---:|---:|---:|---:|---:|---:|");
		for (int callers : this.settings.callers()) {
			for (Peer peer : this.settings.peers()) {
				row(new Cell(query, callers), peer);
			}
		}
	}

	private void row(Cell cell, Peer peer) {
		line("| %d | %s | %.0f | %.2f | %.2f | %.0f | %.1f | %d |", cell.callers(), peer.title(),
				this.results.median(cell, peer, Round::perSecond), this.results.median(cell, peer, Round::p50Millis),
				this.results.median(cell, peer, Round::p99Millis), this.results.median(cell, peer, Round::cpuMicros),
				this.results.median(cell, peer, Round::allocatedBytes) / 1024, this.results.failures(cell, peer));
	}

	private void ratios() {
		List<Peer> references = REFERENCES.stream().filter(this.settings.peers()::contains).toList();
		if (references.isEmpty() || !this.settings.peers().contains(Peer.POOLED)) {
			return;
		}
		line("");
		line("## Throughput of %s", Peer.POOLED.title());
		line("");
		line("Ratio of the medians; in brackets the median and the quartiles of the ratios within each round.");
		line("");
		line("| query | callers | %s |",
				String.join(" | ", references.stream().map((peer) -> "÷ " + peer.title()).toList()));
		line("|---|---:|%s", "---:|".repeat(references.size()));
		for (Query query : this.settings.queries()) {
			for (int callers : this.settings.callers()) {
				Cell cell = new Cell(query, callers);
				line("| %s | %d | %s |", query.title(), callers,
						String.join(" | ", references.stream().map((peer) -> ratio(cell, peer)).toList()));
			}
		}
	}

	private String ratio(Cell cell, Peer reference) {
		return format("**%.2f** (%.2f; %.2f–%.2f)",
				this.results.median(cell, Peer.POOLED, Round::perSecond)
						/ this.results.median(cell, reference, Round::perSecond),
				this.results.ratio(cell, Peer.POOLED, reference, 0.5),
				this.results.ratio(cell, Peer.POOLED, reference, 0.25),
				this.results.ratio(cell, Peer.POOLED, reference, 0.75));
	}

	private void line(String line, Object... values) {
		this.text.append(format(line, values)).append('\n');
	}

	private static String format(String format, Object... values) {
		return String.format(Locale.ROOT, format, values);
	}

}
