package dev.dbpool.benchmark.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

import dev.dbpool.benchmark.Markdown;
import dev.dbpool.benchmark.Threads;
import dev.dbpool.benchmark.engine.Column.Group;
import dev.dbpool.benchmark.engine.Peer.Trait;

/**
 * The results as Markdown: a table for each group of columns, with the ratios at its end.
 */
final class Report {

	private static final Map<String, Predicate<Peer>> REFERENCES = references();

	private final Settings settings;

	private final Results results;

	private final Markdown text = new Markdown();

	private Report(Settings settings, Results results) {
		this.settings = settings;
		this.results = results;
	}

	private static Map<String, Predicate<Peer>> references() {
		Predicate<Peer> pool = (peer) -> !peer.is(Trait.OWN) && !peer.is(Trait.FLOOR);
		Map<String, Predicate<Peer>> references = new LinkedHashMap<>();
		references.put("best fair or safe pool", pool.and((peer) -> peer.is(Trait.FAIR) || peer.is(Trait.SAFE)));
		references.put("best pool with metrics", pool.and((peer) -> peer.is(Trait.METERED)));
		references.put("best pool", pool);
		return references;
	}

	static String of(Settings settings, Results results) {
		return new Report(settings, results).write();
	}

	private String write() {
		this.text.line("# Engine benchmark");
		this.text.line("");
		this.text.line(
				"JDK %s, %d processors. Medians of %d rounds, each a process that measures %d ms after a warm-up of %d ms.",
				System.getProperty("java.version"), Runtime.getRuntime().availableProcessors(), this.settings.rounds(),
				this.settings.roundTime().toMillis(), this.settings.warmUp().toMillis());
		for (Group group : Group.values()) {
			List<Column> columns = this.settings.columns()
				.stream()
				.filter((column) -> column.group() == group)
				.toList();
			if (!columns.isEmpty()) {
				section(group, columns);
			}
		}
		return this.text.toString();
	}

	private void section(Group group, List<Column> columns) {
		this.text.line("");
		this.text.line("## %s", group.title());
		this.text.line("");
		this.text.line("%s", group.description());
		List<Column> measured = columns;
		if (!Threads.areVirtualAvailable()) {
			List<Column> left = columns.stream().filter(Column::needsVirtualThreads).toList();
			measured = columns.stream().filter((column) -> !column.needsVirtualThreads()).toList();
			left.forEach(
					(column) -> this.text.line("Left out, since this JDK has no virtual threads: %s.", column.title()));
		}
		if (!measured.isEmpty()) {
			this.text.line("");
			table(measured);
		}
	}

	private void table(List<Column> columns) {
		List<Peer> peers = this.settings.peers()
			.stream()
			.filter((peer) -> columns.stream().anyMatch((column) -> column.isFor(peer)))
			.toList();
		List<String> titles = cells(columns, (column, metric) -> column.title() + ": " + metric.title());
		this.text.line("| pool | fair | safe | %s |", String.join(" | ", titles));
		this.text.line("|---|---|---|%s", "---:|".repeat(titles.size()));
		for (Peer peer : peers) {
			this.text.line("| %s | %s | %s | %s |", peer.title(), yes(peer, Trait.FAIR), yes(peer, Trait.SAFE),
					String.join(" | ", cells(columns, (column, metric) -> value(column, peer, metric))));
		}
		peers.stream().filter((peer) -> peer.is(Trait.OWN)).forEach((own) -> ratios(columns, own, peers));
	}

	/**
	 * Writes a row for each reference; one that would say the same again, or nothing, is
	 * left out.
	 */
	private void ratios(List<Column> columns, Peer own, List<Peer> peers) {
		Set<List<String>> written = new HashSet<>();
		REFERENCES.forEach((title, which) -> {
			List<String> ratios = cells(columns, (column, metric) -> ratio(column, metric, own, peers, which));
			if (!ratios.stream().allMatch(String::isEmpty) && written.add(ratios)) {
				this.text.line("| **%s ÷ %s** | | | %s |", own.title(), title, String.join(" | ", ratios));
			}
		});
	}

	private static List<String> cells(List<Column> columns, BiFunction<Column, Metric, String> cell) {
		List<String> cells = new ArrayList<>();
		columns.forEach((column) -> column.metrics().forEach((metric) -> cells.add(cell.apply(column, metric))));
		return cells;
	}

	private static String yes(Peer peer, Trait trait) {
		return peer.is(trait) ? "yes" : "";
	}

	private String value(Column column, Peer peer, Metric metric) {
		OptionalDouble median = this.results.median(column, peer, metric);
		List<String> failures = this.results.failures(column, peer);
		if (failures.isEmpty()) {
			return median.isPresent() ? metric.format(median.getAsDouble()) : "–";
		}
		return median.isPresent() ? "%s (failed in %d of %d)".formatted(metric.format(median.getAsDouble()),
				failures.size(), this.results.of(column, peer).size()) : failures.get(0);
	}

	private String ratio(Column column, Metric metric, Peer own, List<Peer> peers, Predicate<Peer> which) {
		OptionalDouble ours = this.results.median(column, own, metric);
		Predicate<Peer> comparable = metric.isWait() ? which.and((peer) -> peer.is(Trait.FAIR)) : which;
		Optional<Peer> best = metric.isComparable() ? this.results.best(column, metric, peers, comparable)
				: Optional.empty();
		if (ours.isEmpty() || best.isEmpty()) {
			return "";
		}
		double theirs = this.results.median(column, best.get(), metric).orElseThrow();
		return metric.isZero(theirs) ? "0 at " + best.get()
				: "**%s** (%s)".formatted(Metric.digits(ours.getAsDouble() / theirs), best.get());
	}

}
