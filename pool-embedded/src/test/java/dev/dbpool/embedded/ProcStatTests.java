package dev.dbpool.embedded;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How lines of {@code /proc/<pid>/stat} are read.
 */
class ProcStatTests {

	private static final String LINE = "4711 (a) b (c)) %s 1 4711 4711 0 -1 4194304 5 0 0 0 3 1 0 0 20 0 %d 0 946165 9";

	@Test
	void nameMayHoldAnything() {
		assertThat(stat("S", 3)).isEqualTo(new ProcStat('S', 3, "946165"));
	}

	@Test
	void processThatHasEndedIsDeadBeforeItsParentAsks() {
		assertThat(stat("Z", 1).isDead()).isTrue();
		assertThat(stat("X", 0).isDead()).isTrue();
		assertThat(stat("S", 1).isDead()).isFalse();
	}

	@Test
	void processWhoseFirstThreadHasEndedLivesUntilTheOthersHave() {
		assertThat(stat("Z", 2).isDead()).isFalse();
		assertThat(stat("Z", 2).isStopped()).isFalse();
	}

	private static ProcStat stat(String state, int threads) {
		return ProcStat.parse(LINE.formatted(state, threads));
	}

}
