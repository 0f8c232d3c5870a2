package dev.dbpool.autoconfigure.fleet;

import java.util.Map;

import dev.dbpool.client.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class LaneSharesTests {

	@ParameterizedTest
	@CsvSource({ "20, 10, 10, 10, 10", "7, 10, 10, 4, 3", "2, 10, 10, 1, 1", "8, 15, 5, 6, 2", "3, 19, 1, 2, 1",
			"1, 10, 10, 0, 0", "0, 10, 10, 0, 0", "50, 10, 5, 10, 5" })
	void splitsInProportionToTheMaxima(int share, int read, int write, int ofRead, int ofWrite) {
		assertThat(LaneShares.split(share, read, write)).isEqualTo(Map.of(Lane.READ, ofRead, Lane.WRITE, ofWrite));
	}

	@Test
	void usesTheWholeShareAndLeavesNoLaneWithoutAConnection() {
		for (int read = 1; read <= 12; read++) {
			for (int write = 1; write <= 12; write++) {
				for (int share = 2; share <= 30; share++) {
					Map<Lane, Integer> shares = LaneShares.split(share, read, write);
					assertThat(shares.get(Lane.READ)).isBetween(1, read);
					assertThat(shares.get(Lane.WRITE)).isBetween(1, write);
					assertThat(shares.get(Lane.READ) + shares.get(Lane.WRITE)).isEqualTo(Math.min(share, read + write));
				}
			}
		}
	}

}
