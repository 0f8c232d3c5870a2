package dev.dbpool.benchmark;

import java.util.List;
import java.util.Locale;

/**
 * The results as Markdown: for each question a table of all clients in all cells.
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
		this.text.line("# HTTP benchmark");
		this.text.line("");
		this.text.line(
				"Server: %s%s. Medians over %d rounds of %d ms, in which the clients take turns; %d connections. "
						+ "Java %s, %d processors, shared with the server.",
				this.settings.server(), this.settings.tls() ? " over TLS" : "", this.settings.rounds(),
				this.settings.roundTime().toMillis(), this.settings.connections(), System.getProperty("java.version"),
				Runtime.getRuntime().availableProcessors());
		this.text.line("");
		this.text.line("In brackets: ÷ %s, then ÷ %s.", Peer.SHARED.title(), Peer.POOLED.title());
		for (CallerKind kind : this.settings.callersAs()) {
			for (Question question : Question.values()) {
				table(kind, question);
			}
		}
		if (this.results.failures() > 0) {
			this.text.line("");
			this.text.line("Failed requests: %d.", this.results.failures());
		}
		return this.text.toString();
	}

	private void table(CallerKind kind, Question question) {
		List<Cell> cells = Cell.of(this.settings, kind);
		this.text.line("");
		this.text.line("## %s: %s", question.title(), kind.title());
		this.text.line("");
		this.text.line("| client | %s |", String.join(" | ", cells.stream().map(Cell::title).toList()));
		this.text.line("|---|%s", "---:|".repeat(cells.size()));
		for (Peer peer : this.settings.peers()) {
			this.text.line("| %s | %s |", peer.title(),
					String.join(" | ", cells.stream().map((cell) -> entry(question, cell, peer)).toList()));
		}
	}

	private String entry(Question question, Cell cell, Peer peer) {
		if (!peer.runs(cell.query())) {
			return "–";
		}
		String value = format(question.format(), this.results.median(cell, peer, question.value()));
		if (peer == Peer.SHARED || !this.settings.peers().contains(Peer.SHARED)) {
			return value;
		}
		String ratio = format("%.2f", this.results.ratio(cell, peer, Peer.SHARED, question.value()));
		if (peer == Peer.POOLED) {
			return value + " (**" + ratio + "**)";
		}
		if (!peer.isOther() || !this.settings.peers().contains(Peer.POOLED)) {
			return value + " (" + ratio + ")";
		}
		return value + format(" (%s; %.2f)", ratio, this.results.ratio(cell, peer, Peer.POOLED, question.value()));
	}

	private static String format(String format, Object... values) {
		return String.format(Locale.ROOT, format, values);
	}

}
