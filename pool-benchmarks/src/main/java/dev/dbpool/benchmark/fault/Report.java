package dev.dbpool.benchmark.fault;

import java.util.List;

import dev.dbpool.benchmark.Markdown;

/**
 * The results as Markdown: for each question a table of all clients in all faults.
 */
final class Report {

	private final Settings settings;

	private final Results results;

	private final Markdown text = new Markdown();

	private Report(Settings settings, Results results) {
		this.settings = settings;
		this.results = results;
	}

	static String of(Settings settings, Results results) {
		return new Report(settings, results).write();
	}

	private String write() {
		this.text.line("# Fault benchmark");
		this.text.line("");
		this.text.line(
				"Load: %d s before the fault, and %d s after it. Java %s, %d processors, shared with the servers.",
				this.settings.leadIn().toSeconds(), this.settings.after().toSeconds(),
				System.getProperty("java.version"), Runtime.getRuntime().availableProcessors());
		for (Column column : Column.values()) {
			table(column);
		}
		List<String> violations = this.results.violations();
		this.text.line("");
		this.text.line("Violated invariants: %s.", violations.isEmpty() ? "none" : String.join("; ", violations));
		return this.text.toString();
	}

	private void table(Column column) {
		this.text.line("");
		this.text.line("## %s", column.title());
		this.text.line("");
		this.text.line("In each cell: %s.", column.description());
		this.text.line("");
		List<Peer> peers = this.settings.peers().stream().filter((peer) -> has(column, peer)).toList();
		this.text.line("| fault | %s |", String.join(" | ", peers.stream().map(Peer::title).toList()));
		this.text.line("|---|%s", "---|".repeat(peers.size()));
		for (Fault fault : this.settings.faults()) {
			List<String> cells = peers.stream().map((peer) -> column.of(this.results.of(fault, peer))).toList();
			if (!cells.stream().allMatch(String::isEmpty)) {
				this.text.line("| %s | %s |", fault.title(), String.join(" | ", cells));
			}
		}
	}

	/**
	 * Returns whether there is anything to say of a client: not all report their health.
	 */
	private boolean has(Column column, Peer peer) {
		return this.settings.faults().stream().anyMatch((fault) -> !column.of(this.results.of(fault, peer)).isEmpty());
	}

}
