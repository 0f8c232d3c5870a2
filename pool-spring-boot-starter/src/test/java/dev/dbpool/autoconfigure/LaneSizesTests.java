package dev.dbpool.autoconfigure;

import java.util.Map;

import dev.dbpool.client.Lane;
import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LaneSizesTests {

	@Test
	void connectionsAreSplitInHalvesAndTheOddOneReads() {
		LaneSizes sizes = sizes(Map.of("min-connections", 5, "max-connections", 21));
		assertThat(sizes.of(Lane.READ)).isEqualTo(new LaneSizes.Size(3, 11));
		assertThat(sizes.of(Lane.WRITE)).isEqualTo(new LaneSizes.Size(2, 10));
	}

	@Test
	void laneThatSaysNothingGetsWhatTheOtherLeaves() {
		LaneSizes sizes = sizes(Map.of("read.max-connections", 16, "write.min-connections", 1));
		assertThat(sizes.of(Lane.READ)).isEqualTo(new LaneSizes.Size(4, 16));
		assertThat(sizes.of(Lane.WRITE)).isEqualTo(new LaneSizes.Size(1, 4));
	}

	@Test
	void lanesThatBothSayTheirSizeNeedNoTotal() {
		LaneSizes sizes = sizes(Map.of("read.max-connections", 50, "write.max-connections", 1));
		assertThat(sizes.of(Lane.READ).max()).isEqualTo(50);
		assertThat(sizes.of(Lane.WRITE)).isEqualTo(new LaneSizes.Size(1, 1));
	}

	@Test
	void defaultMinimumFollowsASmallMaximum() {
		LaneSizes sizes = sizes(Map.of("max-connections", 2));
		assertThat(sizes.of(Lane.READ)).isEqualTo(new LaneSizes.Size(1, 1));
		assertThat(sizes.of(Lane.WRITE)).isEqualTo(new LaneSizes.Size(1, 1));
	}

	@Test
	void laneThatLeavesNothingToTheOtherIsRefused() {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> sizes(Map.of("write.max-connections", 20)))
			.withMessageContaining("db.pool.write.max-connections (20)")
			.withMessageContaining("db.pool.max-connections (20)")
			.withMessageContaining("read lane");
	}

	private static LaneSizes sizes(Map<String, Integer> values) {
		MapConfigurationPropertySource source = new MapConfigurationPropertySource();
		values.forEach((name, value) -> source.put("db.pool." + name, value));
		return LaneSizes
			.of(PoolConfiguration.ofDefault(new Binder(source).bindOrCreate("db.pool", DatabasePoolProperties.class)));
	}

}
