package dev.dbpool.benchmark;

import java.util.List;

/**
 * A place in the tables.
 */
record Cell(CallerKind kind, Query query, int callers) {

	/**
	 * Returns the places in the tables of one kind of callers.
	 */
	static List<Cell> of(Settings settings, CallerKind kind) {
		return settings.queries()
			.stream()
			.flatMap((query) -> settings.callers().stream().map((callers) -> new Cell(kind, query, callers)))
			.toList();
	}

	String title() {
		return this.query.title() + ", " + this.callers + ((this.callers == 1) ? " caller" : " callers");
	}

}
