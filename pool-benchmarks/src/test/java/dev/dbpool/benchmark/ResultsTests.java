package dev.dbpool.benchmark;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ResultsTests {

	private static final Cell CELL = new Cell(CallerKind.REACTIVE, new Query(1), 1);

	private final Results results = new Results();

	@Test
	void medianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle() {
		assertThat(Results.quantile(new double[] { 4, 1, 3, 2 }, 0.5)).isEqualTo(2.5);
		assertThat(Results.quantile(new double[] { 5, 1, 3 }, 0.25)).isEqualTo(2);
	}

	@Test
	void clientsAreComparedRoundByRound() {
		add(Peer.SHARED, 100, 1000, 10);
		add(Peer.POOLED, 90, 2000, 11);
		assertThat(this.results.ratio(CELL, Peer.POOLED, Peer.SHARED, Round::perSecond)).isEqualTo(1.1);
		assertThat(this.results.median(CELL, Peer.POOLED, Round::perSecond)).isEqualTo(90);
	}

	private void add(Peer peer, double... perSecond) {
		for (double value : perSecond) {
			this.results.add(CELL, peer, new Round(value, 1, 1, 1, 1, 0));
		}
	}

}
