package dev.dbpool.benchmark;

import java.util.List;
import java.util.Locale;

/**
 * The results as Markdown: for each question a table of all clients in all cells.
 */
final class Report {

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
		line("Server: %s%s. Medians over %d rounds of %d ms, in which the clients take turns; %d connections. "
				+ "Java %s, %d processors, shared with the server.", this.settings.server(),
				this.settings.tls() ? " over TLS" : "", this.settings.rounds(), this.settings.roundTime().toMillis(),
				this.settings.connections(), System.getProperty("java.version"),
				Runtime.getRuntime().availableProcessors());
		line("");
		line("In brackets: ÷ %s, then ÷ %s.", Peer.SHARED.title(), Peer.POOLED.title());
		for (CallerKind kind : this.settings.callersAs()) {
			for (Question question : Question.values()) {
				table(kind, question);
			}
		}
		if (this.results.failures() > 0) {
			line("");
			line("Failed requests: %d.", this.results.failures());
		}
		return this.text.toString();
	}

	private void table(CallerKind kind, Question question) {
		List<Cell> cells = Cell.of(this.settings, kind);
		line("");
		line("## %s: %s", question.title(), kind.title());
		line("");
		line("| client | %s |", String.join(" | ", cells.stream().map(Cell::title).toList()));
		line("|---|%s", "---:|".repeat(cells.size()));
		for (Peer peer : this.settings.peers()) {
			line("| %s | %s |", peer.title(),
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

	private void line(String line, Object... values) {
		this.text.append(format(line, values)).append('\n');
	}

	private static String format(String format, Object... values) {
		return String.format(Locale.ROOT, format, values);
	}

}
