package dev.dbpool.benchmark;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ReportTests {

	@Test
	void valuesAreFollowedByTheirRatiosToTheSharedClientAndToOurs() {
		Results results = new Results();
		Cell cell = new Cell(CallerKind.REACTIVE, new Query(1), 20);
		results.add(cell, Peer.SHARED, new Round(1000, 1, 2, 100, 20_480, 0));
		results.add(cell, Peer.POOLED, new Round(2000, 1, 1, 50, 10_240, 0));
		results.add(cell, Peer.APACHE, new Round(1000, 1, 2, 80, 15_360, 0));
		Settings settings = Settings.OPTIONS.parse("--clients=shared,pooled,apache", "--rows=1", "--callers=20");
		assertThat(Report.of(settings, results))
			.contains("| client | 1 row, 20 callers |", "| one shared `WebClient` | 100.0 |",
					"| **`PooledClient`**, everything on | 50.0 (**0.50**) |",
					"| Apache HttpClient 5, async | 80.0 (0.80; 1.60) |",
					"| Apache HttpClient 5, async | 15.0 (0.75; 1.50) |",
					"| Apache HttpClient 5, async | 1000 (1.00; 0.50) |")
			.doesNotContain("Failed requests");
	}

	@Test
	void failuresAreReported() {
		Results results = new Results();
		results.add(new Cell(CallerKind.REACTIVE, new Query(1), 1), Peer.SHARED, new Round(1, 1, 1, 1, 1, 3));
		Settings settings = Settings.OPTIONS.parse("--clients=shared", "--rows=1", "--callers=1");
		assertThat(Report.of(settings, results)).contains("Failed requests: 3.");
	}

}
